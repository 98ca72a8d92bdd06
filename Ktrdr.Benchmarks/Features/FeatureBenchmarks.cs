using Ktrdr.Engine.Features;

namespace Ktrdr.Benchmarks.Features;

/// <summary>Ten indicators and thirty memberships per bar, in tiles.</summary>
public sealed class FeatureBenchmark : Benchmark
{
    private ThirtyFeatures? _strategy;

    public override string Name => "features_30";

    public override string Unit => "bars/s";

    public override void Prepare() => _strategy = new ThirtyFeatures();

    public override double Measure() => PerSecond(ThirtyFeatures.Bars, () =>
    {
        var stream = _strategy!.Open();
        stream.ForEachTile(0, ThirtyFeatures.Bars, 1, new bool[ThirtyFeatures.Bars], (_, _, _, _) => { });
    });
}

/// <summary>A backtest whole: indicators, thirty memberships, a 30-64-32-3 network, decisions, fills, metrics.</summary>
public sealed class BacktestFullBenchmark : Benchmark
{
    private ThirtyFeatures? _strategy;

    public override string Name => "backtest_full";

    public override string Unit => "bars/s";

    public override Peer? Peer => new("Python original", 3554);

    public override void Prepare() => _strategy = new ThirtyFeatures();

    public override double Measure() => PerSecond(ThirtyFeatures.Bars, () => _strategy!.Backtest());
}

/// <summary>What is alive at the end of the same backtest, beyond the bars.</summary>
public sealed class BacktestFullMemory : Benchmark
{
    private ThirtyFeatures? _strategy;

    public override string Name => "backtest_full_memory";

    public override string Unit => "bytes/bar";

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
