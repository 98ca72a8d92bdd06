using System.Globalization;
using Ktrdr.Engine.Numerics;
using static Ktrdr.Engine.MarketData.Durations;

namespace Ktrdr.Engine.MarketData;

/// <summary>Looks over bars that are each right in themselves: spacing, gaps, spikes and volume.</summary>
internal static class BarChecks
{
    private const int MinimumForSpikes = 30;
    private const int SampledMoves = 50_000;

    /// <summary>The timeframe stated, or the one that the rows show.</summary>
    public static Timeframe Spacing(BarColumns columns, Timeframe? stated, RowLog log)
    {
        if (stated is null)
        {
            var spacing = MostCommon(columns);
            var inferred = Timeframe.All.FirstOrDefault(t => t.Milliseconds == spacing);
            if (inferred is null)
            {
                throw new InvalidInputException(new Problem(
                    "unknown_timeframe",
                    "timeframe",
                    $"timeframe is not stated and {(columns.Count == 1 ? "a single row does not show it" : $"the rows are most often {Words(spacing)} apart, which is none")}; allowed: {string.Join(", ", Timeframe.All.Select(t => t.Name))}"));
            }

            log.FindAll("timeframe_inferred", columns.Rows[0], columns.Count, $"timeframe {inferred} was taken from the most common spacing", FindingSeverity.Info);
            stated = inferred;
        }

        var (equal, narrower) = TimeSteps.Count(columns.Times.AsSpan(0, columns.Count), stated.Milliseconds);
        if (narrower > equal || equal == 0 && columns.Count >= 3)
        {
            var spacing = MostCommon(columns);
            var fitting = Timeframe.All.FirstOrDefault(t => t.Milliseconds == spacing);
            throw new InvalidInputException(new Problem(
                "wrong_timeframe",
                "timeframe",
                $"timeframe {stated} is stated but the rows are most often {Words(spacing)} apart; allowed: the timeframe of the rows{(fitting is null ? "" : $", {fitting}")}")
            {
                Value = stated.Name,
                Suggestion = fitting?.Name,
            });
        }

        return stated;
    }

    public static void Gaps(BarColumns columns, Timeframe timeframe, MarketCalendar calendar, DataPolicy policy, RowLog log)
    {
        var times = columns.Times.AsSpan(0, columns.Count);
        var narrowest = timeframe.Milliseconds <= Day ? timeframe.Milliseconds : long.MinValue;
        for (var i = TimeSteps.FirstOutside(times, 1, narrowest, long.MaxValue); i < columns.Count; i = TimeSteps.FirstOutside(times, i + 1, narrowest, long.MaxValue))
        {
            var row = columns.Rows[i];
            log.Find("irregular_spacing", row, $"row {row}: only {Words(times[i] - times[i - 1])} after the row above, closer than {timeframe}", FindingSeverity.Warning);
        }

        var (weekends, firstWeekend, sessions, firstSession) = (0, 0, 0, 0);
        foreach (var gap in BarGaps.Find(times, timeframe, calendar))
        {
            var row = columns.Rows[gap.Index];
            var missing = $"{Words(gap.To - gap.From)} without bars after {CsvRowReader.Stamp(columns.Times[gap.Index - 1])}";
            switch (gap.Kind)
            {
                case GapKind.Weekend:
                    firstWeekend = weekends++ == 0 ? row : firstWeekend;
                    break;
                case GapKind.Session:
                    firstSession = sessions++ == 0 ? row : firstSession;
                    break;
                case GapKind.Holiday:
                    log.Find("gap_holiday", row, $"row {row}: {missing}; {(calendar == MarketCalendar.None ? "it looks like a holiday" : "a holiday")}", FindingSeverity.Info);
                    break;
                default:
                    if (policy.Gap == PolicyAction.Reject)
                    {
                        log.Reject("gap_unexpected", row, missing, Words(gap.To - gap.From), $"{timeframe} between rows outside weekends, holidays and sessions");
                    }
                    else
                    {
                        log.Find("gap_unexpected", row, $"row {row}: {missing}", FindingSeverity.Warning);
                    }

                    break;
            }
        }

        if (weekends > 0)
        {
            log.FindAll("gap_weekend", firstWeekend, weekends, $"{Counted.Of(weekends, "gap")} over weekends", FindingSeverity.Info);
        }

        if (sessions > 0)
        {
            log.FindAll("gap_session", firstSession, sessions, $"{Counted.Of(sessions, "gap")} between sessions", FindingSeverity.Info);
        }
    }

    /// <summary>Marks bars to leave out for a spike or for their volume.</summary>
    public static bool[]? Strange(BarColumns columns, DataPolicy policy, RowLog log)
    {
        bool[]? marked = null;
        var usual = UsualMove(columns);
        if (usual > 0.0)
        {
            var limit = policy.SpikeFactor * usual;
            for (var i = StrangeBars.FirstSpike(columns, 0, limit); i < columns.Count; i = StrangeBars.FirstSpike(columns, i + 1, limit))
            {
                var move = Move(columns, i);
                Mark(policy.Spike, "spike", i, string.Create(
                    CultureInfo.InvariantCulture, $"a move of {100.0 * move:0.###} %, {move / usual:0} times the usual one (limit {policy.SpikeFactor:0.#})"));
            }
        }

        var (zero, firstZero, none, firstNone) = (0, 0, 0, 0);
        for (var i = StrangeBars.FirstWithoutVolume(columns, 0); i < columns.Count; i = StrangeBars.FirstWithoutVolume(columns, i + 1))
        {
            var volume = columns.Volume[i];
            if (policy.ZeroVolume != PolicyAction.Keep)
            {
                Mark(policy.ZeroVolume, volume == 0.0 ? "zero_volume" : "missing_volume", i, volume == 0.0 ? "volume = 0" : "volume is missing");
            }
            else if (volume == 0.0)
            {
                firstZero = zero++ == 0 ? columns.Rows[i] : firstZero;
            }
            else
            {
                firstNone = none++ == 0 ? columns.Rows[i] : firstNone;
            }
        }

        if (zero > 0)
        {
            log.FindAll("zero_volume", firstZero, zero, $"{Counted.Of(zero, "bar")} of {columns.Count} with volume 0", FindingSeverity.Warning);
        }

        if (none > 0)
        {
            log.FindAll("missing_volume", firstNone, none, $"{Counted.Of(none, "bar")} of {columns.Count} without a volume", FindingSeverity.Warning);
        }

        return marked;

        void Mark(PolicyAction action, string code, int i, string message)
        {
            if (log.Leaves(action, code, columns.Rows[i], message))
            {
                marked ??= new bool[columns.Count];
                marked[i] = true;
            }
        }
    }

    /// <summary>
    /// 1.4826 · median of the moves: the standard deviation they would have if they were normal (0 for too few bars). Of a long series every
    /// n-th bar is looked at, some <see cref="SampledMoves"/> of them: that gives the median to about 1 %.
    /// </summary>
    private static double UsualMove(BarColumns columns)
    {
        if (columns.Count < MinimumForSpikes)
        {
            return 0.0;
        }

        var stride = 1 + columns.Count / SampledMoves;
        var moves = new double[(columns.Count - 1) / stride];
        for (var m = 0; m < moves.Length; m++)
        {
            var i = 1 + m * stride;
            moves[m] = Math.Abs(columns.Close[i] / columns.Close[i - 1] - 1.0);
        }

        return 1.4826 * Quantiles.Select(moves, moves.Length / 2);
    }

    /// <summary>The larger of the change of the close and the reach of the shadows beyond open and close, as a fraction.</summary>
    private static double Move(BarColumns columns, int i)
    {
        var (open, high, low, close) = (columns.Open[i], columns.High[i], columns.Low[i], columns.Close[i]);
        var shadow = Math.Max(high / Math.Max(open, close), Math.Min(open, close) / low) - 1.0;
        return i == 0 ? shadow : Math.Max(shadow, Math.Abs(close / columns.Close[i - 1] - 1.0));
    }

    private static long MostCommon(BarColumns columns)
    {
        var counts = new SortedDictionary<long, int>();
        for (var i = 1; i < Math.Min(columns.Count, 10_000); i++)
        {
            var step = columns.Times[i] - columns.Times[i - 1];
            counts[step] = counts.GetValueOrDefault(step) + 1;
        }

        return counts.Count == 0 ? 0 : counts.MaxBy(c => c.Value).Key;
    }

    private static string Words(long milliseconds) => milliseconds switch
    {
        >= 2 * Day => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / (double)Day:0.##} days"),
        >= 2 * Hour => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / (double)Hour:0.##} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 60_000.0:0.##} min"),
    };
}
