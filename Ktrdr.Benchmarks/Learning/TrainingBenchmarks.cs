using System.Diagnostics;
using Ktrdr.Engine.Learning;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>Samples per second of whole epochs: shuffling, copying rows, loss, gradients, clip and update included.</summary>
public abstract class TrainingBenchmark(int batchSize, double peer) : Benchmark
{
    private const int Rows = 50_000;
    private readonly List<double> _epochs = [];
    private TrainingSet? _set;
    private int _next;

    public override string Name => $"train_mlp_b{batchSize}";

    public override string Unit => "samples/s";

    public override Peer? Peer => new("plain PyTorch 1.13 loop, 1 thread", peer);

    public override int Repetitions => 15;

    public override void Prepare() => _set = ReferenceTraining.Set(Rows);

    /// <summary>Epochs of one long run, so that the value is the steady state; the first ones are the warm-up.</summary>
    public override double Measure()
    {
        if (_epochs.Count == 0)
        {
            var last = Stopwatch.GetTimestamp();
            Trainer.Train(_set!, ReferenceTraining.Shape, ReferenceTraining.Options(batchSize, WarmUps + Repetitions), null, (_, _) =>
            {
                var now = Stopwatch.GetTimestamp();
                _epochs.Add(Rows / Stopwatch.GetElapsedTime(last, now).TotalSeconds);
                last = now;
            }, CancellationToken.None);
        }

        return _epochs[_next++];
    }
}

public sealed class TrainBatch32() : TrainingBenchmark(32, 62_101);

public sealed class TrainBatch256() : TrainingBenchmark(256, 295_545);

public sealed class TrainBatch1024() : TrainingBenchmark(1024, 517_976);

/// <summary>Managed bytes allocated per optimiser step in the steady state.</summary>
public sealed class TrainBytesPerStep : Benchmark
{
    private TrainingSet? _set;

    public override string Name => "train_bytes_per_step";

    public override string Unit => "bytes";

    public override int Repetitions => 3;

    public override int WarmUps => 1;

    public override void Prepare() => _set = ReferenceTraining.Set(20_000);

    public override double Measure()
    {
        long first = 0, last = 0;
        Trainer.Train(_set!, ReferenceTraining.Shape, ReferenceTraining.Options(32, 6), null, (report, _) =>
        {
            last = GC.GetAllocatedBytesForCurrentThread();
            first = report.Epoch == 1 ? last : first;
        }, CancellationToken.None);
        return Math.Floor((last - first) / (5.0 * 625));
    }
}

/// <summary>Probabilities for 100 000 rows at once.</summary>
public sealed class PredictBatched : Benchmark
{
    private const int Rows = 100_000;
    private readonly Network _network = Network.Initialize(ReferenceTraining.Shape, 1);
    private readonly float[] _outputs = new float[Rows * 3];
    private float[] _features = [];

    public override string Name => "predict_mlp";

    public override string Unit => "rows/s";

    public override Peer? Peer => new("PyTorch 1.13 batched", 100_000 / 0.042);

    public override int WarmUps => 30;

    public override int Repetitions => 31;

    public override void Prepare() => _features = ReferenceTraining.Set(Rows).Features;

    public override double Measure() => PerSecond(Rows, () => _network.Predict(_features, Rows, _outputs));
}

/// <summary>Probabilities row by row, as a bar-by-bar simulation asks for them.</summary>
public sealed class PredictSingle : Benchmark
{
    private const int Rows = 100_000;
    private readonly Network _network = Network.Initialize(ReferenceTraining.Shape, 1);
    private readonly float[] _outputs = new float[3];
    private float[] _features = [];

    public override string Name => "predict_mlp_single";

    public override string Unit => "rows/s";

    public override Peer? Peer => new("PyTorch 1.13 single row", 1 / 19.8e-6);

    public override int WarmUps => 10;

    public override int Repetitions => 15;

    public override void Prepare() => _features = ReferenceTraining.Set(Rows).Features;

    public override double Measure() => PerSecond(Rows, () =>
    {
        for (var r = 0; r < Rows; r++)
        {
            _network.Predict(_features.AsSpan(r * ReferenceTraining.Columns, ReferenceTraining.Columns), 1, _outputs);
        }
    });
}
