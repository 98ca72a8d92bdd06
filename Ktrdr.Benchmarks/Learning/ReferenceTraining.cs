using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
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

    /// <summary>One hash over a training of each activation and several shapes and batch sizes.</summary>
    public static string WeightsHash()
    {
        var set = Set(1000);
        var hashes = new List<string>();
        foreach (var (activation, hidden, batch, optimizer) in new[]
        {
            (Activation.Relu, new[] { 64, 32 }, 32, Optimizer.Adam),
            (Activation.Tanh, new[] { 21 }, 77, Optimizer.AdamW),
            (Activation.Sigmoid, new[] { 9, 13, 5 }, 256, Optimizer.Sgd),
            (Activation.LeakyRelu, new[] { 40 }, 128, Optimizer.RmsProp),
        })
        {
            var shape = new MlpShape(Columns, hidden, 3, activation, 0.2f);
            hashes.Add(Trainer.Train(set, shape, Options(batch, 2) with { Optimizer = optimizer }, null, null, CancellationToken.None).WeightsHash);
        }

        return string.Join(' ', hashes);
    }
}
