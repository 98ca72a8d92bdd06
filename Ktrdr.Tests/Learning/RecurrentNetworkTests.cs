using Ktrdr.Engine;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning;

public sealed class RecurrentNetworkTests
{
    private const int Inputs = 5;
    private const int Steps = 6;

    private static readonly TrainerOptions Options = new() { Epochs = 6, BatchSize = 40, LearningRate = 5e-3, GradientClip = 1, Seed = 5 };

    [Theory]
    [InlineData(RecurrentCell.Lstm, 1)]
    [InlineData(RecurrentCell.Lstm, 2)]
    [InlineData(RecurrentCell.Gru, 1)]
    [InlineData(RecurrentCell.Gru, 3)]
    public void Predict_AnyRowCount_GivesEachRowTheSameBitsAndTheReferencesValues(RecurrentCell cell, int layers)
    {
        var network = Network.Initialize(Shape(cell) with { Layers = layers }, 3);
        var matrix = Matrix(100);
        const int first = Steps - 1;
        var whole = new float[(100 - first) * 3];
        network.Forward(matrix, first, 100 - first, whole);
        foreach (var (start, count) in new[] { (first, 1), (first, 2), (first + 7, 3), (40, 60), (99, 1) })
        {
            var some = new float[count * 3];
            network.Forward(matrix, start, count, some);
            Assert.Equal(whole.Skip((start - first) * 3).Take(count * 3), some);
        }

        var reference = DoubleRecurrentNetwork.From(network);
        for (var row = first; row < 100; row++)
        {
            var expected = reference.Forward(matrix.AsSpan((row - first) * Inputs, Steps * Inputs), (_, _, _) => 1);
            Assert.All(expected.Zip(whole.Skip((row - first) * 3)), p => Assert.Equal(p.First, p.Second, 1e-6));
        }
    }

    [Fact]
    public void Predict_RowsBeforeTheFirstWholeWindow_AreRefused()
    {
        var network = Network.Initialize(Shape(RecurrentCell.Lstm), 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Predict(Matrix(10), Steps - 2, 1, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Predict(Matrix(10), 10, new float[30]));
        Assert.Throws<ArgumentException>(() => network.Predict(Matrix(10), 9, 2, new float[6]));
    }

    [Fact]
    public void Predict_NaNInAWindow_GivesNaNForTheRowsThatReadItOnly()
    {
        var network = Network.Initialize(Shape(RecurrentCell.Gru), 3);
        var matrix = Matrix(60);
        matrix[(30 * Inputs) + 2] = float.NaN;
        var outputs = new float[(60 - Steps + 1) * 3];
        network.Predict(matrix, Steps - 1, 60 - Steps + 1, outputs);
        for (var row = Steps - 1; row < 60; row++)
        {
            Assert.Equal(row is >= 30 and < 30 + Steps, float.IsNaN(outputs[(row - Steps + 1) * 3]));
        }
    }

    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void Train_ClassOfAnEarlierRow_IsLearnt(RecurrentCell cell)
    {
        // The class is the sign of a feature four rows ago: one row alone says nothing about it.
        var set = Set(900, (matrix, row) => matrix[(row - 4) * Inputs] > 0 ? 0 : 2);
        var outcome = Trainer.Train(set, Shape(cell) with { Dropout = 0 }, Options with { Epochs = 25, LearningRate = 2e-2 }, null, null, CancellationToken.None);
        Assert.True(outcome.History[outcome.BestEpoch - 1].ValidationAccuracy > 0.95, $"{outcome.History[outcome.BestEpoch - 1]}");
    }

    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void Train_ResumedAtAnyEpoch_EqualsTheUnbrokenRun(RecurrentCell cell)
    {
        var set = Set(250, (matrix, row) => matrix[row * Inputs] > 0 ? 0 : 1);
        var shape = Shape(cell) with { Layers = 2 };
        var checkpoints = new List<byte[]>();
        var unbroken = Trainer.Train(set, shape, Options, null, (_, take) => checkpoints.Add(take().ToBytes()), CancellationToken.None);
        foreach (var epoch in (int[])[1, 4, 6])
        {
            var last = checkpoints[epoch - 1];
            var resumed = Trainer.Train(set, shape, Options, TrainerCheckpoint.FromBytes(checkpoints[epoch - 1]), (_, take) => last = take().ToBytes(), CancellationToken.None);
            Assert.Equal(unbroken.WeightsHash, resumed.WeightsHash);
            Assert.Equal(unbroken.History, resumed.History);
            Assert.Equal(checkpoints[^1], last);
        }
    }

    [Fact]
    public void Train_WindowThatIsNotWhole_IsRefusedWithTheRow()
    {
        var matrix = Matrix(50);
        AssertRefused("row 4 has 5 finite rows", [4, 20], matrix);
        matrix[(17 * Inputs) + 1] = float.NaN;
        AssertRefused("row 20 has 3 finite rows", [10, 20], matrix);

        static void AssertRefused(string part, int[] rows, float[] matrix)
        {
            var set = new TrainingSet(matrix, Inputs, new int[50], null, rows, []);
            var error = Assert.Throws<InvalidInputException>(() => Trainer.Train(set, Shape(RecurrentCell.Lstm), Options, null, null, CancellationToken.None));
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
            Assert.Contains("sequence_length", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Train_AnEpoch_AllocatesNothingPerStep()
    {
        var set = Set(800, (_, row) => row % 3);
        var allocated = new List<long>();
        Trainer.Train(set, Shape(RecurrentCell.Gru), Options with { BatchSize = 8 }, null, (_, _) => allocated.Add(GC.GetAllocatedBytesForCurrentThread()), CancellationToken.None);
        Assert.All(allocated.Zip(allocated.Skip(1)).Skip(1), p => Assert.InRange(p.Second - p.First, 0, 1500));
    }

    [Fact]
    public void Safetensors_WrittenAndRead_GivesTheSameNetwork()
    {
        var network = Network.Initialize(Shape(RecurrentCell.Lstm) with { Layers = 2 }, 3);
        var copy = Safetensors.Read(Safetensors.Write(network), network.Shape);
        Assert.Equal(network.Parameters.Span.ToArray(), copy.Parameters.Span.ToArray());
        Assert.Equal(["lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0", "lstm.weight_ih_l1"], network.Tensors.Take(5).Select(t => t.Name));
        Assert.Equal([4 * 8, Inputs], network.Tensors[0].Dimensions);
    }

    [Fact]
    public void Validate_ShapeOutOfRange_NamesEveryField()
    {
        var error = Assert.Throws<InvalidInputException>(() => (Shape(RecurrentCell.Lstm) with { HiddenSize = 0, Layers = 9, SequenceLength = 0, Dropout = 1 }).Validate());
        Assert.Equal(["model.hidden_size", "model.num_layers", "model.sequence_length", "model.dropout"], error.Problems.Select(p => p.Path));
    }

    private static RecurrentShape Shape(RecurrentCell cell) => new(cell, Inputs, 8, 1, Steps, 3, 0.2f);

    private static float[] Matrix(int rows)
    {
        var generator = new Generator(3, "rows");
        return [.. Enumerable.Range(0, rows * Inputs).Select(_ => (float)generator.NextGaussian())];
    }

    /// <summary>The last fifth validates.</summary>
    private static TrainingSet Set(int rows, Func<float[], int, int> label)
    {
        var matrix = Matrix(rows);
        var classes = Enumerable.Range(0, rows).Select(row => row < Steps ? 0 : label(matrix, row)).ToArray();
        var border = rows * 4 / 5;
        return new TrainingSet(matrix, Inputs, classes, null, [.. Enumerable.Range(Steps, border - Steps)], [.. Enumerable.Range(border, rows - border)]);
    }
}
