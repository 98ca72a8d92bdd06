using static Ktrdr.Engine.MarketData.Durations;

namespace Ktrdr.Engine.MarketData;

/// <summary>Wider bars, and what became of buckets that were not full.</summary>
/// <param name="Bars">Bars of the wider timeframe.</param>
/// <param name="PartialBars">Bars made of fewer source bars than fit into them. They are kept: sessions, weekends and gaps make them.</param>
/// <param name="DroppedAtEnd">Source bars left out at the end because the wider bar they belong to is not over yet.</param>
public sealed record Resampled(BarSeries Bars, int PartialBars, int DroppedAtEnd)
{
    /// <summary>One sentence for reports.</summary>
    public override string ToString()
        => $"{Bars.Count} bars of {Bars.Timeframe} by {(Bars.Calendar.Days is null || Bars.Timeframe.Milliseconds < Timeframe.OneDay.Milliseconds ? "UTC" : $"sessions of {Bars.Calendar}")}, "
            + $"{PartialBars} of them partial and kept; {DroppedAtEnd} source bars at the end left out, since their bar is not over";
}

/// <summary>
/// Makes wider bars out of narrower ones: first open, highest high, lowest low, last close, sum of volumes. Buckets begin at multiples of the
/// timeframe since 1970-01-01T00:00Z; weeks begin on Monday. A bar is stamped with its bucket's start.
/// </summary>
/// <remarks>
/// Days and weeks of a series with a calendar of sessions are sessions: US equities stamped with the trading date, FX from 17:00 to 17:00 New York
/// stamped with that moment. Bars after a close belong to the next session, so that a wider bar never holds a trade later than its
/// <see cref="BarSeries.AvailableAt"/>. Where source bars can reach over a close (their width or grid does not divide the hour), or over the end of a
/// step of UTC (hours that begin at half past), the wider series gets a publication lag of one source bar. The lag depends on nothing but width and first
/// stamp, so cutting the source never moves an earlier bar; without one, a bar that leaves the grid later and reaches over an end belongs to what follows.
/// </remarks>
public static class Resampler
{
    /// <summary>1970-01-05, the first Monday.</summary>
    private const long WeekOffset = 4 * Day;

    /// <exception cref="InvalidInputException">The target is not wider than the source or no multiple of it, or no bar is complete.</exception>
    public static Resampled Resample(BarSeries bars, Timeframe target)
    {
        var width = target.Milliseconds;
        if (width <= bars.Timeframe.Milliseconds || width % bars.Timeframe.Milliseconds != 0)
        {
            var allowed = string.Join(", ", Timeframe.All
                .Where(t => t.Milliseconds > bars.Timeframe.Milliseconds && t.Milliseconds % bars.Timeframe.Milliseconds == 0).Select(t => t.Name));
            throw new InvalidInputException(new Problem(
                "invalid_timeframe", "timeframe", $"bars of {bars.Timeframe} cannot be made into {target}; allowed: {(allowed.Length == 0 ? "none" : allowed)}")
            {
                Value = target.Name,
                Allowed = allowed,
            });
        }

        var lag = CanReachOver(bars, target) ? bars.Timeframe.Milliseconds : 0;
        var buckets = Buckets(bars, target, lag);

        // A wider bar is complete only when the data reach its end; what comes after is not known to be nothing.
        var complete = bars.Count;
        var reached = bars.Count == 0 ? long.MinValue : bars.AvailableAt(bars.Count - 1) - bars.PublicationLagMilliseconds;
        while (complete > 0 && bars.Calendar.CompleteAt(buckets[complete - 1], target) > reached)
        {
            complete--;
        }

        var columns = new BarColumns(complete);
        var partial = 0;
        for (int i = 0, next; i < complete; i = next)
        {
            var (high, low, volume) = (bars.High[i], bars.Low[i], bars.Volume[i]);
            for (next = i + 1; next < complete && buckets[next] == buckets[i]; next++)
            {
                high = Math.Max(high, bars.High[next]);
                low = Math.Min(low, bars.Low[next]);
                volume += bars.Volume[next];
            }

            partial += next - i < Full(bars, buckets[i], target) ? 1 : 0;
            var at = columns.Count++;
            columns.Times[at] = buckets[i];
            columns.Open[at] = bars.Open[i];
            columns.High[at] = high;
            columns.Low[at] = low;
            columns.Close[at] = bars.Close[next - 1];
            columns.Volume[at] = volume;
        }

        if (columns.Count == 0)
        {
            throw new InvalidInputException(new Problem(
                "too_few_bars", "bars", $"{bars.Symbol}: {Counted.Of(bars.Count, "bar")} of {bars.Timeframe} cannot complete one bar of {target}"));
        }

        return new Resampled(columns.ToSeries(bars.Symbol, target).With(bars.Calendar, bars.PublicationLagMilliseconds + lag), partial, bars.Count - complete);
    }

    /// <summary>Trading dates where the target's bars are sessions; null where they are steps of UTC.</summary>
    private static TradingSessions? Days(BarSeries bars, Timeframe target) => target.Milliseconds >= Day && bars.Timeframe.Milliseconds < target.Milliseconds ? bars.Calendar.Days : null;

    /// <summary>Whether bars of this width and grid may begin before the end of a wider bar and end after it.</summary>
    private static bool CanReachOver(BarSeries bars, Timeframe target)
    {
        var width = bars.Timeframe.Milliseconds;
        var isOnGrid = bars.Count > 0 && bars.Times[0] % width == 0;
        return Days(bars, target) is null ? !isOnGrid : width < Day && !(isOnGrid && Hour % width == 0);
    }

    /// <summary>The stamp of the wider bar that each bar belongs to.</summary>
    private static long[] Buckets(BarSeries bars, Timeframe target, long lag)
    {
        var buckets = new long[bars.Count];
        var days = Days(bars, target);
        var times = bars.Times;
        var day = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            // Daily source bars are stamped with a date, not with a moment of their session.
            var end = bars.Timeframe.Milliseconds < Day ? times[i] + bars.Timeframe.Milliseconds - lag : bars.AvailableAt(i) - bars.PublicationLagMilliseconds - lag;

            // With a lag that is the bar's first moment.
            var last = Math.Max(times[i], end - 1);
            if (days is null || times[i] < days.Reach.First || last >= days.Reach.Last)
            {
                buckets[i] = Bucket(last, target.Milliseconds);
                continue;
            }

            while (days[day].Close <= last)
            {
                day++;
            }

            var open = days[day].Open;
            var isDated = bars.Calendar == MarketCalendar.UsEquities;
            buckets[i] = target == Timeframe.OneDay ? (isDated ? Bucket(open, Day) : open)
                : isDated ? Bucket(open, target.Milliseconds)
                : bars.Calendar.Sessions![bars.Calendar.Sessions.EndingAfter(open)].Open;
        }

        return buckets;
    }

    /// <summary>How many source bars fill a bucket.</summary>
    private static long Full(BarSeries bars, long bucket, Timeframe target)
        => bars.Timeframe.Milliseconds < Day && Days(bars, target) is { } days
            ? days.StepsInside(bucket, bucket + target.Milliseconds, bars.Timeframe.Milliseconds)
            : target.Milliseconds / bars.Timeframe.Milliseconds;

    private static long Bucket(long time, long width)
    {
        var offset = width == Timeframe.OneWeek.Milliseconds ? WeekOffset : 0;
        var shifted = time - offset;
        var remainder = shifted % width;
        return time - (remainder < 0 ? remainder + width : remainder);
    }
}
