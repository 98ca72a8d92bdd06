using Ktrdr.Engine.Learning;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>Samples per second of whole epochs: shuffling, copying rows, loss, gradients, clip and update included.</summary>
public abstract class TrainingBenchmark(int batchSize, Target target, double peer) : Benchmark
{
    private const int Rows = 50_000;
    private readonly List<double> _epochs = [];
    private TrainingSet? _set;
    private int _next;

    public override string Name => $"train_mlp_b{batchSize}";

    public override string Unit => "samples/s";

    public override string Measures => $"Whole epochs of 50 000 samples, 30-64-32-3, batch {batchSize}: shuffling, row copies, dropout, class weights, loss, gradients, clip and Adam";

    public override Target? Target => target;

    public override Peer? Peer => new("PyTorch 1.13, 1 thread", peer);

    public override int Repetitions => 15;

    public override void Prepare() => _set = ReferenceTraining.Set(Rows);

    /// <summary>Epochs of one long run, so that the value is the steady state; the first ones are the warm-up.</summary>
    public override double Measure()
    {
        if (_epochs.Count == 0)
        {
            var last = Clock.Seconds;
            Trainer.Train(_set!, ReferenceTraining.Shape, ReferenceTraining.Options(batchSize, WarmUps + Repetitions), null, (_, _) =>
            {
                var now = Clock.Seconds;
                _epochs.Add(Rows / (now - last));
                last = now;
            }, CancellationToken.None);
        }

        return _epochs[_next++];
    }
}

public sealed class TrainBatch32() : TrainingBenchmark(32, new Target(2.5e6, 1.5e6), 62_101);

public sealed class TrainBatch256() : TrainingBenchmark(256, new Target(3.5e6, 2.5e6), 295_545);

public sealed class TrainBatch1024() : TrainingBenchmark(1024, new Target(3.5e6, 2.5e6), 517_976);

/// <summary>Managed bytes allocated per optimiser step in the steady state.</summary>
public sealed class TrainBytesPerStep : Benchmark
{
    private TrainingSet? _set;

    public override string Name => "train_bytes_per_step";

    public override string Unit => "bytes";

    public override string Measures => "Managed bytes that an optimiser step allocates in the steady state, batch 32";

    public override Target? Target => new(0, IsLimit: true);

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
