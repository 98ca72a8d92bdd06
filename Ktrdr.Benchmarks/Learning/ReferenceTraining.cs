using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>The training that all speed figures speak of: 30-64-32-3, dropout 0.2, clip 1, class weights, Adam with weight decay, on synthetic rows with a learnable pattern.</summary>
internal static class ReferenceTraining
{
    public const int Columns = 30;

    public static MlpShape Shape { get; } = new(Columns, [64, 32], 3, Activation.Relu, 0.2f);

    public static TrainingSet Set(int rows)
    {
        var generator = new Generator(1, "benchmark");
        var features = new float[rows * Columns];
        var classes = new int[rows];
        for (var r = 0; r < rows; r++)
        {
            var score = 0f;
            for (var c = 0; c < Columns; c++)
            {
                var value = (float)generator.NextDouble();
                features[(r * Columns) + c] = value;
                score += c % 3 == 0 ? value : c % 3 == 1 ? -value : 0;
            }

            classes[r] = score > 0.8f ? 0 : score < -0.8f ? 2 : 1;
        }

        return new TrainingSet(features, Columns, classes, null, [.. Enumerable.Range(0, rows)], []);
    }

    public static TrainerOptions Options(int batchSize, int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = batchSize,
        LearningRate = 1e-3,
        WeightDecay = 1e-4,
        GradientClip = 1,
        Seed = 42,
    };

    /// <summary>The hashes of short trainings of each kind of network, activation, optimiser and loss, from two seeds.</summary>
    public static string WeightsHash(int threads)
    {
        var set = Set(500);
        var hashes = new List<string>();
        foreach (var (shape, batch, optimizer, loss) in new (NetworkShape, int, Optimizer, Loss)[]
        {
            (new MlpShape(Columns, [64, 32], 3, Activation.Relu, 0.2f), 32, Optimizer.Adam, Loss.CrossEntropy),
            (new MlpShape(Columns, [21], 3, Activation.Tanh, 0.2f), 77, Optimizer.AdamW, Loss.Focal),
            (new MlpShape(Columns, [9, 13, 5], 3, Activation.Sigmoid, 0.2f), 256, Optimizer.Sgd, Loss.CrossEntropy),
            (new MlpShape(Columns, [40], 3, Activation.LeakyRelu, 0.2f), 128, Optimizer.RmsProp, Loss.CrossEntropy),
            (new RecurrentShape(RecurrentCell.Lstm, Columns, 10, 2, 6, 3, 0.2f), 50, Optimizer.Adam, Loss.CrossEntropy),
            (new RecurrentShape(RecurrentCell.Gru, Columns, 13, 1, 4, 3, 0.2f), 64, Optimizer.Adam, Loss.Focal),
        })
        {
            var rows = new TrainingSet(set.Features, Columns, set.Classes, null, set.TrainRows[(shape.SequenceLength - 1)..], []);
            var options = Options(batch, 2) with { Optimizer = optimizer, Loss = loss, Schedule = new CosineSchedule() };
            hashes.AddRange(SeedTraining.Train(rows, shape, options, [42, 7], threads, null, null, CancellationToken.None).Outcomes.Select(o => o.WeightsHash));
        }

        return string.Join(' ', hashes);
    }
}
