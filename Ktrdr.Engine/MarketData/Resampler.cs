namespace Ktrdr.Engine.MarketData;

/// <summary>Wider bars, and what became of buckets that were not full.</summary>
/// <param name="Bars">Bars of the wider timeframe.</param>
/// <param name="PartialBars">Bars made of fewer source bars than fit into them. They are kept: sessions, weekends and gaps make them.</param>
/// <param name="DroppedAtEnd">Source bars left out at the end because the wider bar they belong to is not over yet.</param>
public sealed record Resampled(BarSeries Bars, int PartialBars, int DroppedAtEnd);

/// <summary>
/// Makes wider bars out of narrower ones: first open, highest high, lowest low, last close, sum of volumes. Buckets begin at multiples of the
/// timeframe since 1970-01-01T00:00Z; weeks begin on Monday. A bar is stamped with its bucket's start. Where a calendar says that a day or week is complete before its
/// bucket ends, source bars after that close are left out: the wider bar is available then and must not hold what came later.
/// </summary>
public static class Resampler
{
    /// <summary>1970-01-05, the first Monday.</summary>
    private const long WeekOffset = 4 * 86_400_000L;

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

        // A wider bar is complete only when the data reach its end; what comes after is not known to be nothing.
        var complete = bars.Count;
        var reached = bars.Count == 0 ? long.MinValue : Until(bars, bars.Count - 1);
        while (complete > 0 && End(bars, complete - 1, target) > reached)
        {
            complete--;
        }

        var columns = new BarColumns(complete);
        var full = width / bars.Timeframe.Milliseconds;
        var partial = 0;
        for (int i = 0, next; i < complete; i = next)
        {
            var (bucket, end) = (Bucket(bars.Times[i], width), End(bars, i, target));
            var (high, low, volume, last) = (double.NegativeInfinity, double.PositiveInfinity, 0.0, -1);
            for (next = i; next < complete && Bucket(bars.Times[next], width) == bucket; next++)
            {
                if (Until(bars, next) <= end)
                {
                    (high, low, volume, last) = (Math.Max(high, bars.High[next]), Math.Min(low, bars.Low[next]), volume + bars.Volume[next], next);
                }
            }

            if (last < 0)
            {
                continue;
            }

            partial += last - i + 1 < full ? 1 : 0;
            var at = columns.Count++;
            columns.Times[at] = bucket;
            columns.Open[at] = bars.Open[i];
            columns.High[at] = high;
            columns.Low[at] = low;
            columns.Close[at] = bars.Close[last];
            columns.Volume[at] = volume;
        }

        if (columns.Count == 0)
        {
            throw new InvalidInputException(new Problem(
                "too_few_bars", "bars", $"{bars.Symbol}: {bars.Count} bars of {bars.Timeframe} do not complete one bar of {target}"));
        }

        return new Resampled(columns.ToSeries(bars.Symbol, target).With(bars.Calendar, bars.PublicationLagMilliseconds), partial, bars.Count - complete);
    }

    /// <summary>When source bar <paramref name="i"/> is complete, whenever it is published.</summary>
    private static long Until(BarSeries bars, int i) => bars.AvailableAt(i) - bars.PublicationLagMilliseconds;

    /// <summary>When the wider bar around source bar <paramref name="i"/> is complete.</summary>
    private static long End(BarSeries bars, int i, Timeframe target) => bars.Calendar.CompleteAt(Bucket(bars.Times[i], target.Milliseconds), target);

    private static long Bucket(long time, long width)
    {
        var offset = width == Timeframe.OneWeek.Milliseconds ? WeekOffset : 0;
        var shifted = time - offset;
        var remainder = shifted % width;
        return time - (remainder < 0 ? remainder + width : remainder);
    }
}
