using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Benchmarks.Backtesting;

/// <summary>The loop on ready decisions with fills, costs, trade records, equity, drawdown and all metrics: a million 5-minute bars, one trade in forty.</summary>
public sealed class BacktestReadyBenchmark : Benchmark
{
    private const int Bars = 1_000_000;
    private const int BarsBetweenSignals = 20;
    private const long FirstBar = 1_600_000_000_000;

    private readonly BacktestOptions _options = new();
    private BarSeries? _bars;
    private FixedDecisions? _decisions;

    public override string Name => "backtest_ready";

    public override string Unit => "bars/s";

    public override Peer? Peer => new("numpy, fewer things", 13e6);

    public override int WarmUps => 10;

    public override int Repetitions => 15;

    public override void Prepare()
    {
        var generator = new Generator(1, "backtest-benchmark");
        var timeframe = Timeframe.Parse("5m");
        var times = new long[Bars];
        double[] open = new double[Bars], high = new double[Bars], low = new double[Bars], close = new double[Bars], volume = new double[Bars];
        var signals = new Signal[Bars];
        var price = 1.1;
        for (var i = 0; i < Bars; i++)
        {
            times[i] = FirstBar + (i * timeframe.Milliseconds);
            open[i] = price;
            price *= 1 + (0.0003 * generator.NextGaussian());
            close[i] = price;
            high[i] = Math.Max(open[i], price) * 1.0001;
            low[i] = Math.Min(open[i], price) * 0.9999;
            signals[i] = i % BarsBetweenSignals != 0 ? Signal.Hold : i / BarsBetweenSignals % 2 == 0 ? Signal.Buy : Signal.Sell;
        }

        _bars = new BarSeries("BENCHMARK", timeframe, times, open, high, low, close, volume);
        _decisions = new FixedDecisions(signals);
    }

    public override double Measure() => PerSecond(Bars, () => Backtester.Run(_bars!, 0, Bars, _decisions!, _options));
}
