namespace Ktrdr.Engine.Labels;

/// <summary>
/// Turns planned stretches into rows, purged and embargoed (López de Prado 2018, §7.4): a row is left out of a part where its label's [t, t_end] meets the [t, t_end] of any row held out
/// from that part, of any series, or where it lies within the embargo before or after them. Training is held out from validation and test, validation from test.
/// </summary>
internal static class SplitCutter
{
    /// <exception cref="InvalidInputException">A part comes out empty.</exception>
    public static RowSplit Cut(PlannedSplit plan, IReadOnlyList<SplitSeries> all)
    {
        var nothing = Array.Empty<Held>();
        var test = Rows(plan.Test, all, nothing);
        var tested = plan.Test.Select(r => Held.Of(r, test, all)).ToArray();
        var validation = Rows(plan.Validation, all, tested);
        var held = tested.Concat(plan.Validation.Select(r => Held.Of(r, validation, all))).ToArray();
        var train = Rows(plan.Train, all, held);
        Require("training", plan.Train, train, held.Length > 0);
        Require("validation", plan.Validation, validation, tested.Length > 0);
        if (plan.Test.Count > 0)
        {
            Require("test", plan.Test, test, isHeldApart: false);
        }

        return new RowSplit(Numbers(train, all), Numbers(validation, all)) { Test = Numbers(test, all), TestFolds = plan.TestFolds };

        void Require(string part, IReadOnlyList<TimeRange> ranges, List<int>[] rows, bool isHeldApart)
        {
            if (Array.TrueForAll(rows, r => r.Count == 0))
            {
                throw EmptySplit.Of(part, ranges, plan, all, isHeldApart);
            }
        }
    }

    /// <summary>Bars per series that lie in the stretches and are clear of what is held out.</summary>
    private static List<int>[] Rows(IReadOnlyList<TimeRange> ranges, IReadOnlyList<SplitSeries> all, IReadOnlyList<Held> held)
    {
        var rows = new List<int>[all.Count];
        for (var s = 0; s < all.Count; s++)
        {
            var series = all[s];
            var borders = held.Select(h => (First: series.LowerBound(h.Start), After: series.LowerBound(h.LastSeen + 1), h.Start)).ToArray();
            rows[s] = [];
            foreach (var range in ranges)
            {
                var inside = series.Inside(range);
                for (var i = inside.Start; i < inside.EndExclusive; i++)
                {
                    if (series.IsUsable(i) && Array.TrueForAll(borders, b => IsClear(series, i, b.First, b.After, b.Start)))
                    {
                        rows[s].Add(i);
                    }
                }
            }
        }

        return rows;
    }

    private static bool IsClear(SplitSeries series, int i, int first, int after, long start) =>
        i < first ? i < first - series.Embargo && series.Times[series.Labels.End[i]] < start : i >= after + series.Embargo;

    private static int[] Numbers(List<int>[] rows, IReadOnlyList<SplitSeries> all) => [.. rows.SelectMany((bars, s) => bars.Select(i => all[s].FirstRow + i))];

    /// <summary>A stretch that is held out: from its start to the last time that a label of one of its rows has seen.</summary>
    private readonly record struct Held(long Start, long LastSeen)
    {
        public static Held Of(TimeRange range, List<int>[] rows, IReadOnlyList<SplitSeries> all)
        {
            var last = range.EndExclusive - 1;
            for (var s = 0; s < all.Count; s++)
            {
                foreach (var i in rows[s])
                {
                    var time = all[s].Times[i];
                    last = time >= range.Start && time < range.EndExclusive ? Math.Max(last, all[s].Times[all[s].Labels.End[i]]) : last;
                }
            }

            return new Held(range.Start, last);
        }
    }
}
