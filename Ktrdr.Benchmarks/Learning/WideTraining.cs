using System.Diagnostics;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>Arithmetic reached in training a wide network, 60-256-256-128-3: forward, both gradients and update over whole epochs.</summary>
public sealed class WideTraining : Benchmark
{
    private const int Rows = 4_000;
    private const int Batch = 256;
    private static readonly MlpShape Shape = new(60, [256, 256, 128], 3, Activation.Relu, 0.2f);
    private readonly List<double> _epochs = [];
    private int _next;

    public override string Name => "train_wide_b256";

    public override string Unit => "GFLOP/s";

    public override double Measure()
    {
        if (_epochs.Count == 0)
        {
            var source = ReferenceTraining.Set(2 * Rows);
            var set = new TrainingSet(source.Features, 60, source.Classes[..Rows], null, [.. Enumerable.Range(0, Rows)], []);
            int[] widths = [60, 256, 256, 128, 3];
            var products = Enumerable.Range(0, 4).Sum(i => (double)widths[i] * widths[i + 1]);

            // Three products per layer, but no gradient with respect to the features.
            var flops = Rows * 2 * ((3 * products) - (60 * 256));
            var last = Stopwatch.GetTimestamp();
            Trainer.Train(set, Shape, ReferenceTraining.Options(Batch, WarmUps + Repetitions), null, (_, _) =>
            {
                var now = Stopwatch.GetTimestamp();
                _epochs.Add(flops / Stopwatch.GetElapsedTime(last, now).TotalSeconds / 1e9);
                last = now;
            }, CancellationToken.None);
        }

        return _epochs[_next++];
    }
}
