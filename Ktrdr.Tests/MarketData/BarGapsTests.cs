using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.MarketData;

/// <summary>Without a calendar, what a hole is depends on the market that the bars themselves show.</summary>
public sealed class BarGapsTests
{
    private const long Hour = 3_600_000L;
    private const long Day = 24 * Hour;

    /// <summary>2024-01-01, a Monday.</summary>
    private const long Monday = 1_704_067_200_000L;

    public enum Market
    {
        RoundTheClock,
        Currencies,
        Shares,
    }

    [Theory]
    [InlineData(Market.RoundTheClock, GapKind.Unexpected, 30)]
    [InlineData(Market.Currencies, GapKind.Holiday, 0)]
    [InlineData(Market.Shares, GapKind.Holiday, 0)]
    public void Find_ThirtyHoursMissingInTheWeek_IsAHoleOnlyWhereTheMarketNeverCloses(Market market, GapKind kind, int missing)
    {
        // From Tuesday 20:00 (shares have closed by then) for thirty hours: their Wednesday is missing.
        var hole = (From: Monday + (22 * Day) + (20 * Hour), To: Monday + (24 * Day) + (2 * Hour));
        var bars = Bars(market, 8, hole);

        foreach (var soFar in new[] { false, true })
        {
            var gap = Assert.Single(Find(bars, soFar), g => g.From <= hole.From && g.To >= hole.To);
            Assert.Equal((kind, missing), (gap.Kind, gap.MissingBars));
        }
    }

    [Theory]
    [InlineData(Market.Currencies, 8)]
    [InlineData(Market.Shares, 7)]
    public void Find_MarketThatCloses_HasWeekendsAndNoHoles(Market market, int weekends)
    {
        var gaps = Find(Bars(market, 8), soFar: false);

        Assert.Equal(weekends, gaps.Count(g => g.Kind == GapKind.Weekend));
        Assert.DoesNotContain(gaps, g => g.Kind == GapKind.Unexpected);
        Assert.Equal(Find(Bars(market, 8), soFar: true).Where(g => g.From > Monday + (10 * Day)).Select(g => g.Kind), gaps.Where(g => g.From > Monday + (10 * Day)).Select(g => g.Kind));
    }

    [Fact]
    public void Find_SaturdayMissingInARoundTheClockMarket_IsAHole()
    {
        var hole = (From: Monday + (33 * Day), To: Monday + (35 * Day));

        Assert.Equal((GapKind.Unexpected, 48L), Only(Find(Bars(Market.RoundTheClock, 8, hole), soFar: false)));
        Assert.Equal((GapKind.Unexpected, 48L), Only(Find(Bars(Market.RoundTheClock, 8, hole), soFar: true)));
    }

    [Fact]
    public void Find_DailyBreakOfARoundTheClockMarket_IsASessionAndADayWithoutBarsIsNot()
    {
        var bars = Bars(Market.RoundTheClock, 8, (Monday + (30 * Day), Monday + (31 * Day)));
        var maintained = Select(bars, time => time % Day != 5 * Hour);

        var gaps = Find(maintained, soFar: false);

        Assert.Equal(24, Assert.Single(gaps, g => g.Kind == GapKind.Unexpected).MissingBars);
        Assert.All(gaps.Where(g => g.Kind != GapKind.Unexpected), g => Assert.Equal(GapKind.Session, g.Kind));
    }

    [Fact]
    public void Find_BeforeTheFirstWholeWeekend_NothingIsKnownOfTheMarket()
    {
        // Judged as the bars come, a hole in the first week may be a holiday; with all bars at hand it is a hole.
        var bars = Bars(Market.RoundTheClock, 4, (Monday + Day, Monday + (2 * Day) + (6 * Hour)));

        Assert.Equal((GapKind.Holiday, 0L), Only(Find(bars, soFar: true)));
        Assert.Equal((GapKind.Unexpected, 30L), Only(Find(bars, soFar: false)));
    }

    [Fact]
    public void Find_DailyBars_MissTwoDaysWhereTheMarketNeverCloses()
    {
        long[] daily = [.. Enumerable.Range(0, 60).Where(d => d is not (40 or 41)).Select(d => Monday + (d * Day))];
        long[] weekdays = [.. daily.Where(t => (t - Monday) / Day % 7 < 5)];

        Assert.Equal((GapKind.Unexpected, 2L), Only(Gaps(daily)));
        Assert.Equal(GapKind.Holiday, Assert.Single(Gaps([.. weekdays.Where(t => (t - Monday) / Day != 24)]), g => g.Kind != GapKind.Weekend).Kind);

        static List<BarGap> Gaps(long[] times) => BarGaps.Find(times, Timeframe.OneDay, MarketCalendar.None);
    }

    [Theory]
    [InlineData(Market.RoundTheClock)]
    [InlineData(Market.Currencies)]
    [InlineData(Market.Shares)]
    public void Find_SoFar_IsNotChangedByLaterBars(Market market)
    {
        var bars = Bars(market, 8, (Monday + (15 * Day), Monday + (16 * Day) + (6 * Hour)));
        var all = Find(bars, soFar: true);

        for (var count = 10; count < bars.Length; count += 37)
        {
            Assert.Equal(all.Where(g => g.Index < count), Find(bars[..count], soFar: true));
        }
    }

    private static long[] Bars(Market market, int weeks, (long From, long To)? hole = null)
    {
        var all = Enumerable.Range(0, weeks * 7 * 24).Select(h => Monday + (h * Hour)).ToArray();
        return Select(all, time => IsOpen(market, time) && !(time >= hole?.From && time < hole?.To));
    }

    private static bool IsOpen(Market market, long time)
    {
        var (day, hour) = ((time - Monday) / Day % 7, time % Day / Hour);
        return market switch
        {
            Market.RoundTheClock => true,
            Market.Currencies => day < 4 || (day == 4 && hour < 22) || (day == 6 && hour >= 22),
            _ => day < 5 && hour is >= 14 and < 20,
        };
    }

    private static long[] Select(long[] times, Func<long, bool> keep) => [.. times.Where(keep)];

    private static List<BarGap> Find(long[] times, bool soFar) => BarGaps.Find(times, Timeframe.OneHour, MarketCalendar.None, soFar);

    private static (GapKind Kind, long Missing) Only(IReadOnlyList<BarGap> gaps)
    {
        var gap = Assert.Single(gaps);
        return (gap.Kind, gap.MissingBars);
    }
}
