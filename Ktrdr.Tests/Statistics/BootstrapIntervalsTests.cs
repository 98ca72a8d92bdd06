using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class BootstrapIntervalsTests
{
    private static readonly BarSeries Bars = SyntheticMarket.Null(3, 3000);
    private static readonly BacktestResult Run = RandomRun.On(Bars, 5);

    /// <summary>The run's own days in their order measure exactly what the backtest measured: bars, drawdowns within days and all.</summary>
    [Fact]
    public void ResampledDays_InTheirOwnOrder_GiveTheRunsOwnMetrics()
    {
        var days = DailyEquity.Of(Bars.Times, Run.Equity, RandomRun.Free.InitialCapital, Run.Daily)!;
        var values = new double[ResampledDays.Metrics.Count];

        new ResampledDays(days, Bars.BarsPerYear, Run.Daily.DaysPerYear).Measure([.. Enumerable.Range(0, days.Length)], values);

        double?[] expected = [Run.Metrics.TotalReturn, Run.Metrics.AnnualReturn, Run.Metrics.Volatility, Run.Metrics.DailySharpe, Run.Metrics.Sortino, Run.Metrics.MaxDrawdown, Run.Metrics.Calmar];
        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First!.Value, pair.Second, Math.Abs(pair.First.Value) * 1e-9));
    }

    /// <summary>Hourly closes: up 20 % and down to 0.9 of the start within the first day, up to 1.3 and, over the night, down to 1.04.</summary>
    [Theory]
    [InlineData(0.25, 1.2, 0.9, 1.0, 1.1)]
    [InlineData(0.2, 1.0, 1.3, 1.3, 1.04)]
    public void ResampledDays_SeeFallsWithinAndAcrossDays(double drawdown, double first, double second, double third, double afterMidnight)
    {
        double[] equity = [.. Enumerable.Repeat(first, 8), .. Enumerable.Repeat(second, 8), .. Enumerable.Repeat(third, 8), .. Enumerable.Repeat(afterMidnight, 24)];
        var times = Bars.Times[..48];
        var values = new double[ResampledDays.Metrics.Count];

        new ResampledDays(DailyEquity.Of(times, equity, 1, DailyReturns.FromEquity(times, equity, 1))!, Bars.BarsPerYear, 365).Measure([0, 1], values);

        Assert.Equal(drawdown, values[5], 1e-12);
    }

    [Fact]
    public void ResampledTrades_InTheirOwnOrder_GiveTheRunsOwnMetrics()
    {
        var values = new double[3];

        new ResampledTrades([.. Run.Trades.Select(t => t.NetPnl)]).Measure([.. Enumerable.Range(0, Run.Trades.Count)], values);

        Assert.Equal([Run.Metrics.WinRate!.Value, Run.Metrics.ProfitFactor!.Value, Run.Metrics.Expectancy!.Value], values);
    }

    [Fact]
    public void Of_KnownCalendar_AnnualisesAsTheRunDoes()
    {
        // Four days of one week, of a market that never closes and of one that does.
        var monday = Enumerable.Range(0, Bars.Count).First(i => DateTimeOffset.FromUnixTimeMilliseconds(Bars.Times[i]) is { DayOfWeek: DayOfWeek.Monday, Hour: 0 });
        var week = Bars.Slice(monday, 96);
        var (plain, known) = (RandomRun.On(week.With(MarketCalendar.AlwaysOpen), 5), RandomRun.On(week.With(MarketCalendar.Fx), 5));
        var scale = known.Metrics.Volatility!.Value / plain.Metrics.Volatility!.Value;

        var (unknown, calendar) = (Report(run: plain)["volatility"], Report(run: known)["volatility"]);

        Assert.InRange(scale, 0.7, 0.95);
        Assert.Equal(unknown.Lower!.Value * scale, calendar.Lower!.Value, 1e-9);
        Assert.Equal(unknown.Upper!.Value * scale, calendar.Upper!.Value, 1e-9);
    }

    [Fact]
    public void Of_EveryHeadlineMetric_HasAnInterval()
    {
        var report = Report();

        Assert.Equal(10, report.Intervals.Count);
        Assert.All(report.Intervals, i => Assert.True(i.Lower < i.Upper, i.ToString()));
        Assert.All(report.Intervals.Where(i => i.Metric is not ("max_drawdown" or "calmar")), i => Assert.InRange(i.Estimate!.Value, i.Lower!.Value, i.Upper!.Value));
        Assert.Equal(Run.Metrics.DailySharpe, report["sharpe"].Estimate);
        Assert.True(report["max_drawdown"].Lower > 0);
    }

    /// <summary>Normal independent days: the Sharpe ratio's interval is about ±1.96 standard errors, √((1 + SR²/2)/T) a day (Lo 2002).</summary>
    [Fact]
    public void Of_IndependentDays_HasTheKnownWidth()
    {
        const int days = 1500;
        var bars = Daily(days);
        var equity = new double[days];
        var value = RandomRun.Free.InitialCapital;
        var returns = SharpeStatisticsTests.Series(8, days, 0.0005);
        for (var i = 0; i < days; i++)
        {
            equity[i] = value *= 1 + returns[i];
        }

        var run = RandomRun.On(bars, 1) with { Equity = equity, Daily = DailyReturns.FromEquity(bars.Times, equity, RandomRun.Free.InitialCapital) };
        var report = BootstrapIntervals.Of(run, RandomRun.Free.InitialCapital, 1);

        var daily = ReturnMoments.Of(returns)!.Sharpe!.Value;
        var expected = 2 * 1.96 * Math.Sqrt((1 + (daily * daily / 2)) / days * bars.BarsPerYear);
        Assert.Equal(1, (report["sharpe"].Upper!.Value - report["sharpe"].Lower!.Value) / expected, 0.12);
    }

    [Fact]
    public void Of_AnyNumberOfThreads_GivesTheSameBits()
    {
        Assert.Equal(Report(threads: 1).Intervals, Report(threads: 4).Intervals);
        Assert.NotEqual(Report(seed: 1).Intervals, Report(seed: 2).Intervals);
    }

    [Fact]
    public void Of_NoTradesOrARuinedAccount_HasNoIntervalInsteadOfAnInventedOne()
    {
        var idle = Backtester.Run(Bars, 0, Bars.Count, new FixedDecisions(new Signal[Bars.Count].Select(_ => Signal.Hold).ToArray()), RandomRun.Free);
        var ruined = Run with { Equity = [.. Run.Equity[..^1], 0] };

        var nothing = BootstrapIntervals.Of(idle, RandomRun.Free.InitialCapital, 1, 100);
        Assert.Equal(new MetricInterval("win_rate", null, null, null), nothing["win_rate"]);
        Assert.Equal(new MetricInterval("sharpe", null, null, null), nothing["sharpe"]);
        Assert.Equal(new MetricInterval("total_return", 0, 0, 0), nothing["total_return"]);
        Assert.Null(BootstrapIntervals.Of(ruined, RandomRun.Free.InitialCapital, 1, 100)["total_return"].Lower);
        Assert.Throws<InvalidInputException>(() => BootstrapIntervals.Of(Run, RandomRun.Free.InitialCapital, 1, 0));
    }

    internal static BarSeries Daily(int count) => SyntheticMarket.Null(1, count, timeframe: Timeframe.Parse("1d"));

    private static IntervalReport Report(int threads = 1, ulong seed = 1, BacktestResult? run = null) =>
        BootstrapIntervals.Of(run ?? Run, RandomRun.Free.InitialCapital, seed, 300, maxThreads: threads);
}
