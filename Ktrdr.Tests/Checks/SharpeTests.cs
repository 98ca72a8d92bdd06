using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>The Sharpe ratio of one series of independent returns, held through, is the same whether it is cut into bars of five minutes, an hour or a day.</summary>
public sealed class SharpeTests
{
    [Theory]
    [InlineData("24x7", 1500)]
    [InlineData("fx", 1500)]
    public void Backtest_OneSeriesOn5mAnd1hAnd1d_AnnualisesAlike(string calendar, int days)
    {
        const int perDay = 288;
        const double drift = 0.000002;
        const double deviation = 0.0004;
        var generator = new Generator(17, "independent");
        var closes = new double[days * perDay];
        var price = 100.0;
        for (var i = 0; i < closes.Length; i++)
        {
            price *= 1 + drift + (deviation * generator.NextGaussian());
            closes[i] = price;
        }

        var metrics = new[] { ("5m", 1), ("1h", 12), ("1d", perDay) }.Select(t => Hold(closes, t.Item1, t.Item2, MarketCalendar.Parse(calendar))).ToArray();
        var (daysPerYear, standard) = calendar == "fx" ? (5.0 / 7 * 365.25, 0.02) : (365.25, 0.01);
        foreach (var m in metrics)
        {
            Assert.Equal(deviation * Math.Sqrt(perDay * daysPerYear), m.Volatility!.Value, 0.05 * m.Volatility.Value);
            Assert.Equal(metrics[0].Sharpe!.Value, m.Sharpe!.Value, 0.06 * metrics[0].Sharpe!.Value);
            Assert.Equal(metrics[0].DailySharpe!.Value, m.DailySharpe!.Value, (0.05 + standard) * metrics[0].DailySharpe!.Value);
            Assert.Equal(metrics[0].AnnualReturn!.Value, m.AnnualReturn!.Value, 0.05 * metrics[0].AnnualReturn!.Value);
        }
    }

    /// <summary>Everything in the market from the first bar to the last, at no cost.</summary>
    private static BacktestMetrics Hold(double[] closes, string timeframe, int every, MarketCalendar calendar)
    {
        var width = Timeframe.Parse(timeframe);
        var (times, close) = (new List<long>(), new List<double>());
        for (var (i, day) = (0, 0); i < closes.Length; day++)
        {
            // Of the FX week the days that are wholly open: Monday to Friday.
            if (calendar == MarketCalendar.Parse("fx") && day % 7 > 4)
            {
                continue;
            }

            for (var bar = 0; bar < 288 / every; bar++, i += every)
            {
                times.Add(CheckMarket.Monday + (day * 86_400_000L) + (bar * width.Milliseconds));
                close.Add(closes[i + every - 1]);
            }
        }

        double[] prices = [.. close];
        double[] open = [100, .. prices[..^1]];
        var bars = new BarSeries("IID", width, [.. times], open, [.. prices.Zip(open, Math.Max)], [.. prices.Zip(open, Math.Min)], prices, prices).With(calendar);
        var options = new BacktestOptions { InitialCapital = 100_000, CommissionRate = 0, Slippage = 0, Sizing = new SizingSpec(SizingKind.Fraction, 1, WholeUnits: false) };
        return Backtester.Run(bars, 0, bars.Count, new FixedDecisions([.. Enumerable.Repeat(Signal.Buy, bars.Count)]), options).Metrics;
    }
}
