using static Ktrdr.Engine.MarketData.Durations;

namespace Ktrdr.Engine.MarketData;

/// <summary>Why bars are missing between two others.</summary>
public enum GapKind
{
    Weekend,
    Holiday,

    /// <summary>The market was shut between sessions of a day or over night.</summary>
    Session,

    /// <summary>Bars should be there.</summary>
    Unexpected,
}

/// <summary>Missing bars.</summary>
/// <param name="Index">The first bar after the gap.</param>
/// <param name="From">Where the first missing bar would begin, Unix milliseconds UTC.</param>
/// <param name="To">Stamp of the bar after the gap.</param>
/// <param name="Kind">Why.</param>
/// <param name="MissingBars">Bars that should lie in the gap; 0 where it is expected.</param>
public readonly record struct BarGap(int Index, long From, long To, GapKind Kind, long MissingBars);

/// <summary>
/// Finds missing bars. With a calendar a gap is unexpected when the market trades inside it; without one (or before and after the years it knows),
/// when it does not look like a weekend, a holiday or a break between sessions that comes back on other days. A market that trades at weekends has neither weekends nor holidays.
/// </summary>
public static class BarGaps
{
    /// <summary>Around noon in New York, before an early close in summer too: a date's session, where it has one, is under way.</summary>
    private const long Noon = 16 * Hour + Hour / 2;

    /// <summary>Brings the evening from which a trading date runs (17:00 New York) and any later time of the day to that date.</summary>
    private const long EveningToDate = 7 * Hour;

    /// <summary>All gaps, oldest first.</summary>
    public static IReadOnlyList<BarGap> Find(BarSeries bars) => Find(bars.Times, bars.Timeframe, bars.Calendar);

    /// <param name="soFar">A gap without a calendar is judged by the bars up to it, not by how it looks among all: later bars change nothing about it.</param>
    internal static List<BarGap> Find(ReadOnlySpan<long> times, Timeframe timeframe, MarketCalendar calendar, bool soFar = false)
    {
        var width = timeframe.Milliseconds;
        var gaps = new List<BarGap>();
        var looks = default(GapLooks);
        var widest = width > Day ? width + width / 2 - 1 : width;
        for (var i = TimeSteps.FirstOutside(times, 1, long.MinValue, widest); i < times.Length; i = TimeSteps.FirstOutside(times, i + 1, long.MinValue, widest))
        {
            var (from, to) = (times[i - 1] + width, times[i]);
            if (calendar == MarketCalendar.AlwaysOpen)
            {
                gaps.Add(new BarGap(i, from, to, GapKind.Unexpected, Steps(to - from, width)));
            }
            else if (calendar.Expected is { } expected && expected.Reach.First <= from && to <= expected.Reach.Last)
            {
                gaps.Add(ByCalendar(i, from, to, width, expected));
            }
            else
            {
                looks ??= new GapLooks(times, timeframe, soFar, calendar.Expected is not null);
                var kind = looks.Kind(times[i - 1], times[i]);
                gaps.Add(new BarGap(i, from, to, kind, kind == GapKind.Unexpected ? Steps(to - from, width) : 0));
            }
        }

        return gaps;
    }

    private static BarGap ByCalendar(int index, long from, long to, long width, TradingSessions expected)
    {
        var missing = width > Day ? Steps(to - from, width)
            : width == Day ? Dates(from, to, day => expected.AnyInside(day * Day + Noon, day * Day + Noon + 1))
            : expected.StepsInside(from, to, width);
        if (missing > 0)
        {
            return new BarGap(index, from, to, GapKind.Unexpected, missing);
        }

        var (weekends, holidays) = (0L, 0L);
        for (long day = UtcDay.Of(from + EveningToDate); day <= UtcDay.Of(to - 1); day++)
        {
            var isWeekend = ((day + 4) % 7 + 7) % 7 is 0 or 6;
            weekends += isWeekend ? 1 : 0;
            holidays += !isWeekend && !expected.AnyInside(day * Day + Noon, day * Day + Noon + 1) ? 1 : 0;
        }

        return new BarGap(index, from, to, holidays > 0 ? GapKind.Holiday : weekends > 0 ? GapKind.Weekend : GapKind.Session, 0);
    }

    /// <summary>Counts the trading dates in [from, to) that fit.</summary>
    private static long Dates(long from, long to, Predicate<long> fits)
    {
        var count = 0L;
        for (long day = UtcDay.Of(from + EveningToDate); day < UtcDay.Of(to + EveningToDate); day++)
        {
            count += fits(day) ? 1 : 0;
        }

        return count;
    }

    private static long Steps(long span, long width) => Math.Max(1, (span + width / 2) / width);
}
