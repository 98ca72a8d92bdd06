using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Benchmarks.Indicators;

/// <summary>Bars per second of one indicator at its default parameters over a long series, into arrays that are already there.</summary>
public abstract class IndicatorBenchmark(string indicator, Peer? peer) : Benchmark
{
    private const int Bars = 100_000;
    private const int Passes = 50;
    private BarSeries? _bars;
    private IndicatorType? _type;
    private double[][] _outputs = [];

    public override string Name => "indicator_" + indicator;

    public override string Unit => "bars/s";

    public override Peer? Peer => peer;

    public override void Prepare()
    {
        if (!IndicatorCatalog.TryFind(indicator, out _type))
        {
            throw new InvalidOperationException($"the catalog has no indicator '{indicator}'");
        }

        _bars = SyntheticMarket.Null(1, Bars);
        _outputs = [.. _type.Outputs.Select(_ => new double[Bars])];
    }

    public override double Measure() => PerSecond((double)Bars * Passes, () =>
    {
        var arguments = _type!.Defaults();
        for (var pass = 0; pass < Passes; pass++)
        {
            _type.Compute(_bars!, arguments, _outputs);
        }
    });
}

public sealed class EmaBenchmark() : IndicatorBenchmark("ema", new Peer("pandas, fastest", 90_000_000));

public sealed class RsiBenchmark() : IndicatorBenchmark("rsi", null);

public sealed class AtrBenchmark() : IndicatorBenchmark("atr", null);

public sealed class DonchianBenchmark() : IndicatorBenchmark("donchian", null);

public sealed class BollingerBenchmark() : IndicatorBenchmark("bollinger", null);

public sealed class StochasticBenchmark() : IndicatorBenchmark("stochastic", null);
