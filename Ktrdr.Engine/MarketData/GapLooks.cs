using static Ktrdr.Engine.MarketData.Durations;

namespace Ktrdr.Engine.MarketData;

/// <summary>Judges gaps by how they look, where no calendar says what to expect.</summary>
internal sealed class GapLooks
{
    private const long Week = 7 * Day;
    private const long Weekend = 2 * Day;

    /// <summary>1970-01-05, a Monday.</summary>
    private const long Monday = 4 * Day;

    private readonly Timeframe _timeframe;
    private readonly HashSet<int> _borders;
    private readonly Dictionary<int, int>? _seen;
    private readonly long _first;
    private readonly bool _closes;
    private readonly bool? _closesAtWeekends;
    private long _missedAtWeekends;

    /// <param name="times">Stamps of all bars.</param>
    /// <param name="timeframe">Their timeframe.</param>
    /// <param name="soFar">A gap is judged by itself and the ones before it, asked for in time order; else by all of them.</param>
    /// <param name="closes">The market is known to have hours; else whether it trades round the clock is seen from the weekends.</param>
    public GapLooks(ReadOnlySpan<long> times, Timeframe timeframe, bool soFar, bool closes)
    {
        _closes = closes;
        _timeframe = timeframe;
        _first = times.IsEmpty ? 0 : times[0];
        _seen = soFar ? [] : null;
        _borders = timeframe.Milliseconds < Day && !soFar ? SessionBorders(times, timeframe) : [];
        _closesAtWeekends = soFar || closes || times.IsEmpty ? null : ClosesAtWeekends(times[^1] + timeframe.Milliseconds, MissedAtWeekends(times, timeframe));
    }

    /// <param name="before">Stamp of the bar before the gap.</param>
    /// <param name="after">Stamp of the bar after it.</param>
    public GapKind Kind(long before, long after)
    {
        var from = before + _timeframe.Milliseconds;
        var missing = after - from;
        var hasHours = _closes || (_closesAtWeekends ?? ClosesAtWeekends(from, _missedAtWeekends));
        _missedAtWeekends += AtWeekends(after) - AtWeekends(from);
        if (_timeframe.Milliseconds > Day || (_timeframe.Milliseconds == Day && !hasHours))
        {
            return GapKind.Unexpected;
        }

        if (_timeframe.Milliseconds == Day)
        {
            var weekdays = 0;
            for (var day = from; day < after && weekdays <= 4; day += Day)
            {
                weekdays += IsWeekend(day) ? 0 : 1;
            }

            return weekdays == 0 ? GapKind.Weekend : weekdays <= 2 ? GapKind.Holiday : GapKind.Unexpected;
        }

        var endsAtBorders = _seen is null ? _borders.Contains(Border(before, after)) : IsBorderSoFar(before, after);
        if (!hasHours)
        {
            return missing < Day && endsAtBorders ? GapKind.Session : GapKind.Unexpected;
        }

        if (missing <= 72 * Hour && ContainsSaturday(from, after))
        {
            return GapKind.Weekend;
        }

        return missing < Day && endsAtBorders ? GapKind.Session
            : missing <= 5 * Day && (endsAtBorders || missing >= 20 * Hour) ? GapKind.Holiday
            : GapKind.Unexpected;
    }

    /// <summary>A market that has bars in at least half of the time of the weekends it was seen over, one or more, never closes: what is missing in it is a hole, whenever it begins.</summary>
    private bool ClosesAtWeekends(long until, long missed)
    {
        var seenAtWeekends = AtWeekends(until) - AtWeekends(_first);
        return seenAtWeekends < Weekend || 2 * missed > seenAtWeekends;
    }

    private static long MissedAtWeekends(ReadOnlySpan<long> times, Timeframe timeframe)
    {
        var missed = 0L;
        for (var i = 1; i < times.Length; i++)
        {
            var from = times[i - 1] + timeframe.Milliseconds;
            missed += from < times[i] ? AtWeekends(times[i]) - AtWeekends(from) : 0;
        }

        return missed;
    }

    /// <summary>Time of Saturdays and Sundays (UTC) between a fixed Monday and a moment.</summary>
    private static long AtWeekends(long time)
    {
        var (weeks, rest) = Math.DivRem(time - Monday, Week);
        (weeks, rest) = rest < 0 ? (weeks - 1, rest + Week) : (weeks, rest);
        return (weeks * Weekend) + Math.Max(0, rest - (5 * Day));
    }

    private bool IsBorderSoFar(long before, long after)
    {
        var border = Border(before, after);
        var count = _seen!.GetValueOrDefault(border);
        if (after - before < Day)
        {
            _seen![border] = ++count;
        }

        return count >= LeastOften((int)((after - _first) / Day) + 1);
    }

    private static int LeastOften(int days) => Math.Max(5, days / 20);

    /// <summary>Pairs of times of day that a gap of less than a day leads over on at least one day in twenty: where sessions close and open.</summary>
    private static HashSet<int> SessionBorders(ReadOnlySpan<long> times, Timeframe timeframe)
    {
        var counts = new Dictionary<int, int>();
        var days = 1;
        for (var i = 1; i < times.Length; i++)
        {
            var (before, after) = (times[i - 1], times[i]);
            days += Math.DivRem(before, Day).Quotient != Math.DivRem(after, Day).Quotient ? 1 : 0;
            if (after - before > timeframe.Milliseconds && after - before < Day)
            {
                var border = Border(before, after);
                counts[border] = counts.GetValueOrDefault(border) + 1;
            }
        }

        var least = LeastOften(days);
        return [.. counts.Where(c => c.Value >= least).Select(c => c.Key)];
    }

    private static int Border(long before, long after) => (int)(TimeOfDay(before) / 60_000L * 1440L + TimeOfDay(after) / 60_000L);

    private static long TimeOfDay(long time) => ((time % Day) + Day) % Day;

    private static bool ContainsSaturday(long from, long to)
    {
        var midnight = from - TimeOfDay(from);
        midnight += midnight < from ? Day : 0;
        for (; midnight + Day <= to; midnight += Day)
        {
            if (DayOfWeek(midnight) == 6)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWeekend(long time) => DayOfWeek(time) is 0 or 6;

    /// <summary>0 is Sunday; 1970-01-01 was a Thursday.</summary>
    private static int DayOfWeek(long time) => (int)((((time - TimeOfDay(time)) / Day + 4) % 7 + 7) % 7);
}
