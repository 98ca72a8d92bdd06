using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning;

/// <summary>The gradients through time against central differences of the double reference, every parameter of every layer.</summary>
public sealed unsafe class RecurrentGradientTests
{
    [Theory]
    [InlineData(RecurrentCell.Lstm, 4, 5, 1, 3, 3, 0f, 7)]
    [InlineData(RecurrentCell.Lstm, 3, 6, 2, 4, 3, 0.3f, 9)]
    [InlineData(RecurrentCell.Lstm, 2, 9, 2, 3, 1, 0.2f, 35)]
    [InlineData(RecurrentCell.Lstm, 1, 1, 1, 1, 2, 0f, 3)]
    [InlineData(RecurrentCell.Gru, 4, 5, 1, 3, 3, 0f, 7)]
    [InlineData(RecurrentCell.Gru, 3, 6, 2, 4, 3, 0.3f, 9)]
    [InlineData(RecurrentCell.Gru, 2, 4, 3, 3, 1, 0.2f, 35)]
    [InlineData(RecurrentCell.Gru, 11, 10, 1, 2, 4, 0.1f, 33)]
    public void Backward_EveryParameter_AgreesWithCentralDifferences(RecurrentCell cell, int inputs, int hidden, int layers, int steps, int outputs, float dropout, int rows)
    {
        var generator = new Generator(31, "gradient");
        var shape = new RecurrentShape(cell, inputs, hidden, layers, steps, outputs, dropout);
        var matrix = Enumerable.Range(0, (rows + steps - 1) * inputs).Select(_ => (float)generator.NextGaussian()).ToArray();
        var weights = Enumerable.Range(0, rows + steps - 1).Select(i => i % 6 == 0 ? 0 : 0.5f + (float)generator.NextDouble()).ToArray();
        var train = Enumerable.Range(steps - 1, rows).ToArray();
        generator.Shuffle(train);
        var labels = Enumerable.Range(0, rows + steps - 1).Select(_ => generator.NextInt(Math.Max(2, outputs))).ToArray();
        var targets = labels.Select(_ => (float)generator.NextGaussian()).ToArray();
        var set = outputs == 1 ? new TrainingSet(matrix, inputs, targets, weights, train, []) : new TrainingSet(matrix, inputs, labels, weights, train, []);
        var options = new TrainerOptions { BalanceClasses = false, Loss = outputs == 1 ? Loss.Huber : Loss.CrossEntropy, HuberDelta = 0.5 };

        var network = Network.Initialize(shape, 5);
        var pass = network.CreatePass(training: true);
        pass.ParametersChanged(network.Parameters.Pointer);
        var gradients = new AlignedFloats(network.Parameters.Length);
        var stream = new DropoutStream(dropout, 99, 3, pass.RowPitch);
        var tally = default(LossTally);
        for (var first = 0; first < rows; first += pass.TileRows)
        {
            pass.LoadRows(set, weights, train.AsSpan(first, Math.Min(pass.TileRows, rows - first)));
            pass.Forward(network.Parameters.Pointer, stream, first);
            pass.Loss(LossFunction.Of(options), ref tally, null);
            pass.Backward(network.Parameters.Pointer, gradients.Pointer);
        }

        var reference = DoubleRecurrentNetwork.From(network);
        double RowLoss(int position)
        {
            var row = train[position];

            // Draws are numbered by the row's place in the batch, between layers by time step too.
            double Keep(int layer, int t, int unit) => DoubleNetwork.Mask(stream, layer == layers - 1 ? position : (position * steps) + t)(layer, unit);
            var z = reference.Forward(matrix.AsSpan((row - steps + 1) * inputs, steps * inputs), Keep);
            return weights[row] * (outputs == 1 ? DoubleNetwork.Huber(z[0] - targets[row], 0.5) : DoubleNetwork.CrossEntropy(z, labels[row]));
        }

        double Total() => Enumerable.Range(0, rows).Sum(RowLoss);
        Assert.InRange(Math.Abs((tally.Loss / Total()) - 1), 0, 1e-5);
        double squaredError = 0, squaredNorm = 0;
        foreach (var tensor in network.Tensors)
        {
            var values = reference.Tensors[tensor.Name];
            for (var i = 0; i < values.Length; i++)
            {
                const double h = 1e-6;
                var value = values[i];
                values[i] = value + h;
                var above = Total();
                values[i] = value - h;
                var slope = (above - Total()) / (2 * h);
                values[i] = value;
                var ours = gradients.Span[tensor.Position(i)];
                squaredError += (ours - slope) * (ours - slope);
                squaredNorm += slope * slope;
                Assert.True(Math.Abs(ours - slope) <= 1e-3 * (1 + Math.Abs(slope)), $"{tensor.Name}[{i}]: {ours}, central difference {slope}");
            }
        }

        Assert.True(squaredNorm > 0);
        Assert.InRange(Math.Sqrt(squaredError / squaredNorm), 0, 2e-5);

        // Padding must stay without gradient, or the norm that clips would count weights that do not exist.
        Assert.True(gradients.Span.ToArray().Count(g => g != 0) <= shape.ParameterCount);
        Assert.Equal(shape.ParameterCount, network.Tensors.Sum(t => t.Length));
    }
}
