using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Benchmarks.Indicators;

/// <summary>Bars per second of one indicator over a long series, at its default parameters or with another period, into arrays that are already there.</summary>
public abstract class IndicatorBenchmark(string indicator, Peer? peer, int? period = null) : Benchmark
{
    private const int Bars = 100_000;
    private const int Passes = 50;
    private BarSeries? _bars;
    private IndicatorType? _type;
    private double[][] _outputs = [];

    public override string Name => $"indicator_{indicator}{(period is null ? "" : $"_{period}")}";

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
        var arguments = period is null ? _type!.Defaults() : _type!.Bind(new Dictionary<string, object?> { ["period"] = period }, "period", []);
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

public sealed class LongDonchianBenchmark() : IndicatorBenchmark("donchian", null, 200);

public sealed class LongBollingerBenchmark() : IndicatorBenchmark("bollinger", null, 200);

public sealed class BollingerBenchmark() : IndicatorBenchmark("bollinger", null);

public sealed class StochasticBenchmark() : IndicatorBenchmark("stochastic", null);
