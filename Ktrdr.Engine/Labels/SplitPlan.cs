namespace Ktrdr.Engine.Labels;

/// <summary>A stretch of time [<paramref name="Start"/>, <paramref name="EndExclusive"/>) in the unit of <see cref="SplitSeries.Times"/>.</summary>
internal readonly record struct TimeRange(long Start, long EndExclusive);

/// <summary>One split before purging: what trains, what decides when to stop, and what is tested, as stretches of time in rising order that do not overlap.</summary>
internal sealed record PlannedSplit(IReadOnlyList<TimeRange> Train, IReadOnlyList<TimeRange> Validation, IReadOnlyList<TimeRange> Test, IReadOnlyList<int> TestFolds)
{
    /// <summary>Which of <see cref="Count"/> splits it is, from 1; 0 for a holdout.</summary>
    public int Number { get; init; }

    public int Count { get; init; }

    /// <summary>Folds that were asked for; 0 for a holdout.</summary>
    public int Folds { get; init; }
}

/// <summary>
/// Where a scheme cuts a timeline: the distinct times of all series, in rising order. Borders lie between times, so that series with different calendars are cut at the same moments.
/// </summary>
internal sealed class SplitPlan(long[] timeline)
{
    /// <summary>The last part validates, what comes before trains.</summary>
    public PlannedSplit Holdout(double validationFraction)
    {
        var border = Splits.Border(0, timeline.Length, validationFraction);
        return new PlannedSplit(Ranges([(0, border)]), Ranges([(border, timeline.Length)]), [], []);
    }

    /// <summary>Folds + 1 stretches of equal length; each but the first is tested by what was trained on those before it (anchored), or on the one before it.</summary>
    public IEnumerable<PlannedSplit> WalkForward(int folds, double validationFraction, bool anchored)
    {
        for (var f = 1; f <= folds; f++)
        {
            var first = anchored ? 0 : Position(f - 1, folds + 1);
            yield return Of([(first, Position(f, folds + 1))], [(Position(f, folds + 1), Position(f + 1, folds + 1))], [f - 1], validationFraction);
        }
    }

    /// <summary>Every choice of stretches to test in lexicographic order, the others train; with one stretch at a time this is k-fold.</summary>
    public IEnumerable<PlannedSplit> Combinations(int groups, int testGroups, double validationFraction)
    {
        foreach (var chosen in Choose(groups, testGroups))
        {
            var train = new List<(int, int)>();
            var test = new List<(int, int)>();
            for (var g = 0; g < groups; g++)
            {
                var side = chosen.Contains(g) ? test : train;
                side.Add((Position(g, groups), Position(g + 1, groups)));
            }

            yield return Of(train, test, chosen, validationFraction);
        }
    }

    /// <summary>Combinations in lexicographic order.</summary>
    public static IEnumerable<int[]> Choose(int of, int count)
    {
        var chosen = Enumerable.Range(0, count).ToArray();
        while (true)
        {
            yield return [.. chosen];
            var at = count - 1;
            while (at >= 0 && chosen[at] == of - count + at)
            {
                at--;
            }

            if (at < 0)
            {
                yield break;
            }

            chosen[at]++;
            for (var i = at + 1; i < count; i++)
            {
                chosen[i] = chosen[i - 1] + 1;
            }
        }
    }

    /// <summary>The newest share of what trains validates; it may lie on both sides of a test.</summary>
    private PlannedSplit Of(List<(int Start, int End)> train, List<(int Start, int End)> test, int[] testFolds, double validationFraction)
    {
        var left = (int)Math.Ceiling(train.Sum(r => r.End - r.Start) * validationFraction);
        var validation = new List<(int Start, int End)>();
        while (left > 0)
        {
            var (start, end) = train[^1];
            train.RemoveAt(train.Count - 1);
            var taken = Math.Min(left, end - start);
            validation.Insert(0, (end - taken, end));
            left -= taken;
            if (end - taken > start)
            {
                train.Add((start, end - taken));
            }
        }

        return new PlannedSplit(Ranges(train), Ranges(validation), Ranges(test), testFolds);
    }

    private int Position(int stretch, int stretches) => (int)((long)timeline.Length * stretch / stretches);

    private TimeRange[] Ranges(IReadOnlyList<(int Start, int End)> positions) => [.. positions.Where(p => p.End > p.Start).Select(p => new TimeRange(timeline[p.Start], timeline[p.End - 1] + 1))];
}
