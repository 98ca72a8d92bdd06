using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>One trial's series before it is laid beside others.</summary>
/// <param name="Key">Which trial.</param>
/// <param name="Daily">Its net daily returns.</param>
public sealed record TrialSeries(TrialKey Key, DailyReturns Daily);

/// <summary>
/// Net daily returns of several trials over the same days: what statistics of a whole campaign are computed on. A day that a trial's series does not
/// have, though it lies within it, counts as flat: 0.
/// </summary>
public sealed class DailyPanel
{
    /// <param name="keys">One per column.</param>
    /// <param name="days">Days since 1970-01-01 UTC, ascending.</param>
    /// <param name="columns">One array of returns per trial, one return per day.</param>
    /// <exception cref="InvalidInputException">The lengths do not fit or a return is not finite.</exception>
    public DailyPanel(IReadOnlyList<TrialKey> keys, int[] days, double[][] columns)
    {
        if (keys.Count != columns.Length || columns.Any(c => c.Length != days.Length))
        {
            throw new InvalidInputException(new Problem("invalid_panel", "columns", $"{columns.Length} columns for {keys.Count} trials and {days.Length} days: one column per trial with one return per day is needed."));
        }

        if (columns.Any(c => c.Any(r => !double.IsFinite(r))))
        {
            throw new InvalidInputException(new Problem("invalid_panel", "columns", "A daily return is not finite."));
        }

        Keys = keys;
        Days = days;
        Columns = columns;
    }

    public IReadOnlyList<TrialKey> Keys { get; }

    /// <summary>Days since 1970-01-01 UTC, ascending.</summary>
    public int[] Days { get; }

    /// <summary>One array of daily returns per trial.</summary>
    public double[][] Columns { get; }

    /// <summary>Number of trials.</summary>
    public int Trials => Columns.Length;

    /// <summary>
    /// The largest common window: of all windows bounded by a first day and a last day that occur among the trials, the one with the most trial-days,
    /// counting the trials that cover it whole; ties go to more trials, then to the earlier start. Its days are those that any of them has.
    /// Independent of the order of <paramref name="trials"/>; columns come in the order of their keys.
    /// </summary>
    /// <exception cref="InvalidInputException">Two series have the same key.</exception>
    public static DailyPanel LargestCommonWindow(IEnumerable<TrialSeries> trials)
    {
        var ordered = trials.Where(t => t.Daily.Count > 0).OrderBy(t => t.Key).ToArray();
        for (var i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Key == ordered[i - 1].Key)
            {
                throw new InvalidInputException(new Problem("duplicate_trial", "trials", $"Trial {ordered[i].Key} is given twice: a trial has one series."));
            }
        }

        if (ordered.Length == 0)
        {
            return new DailyPanel([], [], []);
        }

        var calendar = Calendar(ordered);
        var (from, to) = Window(ordered, calendar);
        var covering = ordered.Where(t => t.Daily.Days[0] <= from && t.Daily.Days[^1] >= to).ToArray();
        var days = Calendar(covering);
        var first = Array.BinarySearch(days, from);
        days = days[first..(Array.BinarySearch(days, to) + 1)];
        return new DailyPanel([.. covering.Select(t => t.Key)], days, [.. covering.Select(t => OnDays(t.Daily, days))]);
    }

    /// <summary>
    /// At most <paramref name="maximum"/> trials: the <paramref name="best"/> by t-statistic (ties by key) and, of the others, a seeded sample without
    /// replacement. The panel itself where it is small enough.
    /// </summary>
    public DailyPanel Select(int maximum, int best, ulong seed)
    {
        if (Trials <= maximum)
        {
            return this;
        }

        var ranked = Enumerable.Range(0, Trials)
            .OrderByDescending(i => ReturnMoments.Of(Columns[i])?.TStatistic ?? 0).ThenBy(i => Keys[i])
            .ToArray();
        var others = ranked[best..];
        new Generator(seed, "panel-sample").Shuffle(others);
        var chosen = ranked[..best].Concat(others.Take(maximum - best)).Order().ToArray();
        return new DailyPanel([.. chosen.Select(i => Keys[i])], Days, [.. chosen.Select(i => Columns[i])]);
    }

    /// <summary>The panel without trials whose returns do not vary: they took no risk and can win or lose nothing.</summary>
    internal DailyPanel WithoutConstants()
    {
        var varying = Enumerable.Range(0, Trials).Where(i => ReturnMoments.Of(Columns[i]) is { Deviation: > 0 }).ToArray();
        return varying.Length == Trials ? this : new DailyPanel([.. varying.Select(i => Keys[i])], Days, [.. varying.Select(i => Columns[i])]);
    }

    private static int[] Calendar(TrialSeries[] trials)
    {
        var days = new SortedSet<int>();
        int[]? last = null;
        foreach (var trial in trials)
        {
            // Trials of one campaign mostly share their days.
            if (last is null || !last.AsSpan().SequenceEqual(trial.Daily.Days))
            {
                days.UnionWith(trial.Daily.Days);
                last = trial.Daily.Days;
            }
        }

        return [.. days];
    }

    private static (int From, int To) Window(TrialSeries[] trials, int[] calendar)
    {
        var spans = trials.GroupBy(t => (From: t.Daily.Days[0], To: t.Daily.Days[^1])).Select(g => (g.Key.From, g.Key.To, Count: g.Count())).ToArray();
        var starts = spans.Select(s => s.From).Distinct().Order().ToArray();
        var ends = spans.Select(s => s.To).Distinct().Order().ToArray();
        var (bestArea, bestTrials, window) = (-1L, -1, (From: 0, To: 0));
        foreach (var from in starts)
        {
            foreach (var to in ends)
            {
                var days = Array.BinarySearch(calendar, to) - Array.BinarySearch(calendar, from) + 1;
                if (days < 1)
                {
                    continue;
                }

                var covering = spans.Where(s => s.From <= from && s.To >= to).Sum(s => s.Count);
                var area = (long)covering * days;
                if (covering > 0 && (area > bestArea || (area == bestArea && covering > bestTrials)))
                {
                    (bestArea, bestTrials, window) = (area, covering, (from, to));
                }
            }
        }

        return window;
    }

    private static double[] OnDays(DailyReturns daily, int[] days)
    {
        var returns = new double[days.Length];
        var at = Array.BinarySearch(daily.Days, days[0]);
        at = at < 0 ? ~at : at;
        for (var i = 0; i < days.Length && at < daily.Count; i++)
        {
            if (daily.Days[at] == days[i])
            {
                returns[i] = daily.Returns[at++];
            }
        }

        return returns;
    }
}
