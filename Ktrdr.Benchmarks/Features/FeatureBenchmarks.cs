using Ktrdr.Engine.Features;

namespace Ktrdr.Benchmarks.Features;

/// <summary>Ten indicators and thirty memberships per bar, in tiles.</summary>
public sealed class FeatureBenchmark : Benchmark
{
    private ThirtyFeatures? _strategy;

    public override string Name => "features_30";

    public override string Unit => "bars/s";

    public override string Measures => "Ten indicators and thirty memberships per bar of a million bars, in tiles";

    public override Peer? Peer => new("Python original", 100_000 / 3.124);

    public override void Prepare() => _strategy = new ThirtyFeatures();

    public override double Measure() => PerSecond(ThirtyFeatures.Bars, () =>
    {
        using var stream = _strategy!.Open();
        stream.ForEachTile(0, ThirtyFeatures.Bars, 1, new bool[ThirtyFeatures.Bars], (_, _, _, _) => { });
    });
}

/// <summary>The same without the memberships: what opening a stream costs.</summary>
public sealed class IndicatorsOfFeatures : Benchmark
{
    private ThirtyFeatures? _strategy;

    public override string Name => "features_30_indicators";

    public override string Unit => "bars/s";

    public override string Measures => "The ten indicators of it";

    public override Peer? Peer => new("Python original", 100_000 / 1.913);

    public override void Prepare() => _strategy = new ThirtyFeatures();

    public override double Measure() => PerSecond(ThirtyFeatures.Bars, () => _strategy!.Open().Dispose());
}
