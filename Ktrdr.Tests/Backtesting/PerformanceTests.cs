using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

public sealed class PerformanceTests
{
    private const double MillisecondsPerYear = 365.25 * Market.Day;

    private static BacktestMetrics Measure(double[] equity, long step, string timeframe, double initialCapital = 100)
    {
        long[] times = [.. equity.Select((_, i) => Market.Start + (i * step))];
        var bars = new BarSeries("M", Timeframe.Parse(timeframe), times, equity, equity, equity, equity, equity);

        // Bars without a hole are those of a market that never closes, which even a few of them say.
        bars = step == bars.Timeframe.Milliseconds ? bars.With(MarketCalendar.AlwaysOpen) : bars;
        var tally = new EquityTally(equity, initialCapital);
        tally.AddUntil(equity.Length);
        var none = new DecisionCounts(0, 0, 0, 0, 0, 0, 0, 0, 0);
        return Performance.Measure(new LoopOutcome(new Timeline(bars), equity, tally, 0, none), new Ledger([]), DailyReturns.FromEquity(times, equity, initialCapital));
    }

    [Fact]
    public void Measure_KnownEquity_GivesTheFiguresWorkedOutByHand()
    {
        // Daily returns: 0, 0, 0, +10 %, -10 %, +20 %, -5 %.
        double[] equity = [100, 100, 100, 110, 99, 118.8, 112.86];
        var metrics = Measure(equity, Market.Day, "1d");

        double[] returns = [0, 0, 0, 0.1, -0.1, 0.2, -0.05];
        var mean = returns.Sum() / 7;
        var deviation = Math.Sqrt(returns.Sum(r => (r - mean) * (r - mean)) / 6);
        var downside = Math.Sqrt((0.01 + 0.0025) / 7);
        Assert.Equal(0.1286, metrics.TotalReturn, 1e-12);
        Assert.Equal(Math.Pow(1.1286, 365.25 / 7) - 1, metrics.AnnualReturn!.Value, 1e-6);
        Assert.Equal(deviation * Math.Sqrt(365.25), metrics.Volatility!.Value, 1e-12);
        Assert.Equal(mean / deviation * Math.Sqrt(365.25), metrics.Sharpe!.Value, 1e-10);
        Assert.Equal(metrics.Sharpe.Value, metrics.DailySharpe!.Value, 1e-10);
        Assert.Equal(mean / downside * Math.Sqrt(365.25), metrics.Sortino!.Value, 1e-10);
        Assert.Equal(mean / deviation * Math.Sqrt(7), metrics.NetTStatistic!.Value, 1e-12);
        Assert.Equal(0.1, metrics.MaxDrawdown, 1e-12);
        Assert.Equal(1, metrics.MaxDrawdownBars);
        Assert.Equal(metrics.AnnualReturn.Value / 0.1, metrics.Calmar!.Value, 1e-4);

        // Percentiles by linear interpolation of -0.1, -0.05, 0, 0, 0, 0.1, 0.2.
        Assert.Equal(0.17 / 0.085, metrics.TailRatio!.Value, 1e-12);
    }

    /// <summary>An account that came back to its peak but for a rounding is not under water ever after, in whatever lane the values lie.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Measure_BackAtThePeakButForARounding_EndsTheDrawdown(int before)
    {
        double[] equity = [.. Enumerable.Repeat(100.0, before), 99, 98, .. Enumerable.Repeat(Math.BitDecrement(100.0), 40), 99];

        var metrics = Measure(equity, Market.Hour, "1h");

        Assert.Equal(0.02, metrics.MaxDrawdown, 1e-12);
        Assert.Equal(2, metrics.MaxDrawdownBars);
    }

    /// <summary>Opening and closing positions at one price moves an account by roundings only, of which no ratio must be made.</summary>
    [Fact]
    public void Measure_OnlyRoundingHappened_LeavesUndefinedFiguresNull()
    {
        var up = Math.BitIncrement(100.0);
        var metrics = Measure([100, up, 100, Math.BitDecrement(100.0), up, up], Market.Hour, "1h");

        Assert.Equal((0.0, 0.0, 0), (metrics.Volatility, metrics.MaxDrawdown, metrics.MaxDrawdownBars));
        Assert.Equal((null, null, null), (metrics.Sharpe, metrics.Sortino, metrics.Calmar));
        var daily = Measure([100, up, 100, Math.BitDecrement(100.0), up, up], Market.Day, "1d");
        Assert.Equal((null, null, null), (daily.DailySharpe, daily.NetTStatistic, daily.Skew));
    }

    [Fact]
    public void Measure_NothingHappened_LeavesUndefinedFiguresNull()
    {
        var metrics = Measure([100, 100, 100, 100], Market.Hour, "1h");

        Assert.Equal((0.0, 0.0, 0), (metrics.TotalReturn, metrics.MaxDrawdown, metrics.MaxDrawdownBars));
        Assert.Equal(0, metrics.Volatility);
        Assert.Null(metrics.Sharpe);
        Assert.Null(metrics.DailySharpe);
        Assert.Null(metrics.Sortino);
        Assert.Null(metrics.Calmar);
        Assert.Null(metrics.WinRate);
        Assert.Null(metrics.ProfitFactor);
        Assert.Null(metrics.Expectancy);
        Assert.Null(metrics.TailRatio);
        Assert.Null(metrics.Skew);
        Assert.Null(metrics.Kurtosis);
        Assert.Null(metrics.NetTStatistic);
    }

    [Fact]
    public void Measure_OneBar_HasNoAnnualFigures()
    {
        var metrics = Measure([101], Market.Hour, "1h");

        Assert.Equal(0.01, metrics.TotalReturn, 1e-12);
        Assert.Null(metrics.AnnualReturn);
        Assert.Null(metrics.Volatility);
        Assert.Null(metrics.Sharpe);
    }

    [Fact]
    public void Measure_Drawdown_FindsTheDeepestAndTheLongest()
    {
        var metrics = Measure([90, 100, 80, 95, 99, 101, 60, 102, 101], Market.Hour, "1h");

        Assert.Equal((101 - 60.0) / 101, metrics.MaxDrawdown, 1e-12);
        Assert.Equal(3, metrics.MaxDrawdownBars);
        Assert.Equal(3, Measure([100, 99, 98, 97], Market.Hour, "1h").MaxDrawdownBars);
    }

    [Fact]
    public void Measure_SameReturnsOn5mAnd1hAnd1d_AnnualisesAlike()
    {
        const int perDay = 288;
        const int days = 3000;
        var generator = new Generator(11, "iid");
        var fine = new double[days * perDay];
        var value = 100.0;
        for (var i = 0; i < fine.Length; i++)
        {
            value *= 1 + 0.0000015 + (0.0004 * generator.NextGaussian());
            fine[i] = value;
        }

        double[] Every(int n) => [.. fine.Where((_, i) => (i + 1) % n == 0)];
        var m5 = Measure(fine, 300_000, "5m");
        var h1 = Measure(Every(12), Market.Hour, "1h");
        var d1 = Measure(Every(perDay), Market.Day, "1d");

        Assert.Equal(m5.Sharpe!.Value, h1.Sharpe!.Value, 0.05 * m5.Sharpe.Value);
        Assert.Equal(m5.Sharpe.Value, d1.Sharpe!.Value, 0.05 * m5.Sharpe.Value);
        Assert.Equal(m5.Volatility!.Value, h1.Volatility!.Value, 0.05 * m5.Volatility.Value);
        Assert.Equal(m5.Volatility.Value, d1.Volatility!.Value, 0.05 * m5.Volatility.Value);
        Assert.Equal(0.0004 * Math.Sqrt(MillisecondsPerYear / 300_000), m5.Volatility.Value, 0.01 * m5.Volatility.Value);
        Assert.Equal(m5.DailySharpe!.Value, d1.DailySharpe!.Value, 1e-9);
        Assert.Equal(m5.AnnualReturn!.Value, d1.AnnualReturn!.Value, 1e-3);
    }

    [Fact]
    public void Measure_MarketClosedHalfTheTime_AnnualisesByTheBarsThatExist()
    {
        // Every second hour only: half the bars per year, so the same returns per bar are 1/√2 the volatility.
        double[] equity = [.. Enumerable.Range(0, 1000).Select(i => 100 + (i % 2))];

        Assert.Equal(Measure(equity, Market.Hour, "1h").Volatility!.Value / Math.Sqrt(2), Measure(equity, 2 * Market.Hour, "1h").Volatility!.Value, 1e-9);
    }

    [Theory]
    [InlineData("fx", "1h", 9)]
    [InlineData("fx", "1h", 300)]
    [InlineData("fx", "5m", 20)]
    [InlineData("us_equities", "1d", 5)]
    [InlineData("us_equities", "1h", 12)]
    [InlineData("24x7", "4h", 2)]
    public void BarsPerYear_CalendarKnown_IsTheYearsNotTheWindows(string calendar, string timeframe, int days)
    {
        // Every bar that the sessions make room for, over a window of some days and over four years.
        var known = MarketCalendar.Parse(calendar);
        var width = Timeframe.Parse(timeframe).Milliseconds;
        BarSeries Full(long length)
        {
            var end = Market.Start + length;
            var sessions = known.Sessions;
            var spans = sessions is null
                ? [(Market.Start, end)]
                : Enumerable.Range(0, sessions.Count).Select(i => sessions[i]).Where(s => s.Open >= Market.Start && s.Open < end).ToArray();
            long[] times = [.. spans.SelectMany(s => Enumerable.Range(0, (int)((s.Item2 - s.Item1 + width - 1) / width)).Select(i => s.Item1 + (i * width))).TakeWhile(t => t < end)];
            double[] ones = [.. times.Select(_ => 1.0)];
            return new BarSeries("CAL", Timeframe.Parse(timeframe), times, ones, ones, ones, ones, ones).With(known);
        }

        var some = new Timeline(Full(days * Market.Day)).BarsPerYear!.Value;
        var all = Full(1461 * Market.Day).Count / 4.0;

        Assert.Equal(1, some / all, 0.03);
    }

    [Fact]
    public void Run_TradeFigures_AreNetOfCosts()
    {
        var bars = Market.Of((100, 100, 100, 100), (100, 100, 100, 100), (110, 110, 110, 110), (110, 110, 110, 110), (99, 99, 99, 99), (99, 99, 99, 99)).With(MarketCalendar.AlwaysOpen);
        var options = new BacktestOptions { InitialCapital = 1000, CommissionRate = 0, Slippage = 0, Sizing = new SizingSpec(SizingKind.Fraction, 1, WholeUnits: false) };
        var metrics = Backtester.Run(bars, 0, 6, Market.Signals("BSBS--"), options).Metrics;

        Assert.Equal(2, metrics.Trades);
        Assert.Equal(0.5, metrics.WinRate);
        Assert.Equal(100 / 110.0, metrics.ProfitFactor!.Value, 1e-12);
        Assert.Equal(-5, metrics.Expectancy!.Value, 1e-9);
        Assert.Equal(2 / 6.0, metrics.Exposure, 1e-12);
        Assert.Equal((1000 + 1100 + 1100 + 990) / ((1000 + 1000 + 1100 + 1100 + 990 + 990) / 6.0) * (365.25 * 24 / 6), metrics.Turnover!.Value, 1e-6);
    }
}
