using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning;

/// <summary>The kernels' gradients against central differences of the double reference, every parameter of every layer.</summary>
public sealed unsafe class GradientTests
{
    [Theory]
    [InlineData(Activation.Relu, 7, new[] { 5 }, 3, 0f, 33)]
    [InlineData(Activation.Relu, 30, new[] { 20, 12 }, 3, 0.2f, 77)]
    [InlineData(Activation.Tanh, 9, new[] { 17, 6, 8 }, 3, 0f, 64)]
    [InlineData(Activation.Tanh, 9, new[] { 11, 3 }, 4, 0.3f, 65)]
    [InlineData(Activation.Sigmoid, 5, new[] { 3, 7 }, 3, 0f, 20)]
    [InlineData(Activation.Sigmoid, 13, new[] { 19, 5, 4, 9 }, 3, 0.1f, 70)]
    [InlineData(Activation.LeakyRelu, 1, new[] { 1, 2 }, 2, 0f, 5)]
    [InlineData(Activation.LeakyRelu, 16, new[] { 24, 40 }, 3, 0.5f, 130)]
    public void Backward_Classification_AgreesWithCentralDifferences(Activation activation, int inputs, int[] hidden, int classes, float dropout, int rows)
    {
        var generator = new Generator(11, "gradient");
        var labels = Enumerable.Range(0, rows).Select(_ => generator.NextInt(classes)).ToArray();
        var set = new TrainingSet(Features(generator, rows, inputs), inputs, labels, Weights(generator, rows), [.. Enumerable.Range(0, rows)], []);
        var shape = new MlpShape(inputs, hidden, classes, activation, dropout);
        AssertGradients(set, shape, new TrainerOptions { BalanceClasses = true }, (outputs, row) => DoubleNetwork.CrossEntropy(outputs, labels[row]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0.5)]
    [InlineData(7)]
    public void Backward_FocalLoss_AgreesWithCentralDifferences(double gamma)
    {
        const int rows = 45;
        var generator = new Generator(13, "gradient");
        var labels = Enumerable.Range(0, rows).Select(_ => generator.NextInt(4)).ToArray();
        var set = new TrainingSet(Features(generator, rows, 6), 6, labels, Weights(generator, rows), [.. Enumerable.Range(0, rows)], []);
        AssertGradients(set, new MlpShape(6, [9, 5], 4, Activation.Tanh, 0.1f), new TrainerOptions { Loss = Loss.Focal, FocalGamma = gamma }, (outputs, row) =>
        {
            var ce = DoubleNetwork.CrossEntropy(outputs, labels[row]);
            return Math.Pow(1 - Math.Exp(-ce), gamma) * ce;
        });
    }

    [Theory]
    [InlineData(Loss.Huber)]
    [InlineData(Loss.Mse)]
    public void Backward_Regression_AgreesWithCentralDifferences(Loss loss)
    {
        const int rows = 70;
        var generator = new Generator(12, "gradient");
        var targets = Enumerable.Range(0, rows).Select(_ => (float)generator.NextGaussian()).ToArray();
        var set = new TrainingSet(Features(generator, rows, 6), 6, targets, Weights(generator, rows), [.. Enumerable.Range(0, rows)], []);
        var shape = new MlpShape(6, [9, 5], 1, Activation.Tanh, 0.1f);
        var options = new TrainerOptions { Loss = loss, HuberDelta = 0.5 };
        AssertGradients(set, shape, options, (outputs, row) => loss == Loss.Huber
            ? DoubleNetwork.Huber(outputs[0] - targets[row], 0.5)
            : (outputs[0] - targets[row]) * (outputs[0] - targets[row]));
    }

    private static void AssertGradients(TrainingSet set, MlpShape shape, TrainerOptions options, Func<double[], int, double> rowLoss)
    {
        var weights = LossWeights.Of(set, shape, options);
        var state = new TrainingState(set, shape, options);
        var network = (MlpNetwork)state.Network;
        var pass = network.CreatePass(training: true);
        pass.ParametersChanged(network.Parameters.Pointer);
        var gradients = new AlignedFloats(network.Parameters.Length);
        var dropout = new DropoutStream(shape.Dropout, 99, 3, pass.RowPitch);
        var tally = default(LossTally);
        for (var first = 0; first < set.Rows; first += pass.TileRows)
        {
            pass.LoadRows(set, weights, set.TrainRows.AsSpan(first, Math.Min(pass.TileRows, set.Rows - first)));
            pass.Forward(network.Parameters.Pointer, dropout, first);
            pass.Loss(LossFunction.Of(options), ref tally, null);
            pass.Backward(network.Parameters.Pointer, gradients.Pointer);
        }

        var reference = DoubleNetwork.From(network);
        double Total() => Enumerable.Range(0, set.Rows).Sum(row => weights[row]
            * rowLoss(reference.Forward(set.Features.AsSpan(row * set.Columns, set.Columns), DoubleNetwork.Mask(dropout, row)), row));

        var total = Total();
        Assert.InRange(Math.Abs((tally.Loss / total) - 1), 0, 1e-5);
        double squaredError = 0, squaredNorm = 0;
        void Compare(double[] parameters, int index, float ours)
        {
            const double h = 1e-6;
            var value = parameters[index];
            parameters[index] = value + h;
            var above = Total();
            parameters[index] = value - h;
            var slope = (above - Total()) / (2 * h);
            parameters[index] = value;
            squaredError += (ours - slope) * (ours - slope);
            squaredNorm += slope * slope;
            Assert.True(Math.Abs(ours - slope) <= 2e-3 * (1 + Math.Abs(slope)), $"parameter {index}: {ours}, central difference {slope}");
        }

        for (var i = 0; i < reference.Weights.Length; i++)
        {
            var layer = network.Layers[i];
            for (var at = 0; at < reference.Weights[i].Length; at++)
            {
                Compare(reference.Weights[i], at, gradients.Span[layer.WeightOffset + layer.IndexOf(at % layer.Inputs, at / layer.Inputs)]);
            }

            for (var at = 0; at < reference.Biases[i].Length; at++)
            {
                Compare(reference.Biases[i], at, gradients.Span[layer.BiasOffset + at]);
            }
        }

        Assert.True(squaredNorm > 0);
        Assert.InRange(Math.Sqrt(squaredError / squaredNorm), 0, 2e-5);

        // Padding must stay without gradient, or the norm that clips would count weights that do not exist.
        var real = reference.Weights.Sum(w => w.Length) + reference.Biases.Sum(b => b.Length);
        Assert.True(gradients.Span.ToArray().Count(g => g != 0) <= real);
    }

    private static float[] Features(Generator generator, int rows, int columns)
        => [.. Enumerable.Range(0, rows * columns).Select(_ => (float)generator.NextGaussian())];

    private static float[] Weights(Generator generator, int rows) => [.. Enumerable.Range(0, rows).Select(i => i % 9 == 0 ? 0 : 0.5f + (float)generator.NextDouble())];
}
