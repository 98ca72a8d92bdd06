using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Backtesting;
using Xunit;

namespace Ktrdr.Tests.Statistics;

/// <summary>How often something comes in a year, seen in a few bars: right, or not known.</summary>
public sealed class WholeWeeksTests
{
    /// <summary>A Monday.</summary>
    private const int Monday = 19_723;

    /// <summary>Five days of seven, whatever day a window begins and however long it is.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void PerYear_MarketClosedAtWeekends_IsTheMarketsNotTheWindows(int first)
    {
        var weekdays = Enumerable.Range(Monday + first, 400).Where(day => (day - Monday) % 7 < 5).ToArray();
        for (var count = 6; count < weekdays.Length; count++)
        {
            var days = new DailyReturns(weekdays[..count], new double[count]);
            var bars = new Timeline(Daily(weekdays[..count]));

            Assert.Equal(365.25 * 5 / 7, days.DaysPerYear!.Value, 1e-9);
            Assert.Equal(365.25 * 5 / 7, bars.BarsPerYear!.Value, 1e-9);
        }
    }

    [Fact]
    public void PerYear_LessThanAWeek_IsNotKnown()
    {
        var days = Enumerable.Range(Monday, 6).ToArray();

        Assert.Null(new DailyReturns(days, new double[6]).DaysPerYear);
        Assert.Null(new DailyReturns([], []).DaysPerYear);
        Assert.Null(new Timeline(Daily(days)).BarsPerYear);
        Assert.NotNull(new Timeline(Daily([.. days, Monday + 6])).BarsPerYear);
        Assert.Equal(365.25, new Timeline(Daily(days).With(MarketCalendar.AlwaysOpen)).BarsPerYear);
    }

    [Fact]
    public void PerYear_WeeklyBars_AreFiftyTwo()
    {
        long[] times = [.. Enumerable.Range(0, 5).Select(week => (Monday + (7L * week)) * UtcDay.Milliseconds)];
        double[] ones = [1, 1, 1, 1, 1];

        Assert.Equal(365.25 / 7, new Timeline(new BarSeries("W", Timeframe.Parse("1w"), times, ones, ones, ones, ones, ones)).BarsPerYear!.Value, 1e-12);
        Assert.Equal(365.25 / 7, new DailyReturns([0, 7, 14, 21], new double[4]).DaysPerYear!.Value, 1e-12);
    }

    /// <summary>Two tested stretches of a combinatorial fold with months between them are no market that trades a few days a year; a holiday of a week and more is one.</summary>
    [Fact]
    public void DaysPerYear_StretchesApart_CountEachByItself()
    {
        int[] stretch = [.. Enumerable.Range(Monday, 28).Where(day => (day - Monday) % 7 < 5)];

        Assert.Equal(365.25 * 5 / 7, new DailyReturns([.. stretch, .. stretch.Select(d => d + 210)], new double[40]).DaysPerYear!.Value, 1e-9);
        Assert.Equal(365.25 * 35 / 56, new DailyReturns([.. stretch, .. stretch.Select(d => d + 35)], new double[40]).DaysPerYear!.Value, 1e-9);
    }

    /// <summary>What needs no year stays known: the run is judged as far as it goes.</summary>
    [Fact]
    public void Run_ShorterThanAWeek_HasNoAnnualFiguresAndKeepsTheOthers()
    {
        var bars = Market.Random(3, 100);
        var options = RandomRun.Free;
        var run = Backtester.Run(bars, 0, bars.Count, new FixedDecisions(RandomRun.Signals(1, bars.Count, 4, 6)), options);

        var metrics = run.Metrics;
        Assert.Null(run.BarsPerYear);
        Assert.Equal((null, null, null), (metrics.AnnualReturn, metrics.Volatility, metrics.Sharpe));
        Assert.Equal((null, null, null, null), (metrics.DailySharpe, metrics.Sortino, metrics.Calmar, metrics.Turnover));
        Assert.NotNull(metrics.WinRate);
        Assert.NotNull(metrics.NetTStatistic);
        var intervals = BootstrapIntervals.Of(run, options.InitialCapital, 1, 200);
        Assert.All(["total_return", "max_drawdown", "win_rate"], name => Assert.True(intervals[name].Lower < intervals[name].Upper, name));
        Assert.All(["annual_return", "volatility", "sharpe", "sortino", "calmar"], name => Assert.Null(intervals[name].Lower));
    }

    [Fact]
    public void Judge_DaysOfLessThanAWeek_SaysWhyThereIsNoRatio()
    {
        var trial = new TrialEvidence
        {
            Key = new TrialKey("strategy", "data", "validation"),
            Experiment = 1,
            Status = TrialStatus.Completed,
            Trades = 50,
            Daily = new DailyReturns([0, 1, 2], [0.01, -0.005, 0.02]),
        };

        var verdict = CampaignStatistics.Provisional([trial], [], VerdictRules.Default).Single();

        Assert.Equal(Verdict.Rejected, verdict.Verdict);
        Assert.Contains("less than a week", Assert.Single(verdict.Reasons), StringComparison.Ordinal);
    }

    private static BarSeries Daily(int[] days)
    {
        double[] ones = [.. days.Select(_ => 1.0)];
        return new BarSeries("D", Timeframe.OneDay, [.. days.Select(day => day * UtcDay.Milliseconds)], ones, ones, ones, ones, ones);
    }
}
