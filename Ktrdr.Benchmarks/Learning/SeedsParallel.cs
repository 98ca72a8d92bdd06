using System.Diagnostics;
using Ktrdr.Engine.Learning;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>Eight seeds of the reference training on two threads, as a multiple of one thread's speed.</summary>
public sealed class SeedsParallel : Benchmark
{
    private const int Rows = 30_000;
    private const int Epochs = 6;
    private static readonly ulong[] Seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    private TrainingSet? _set;

    public override string Name => "seeds_parallel_8";

    public override string Unit => "x one core";

    public override string Measures => "Eight seeds of the reference training on two threads, as a multiple of one thread's speed. Wall clock";

    public override Target? Target => new(1.8);

    public override int WarmUps => 1;

    public override int Repetitions => 5;

    public override void Prepare() => _set = ReferenceTraining.Set(Rows);

    public override double Measure() => Seconds(1) / Seconds(2);

    private double Seconds(int threads)
    {
        var start = Stopwatch.GetTimestamp();
        SeedTraining.Train(_set!, ReferenceTraining.Shape, ReferenceTraining.Options(256, Epochs), Seeds, threads, null, null, CancellationToken.None);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
