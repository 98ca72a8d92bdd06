using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Benchmarks.Backtesting;

/// <summary>A million 5-minute bars of a random walk, and a signal every twenty bars: BUY and SELL in turn, so that every signal is an order.</summary>
internal static class BenchmarkMarket
{
    public const int Bars = 1_000_000;

    private const int BarsBetweenSignals = 20;
    private const long FirstBar = 1_600_000_000_000;

    public static BarSeries Series()
    {
        var generator = new Generator(1, "backtest-benchmark");
        var timeframe = Timeframe.Parse("5m");
        var times = new long[Bars];
        double[] open = new double[Bars], high = new double[Bars], low = new double[Bars], close = new double[Bars], volume = new double[Bars];
        var price = 1.1;
        for (var i = 0; i < Bars; i++)
        {
            times[i] = FirstBar + (i * timeframe.Milliseconds);
            open[i] = price;
            price *= 1 + (0.0003 * generator.NextGaussian());
            close[i] = price;
            high[i] = Math.Max(open[i], price) * 1.0001;
            low[i] = Math.Min(open[i], price) * 0.9999;
        }

        return new BarSeries("BENCHMARK", timeframe, times, open, high, low, close, volume);
    }

    public static FixedDecisions Signals() => new([.. Enumerable.Range(0, Bars).Select(i =>
        i % BarsBetweenSignals != 0 ? Signal.Hold : i / BarsBetweenSignals % 2 == 0 ? Signal.Buy : Signal.Sell)]);
}
