using Ktrdr.Benchmarks.Features;

namespace Ktrdr.Benchmarks.Runs;

/// <summary>A backtest whole, the way a worker runs it.</summary>
public sealed class BacktestFullBenchmark : Benchmark
{
    private ThirtyFeatures? _strategy;

    public override string Name => "backtest_full";

    public override string Unit => "bars/s";

    public override string Measures => "A backtest whole over a million bars: ten indicators, thirty memberships, 30-64-32-3, decisions, fills, daily returns, metrics";

    public override Target? Target => new(5e6);

    public override Peer? Peer => new("Python original", 3554);

    public override void Prepare() => _strategy = new ThirtyFeatures();

    public override double Measure() => PerSecond(ThirtyFeatures.Bars, () => _strategy!.Backtest());
}

/// <summary>Everything that the same backtest allocates: nothing can be in memory at once beyond it and the bars.</summary>
public sealed class BacktestFullAllocation : Benchmark
{
    private ThirtyFeatures? _strategy;

    public override string Name => "backtest_full_allocated";

    public override string Unit => "bytes/bar";

    public override string Measures => "Managed bytes that the same backtest allocates in all, a bound on what is alive at any moment beyond the bars";

    public override Target? Target => new(200, IsLimit: true);

    public override int WarmUps => 1;

    public override int Repetitions => 3;

    public override void Prepare() => _strategy = new ThirtyFeatures();

    public override double Measure()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var run = _strategy!.Backtest();
        GC.KeepAlive(run);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)ThirtyFeatures.Bars;
    }
}

/// <summary>What is alive at the end of the same backtest, beyond the bars.</summary>
public sealed class BacktestFullMemory : Benchmark
{
    private ThirtyFeatures? _strategy;

    public override string Name => "backtest_full_memory";

    public override string Unit => "bytes/bar";

    public override string Measures => "Managed bytes that its result holds beyond the bars";

    public override Target? Target => new(200, IsLimit: true);

    public override int WarmUps => 1;

    public override int Repetitions => 3;

    public override void Prepare() => _strategy = new ThirtyFeatures();

    public override double Measure()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var run = _strategy!.Backtest();
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)ThirtyFeatures.Bars;
        GC.KeepAlive(run);
        return bytes;
    }
}
