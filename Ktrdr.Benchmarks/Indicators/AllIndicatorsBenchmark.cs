using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Benchmarks.Indicators;

/// <summary>Milliseconds for the whole catalog.</summary>
public sealed class AllIndicatorsBenchmark : Benchmark
{
    private const int Bars = 100_000;
    private const double PythonMilliseconds = 46_900;
    private BarSeries? _bars;
    private (IndicatorType Type, IndicatorArguments Arguments, double[][] Outputs)[] _work = [];

    public override string Name => $"indicators_all{IndicatorCatalog.All.Count}";

    public override string Unit => "ms";

    public override string Measures => "Every type of the catalog at its default parameters over 100 000 bars, one after the other, into arrays that are already there";

    public override Target? Target => new(30, IsLimit: true);

    public override Peer? Peer => new("Python original", PythonMilliseconds);

    public override void Prepare()
    {
        _bars = SyntheticMarket.Null(1, Bars);
        _work = [.. IndicatorCatalog.All.Select(t => (t, t.Defaults(), t.Outputs.Select(_ => new double[Bars]).ToArray()))];
    }

    public override double Measure() => 1_000.0 / PerSecond(1, () =>
    {
        foreach (var (type, arguments, outputs) in _work)
        {
            type.Compute(_bars!, arguments, outputs);
        }
    });
}
