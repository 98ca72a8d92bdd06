using Ktrdr.Engine;
using Ktrdr.Engine.Statistics;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class DailyReturnsTests
{
    private const long Hour = 3_600_000;

    [Fact]
    public void FromEquity_HourlyBars_CutsAtUtcMidnight()
    {
        long[] times = [22 * Hour, 23 * Hour, 24 * Hour, 47 * Hour, 72 * Hour];

        var daily = DailyReturns.FromEquity(times, [100, 110, 121, 99, 99], 100);

        Assert.Equal([0, 1, 3], daily.Days);
        Assert.Equal([0.1, -0.1, 0], daily.Returns.Select(r => Math.Round(r, 12)));
        Assert.Null(daily.DaysPerYear);
    }

    [Fact]
    public void FromEquity_DayOfFewerBarsThanTheOneBefore_EndsAtItsOwnMidnight()
    {
        long[] times = [0, Hour, 2 * Hour, 24 * Hour, 48 * Hour, 49 * Hour, 72 * Hour];

        var daily = DailyReturns.FromEquity(times, [100, 100, 110, 121, 130, 133.1, 133.1], 100);

        Assert.Equal([0, 1, 2, 3], daily.Days);
        Assert.Equal([0.1, 0.1, 0.1, 0], daily.Returns.Select(r => Math.Round(r, 12)));
    }

    [Fact]
    public void FromEquity_BeforeTheEpoch_KeepsDaysInOrder()
        => Assert.Equal([-2, -1, 0], DailyReturns.FromEquity([-25 * Hour, -1, 0], [100, 100, 100], 100).Days);

    [Fact]
    public void FromEquity_AccountLost_EarnsNothingAfterwards()
        => Assert.Equal([-1.5, 0, 0], DailyReturns.FromEquity([0, 24 * Hour, 48 * Hour], [-50, -50, -50], 100).Returns);

    [Fact]
    public void Constructor_DaysThatDoNotAscend_NamesTheDay()
    {
        var error = Assert.Throws<InvalidInputException>(() => new DailyReturns([1, 1], [0, 0]));

        Assert.Equal("days[1]", error.Problems[0].Path);
        Assert.Throws<InvalidInputException>(() => new DailyReturns([1, 2], [0, double.NaN]));
        Assert.Throws<InvalidInputException>(() => new DailyReturns([1], [0, 0]));
    }

    [Fact]
    public void Average_SeveralRuns_AveragesPerDayOverTheRunsThatHaveIt()
    {
        var averaged = DailyReturns.Average([new DailyReturns([1, 2], [0.5, 1]), new DailyReturns([2, 3], [3, 4])]);

        Assert.Equal([1, 2, 3], averaged.Days);
        Assert.Equal([0.5, 2, 4], averaged.Returns);
    }

    [Fact]
    public void MeanCorrelation_KnownSeries_IsClampedAndSkipsUndefinedPairs()
    {
        var up = new DailyReturns([1, 2, 3, 4], [1, 2, 3, 4]);
        var alsoUp = new DailyReturns([2, 3, 4, 5], [20, 30, 40, -7]);
        var down = new DailyReturns([1, 2, 3, 4], [4, 3, 2, 1]);
        var flat = new DailyReturns([1, 2, 3, 4], [0, 0, 0, 0]);
        var elsewhere = new DailyReturns([10, 11], [1, 2]);

        Assert.Equal(1, EffectiveTrials.MeanCorrelation([up, alsoUp]), 1e-12);
        Assert.Equal(0, EffectiveTrials.MeanCorrelation([up, down]));
        Assert.Equal(1, EffectiveTrials.MeanCorrelation([up, flat, elsewhere, alsoUp]), 1e-12);
        Assert.Equal(0, EffectiveTrials.MeanCorrelation([up]));
        Assert.Equal(1, EffectiveTrials.Of(40, 1));
        Assert.Equal(40, EffectiveTrials.Of(40, 0));
        Assert.Equal(0.25 + (0.75 * 40), EffectiveTrials.Of(40, 0.25), 1e-12);
    }
}
