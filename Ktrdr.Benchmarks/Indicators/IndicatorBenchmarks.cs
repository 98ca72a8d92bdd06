using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Benchmarks.Indicators;

/// <summary>Bars per second of one indicator over a long series, at its default parameters or with another period, into arrays that are already there.</summary>
public abstract class IndicatorBenchmark(string indicator, double? target, Peer? peer, int? period = null) : Benchmark
{
    private const int Bars = 100_000;
    private const int Passes = 50;
    private BarSeries? _bars;
    private IndicatorType? _type;
    private double[][] _outputs = [];

    public override string Name => $"indicator_{indicator}{(period is null ? "" : $"_{period}")}";

    public override string Unit => "bars/s";

    public override string Measures => $"{indicator} over 100 000 bars, {(period is null ? "default parameters" : $"period {period}")}, into arrays that are already there";

    public override Target? Target => target is { } value ? new(value) : null;

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

public sealed class EmaBenchmark() : IndicatorBenchmark("ema", 600e6, new Peer("Python original", 100_000 / 0.00074));

public sealed class RsiBenchmark() : IndicatorBenchmark("rsi", 400e6, new Peer("pandas", 100_000 / 0.0049));

public sealed class AtrBenchmark() : IndicatorBenchmark("atr", 600e6, new Peer("pandas", 100_000 / 0.0025));

public sealed class DonchianBenchmark() : IndicatorBenchmark("donchian", 300e6, new Peer("Python original", 100_000 / 0.005));

public sealed class LongDonchianBenchmark() : IndicatorBenchmark("donchian", 300e6, null, 200);

public sealed class BollingerBenchmark() : IndicatorBenchmark("bollinger", 200e6, new Peer("pandas", 100_000 / 0.0037));

public sealed class LongBollingerBenchmark() : IndicatorBenchmark("bollinger", null, null, 200);

public sealed class StochasticBenchmark() : IndicatorBenchmark("stochastic", null, new Peer("Python original", 100_000 / 0.0078));
