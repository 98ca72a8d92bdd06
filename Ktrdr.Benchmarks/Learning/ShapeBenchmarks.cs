using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>
/// Arithmetic reached in training other shapes than the reference's, batch 256: forward, both gradients and update over whole epochs. Asked for: 60 % of what the reference training
/// must reach, which is 20 544 operations per sample at 3.5 M samples/s, or 2.5 M without AVX-512.
/// </summary>
public abstract class ShapeBenchmark(params int[] widths) : Benchmark
{
    private const int Batch = 256;
    private const double ReferenceOperations = 20_544;
    private const double Share = 0.6;

    /// <summary>Enough rows for an epoch of about a hundredth of a second.</summary>
    private const double OperationsPerEpoch = 0.7e9;

    private readonly List<double> _epochs = [];
    private int _next;

    public override string Name => $"train_shape_{string.Join('_', widths)}";

    public override string Unit => "GFLOP/s";

    public override string Measures => $"Training of {string.Join('-', widths)}, batch {Batch}, whole epochs";

    public override Target? Target => new(Share * ReferenceOperations * 3.5e6 / 1e9, Share * ReferenceOperations * 2.5e6 / 1e9);

    /// <summary>Three products per layer, but no gradient with respect to the features.</summary>
    private double Operations => 2 * ((3 * Enumerable.Range(0, widths.Length - 1).Sum(i => (double)widths[i] * widths[i + 1])) - (widths[0] * widths[1]));

    public override double Measure()
    {
        if (_epochs.Count == 0)
        {
            var rows = (int)(OperationsPerEpoch / Operations / Batch) * Batch;
            var source = ReferenceTraining.Set(((rows * widths[0]) + ReferenceTraining.Columns - 1) / ReferenceTraining.Columns);
            int[] classes = [.. Enumerable.Range(0, rows).Select(r => source.Classes[r % source.Classes.Length])];
            var set = new TrainingSet(source.Features[..(rows * widths[0])], widths[0], classes, null, [.. Enumerable.Range(0, rows)], []);
            var shape = new MlpShape(widths[0], widths[1..^1], widths[^1], Activation.Relu, 0.2f);
            var last = Clock.Seconds;
            Trainer.Train(set, shape, ReferenceTraining.Options(Batch, WarmUps + Repetitions), null, (_, _) =>
            {
                var now = Clock.Seconds;
                _epochs.Add(rows * Operations / (now - last) / 1e9);
                last = now;
            }, CancellationToken.None);
        }

        return _epochs[_next++];
    }
}

public sealed class TwoLayers() : ShapeBenchmark(30, 64, 3);

public sealed class OddLayers() : ShapeBenchmark(17, 50, 20, 3);

public sealed class ThreeLayers() : ShapeBenchmark(60, 128, 64, 3);

public sealed class WideTwoLayers() : ShapeBenchmark(30, 256, 3);

public sealed class FourLayers() : ShapeBenchmark(60, 256, 256, 128, 3);

public sealed class NarrowFourLayers() : ShapeBenchmark(30, 64, 32, 16, 3);
