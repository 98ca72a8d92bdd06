using Ktrdr.Engine.Features;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>A term before it becomes a gaussian: its centre and where its membership is one half on either side, in the network's unit; NaN where that is not known.</summary>
internal sealed record TermDraft(string Name, double Centre, double HalfLow, double HalfHigh)
{
    private const int GridPoints = 2048;

    /// <summary>A hole between two words that this share of the training rows falls into gets a word of its own.</summary>
    private const double NoticeableHole = 0.05;

    /// <summary>So does what lies beyond the outermost word, from this share on.</summary>
    private const double NoticeableEnd = 0.10;

    /// <summary>A hole is at least this share of the distance of its neighbours' centres wide.</summary>
    private const double LeastHole = 0.5;

    private const int MostTerms = 9;

    public static TermDraft At(string name, double centre) => new(name, centre, double.NaN, double.NaN);

    /// <summary>The memberships of a document, whatever their shapes, from low to high; with words for what they leave out.</summary>
    /// <param name="sorted">Training values in the network's unit.</param>
    /// <param name="scale">From the indicator's unit to the network's; null where they are the same.</param>
    public static IReadOnlyList<TermDraft> Of(FuzzySetSpec set, double[] sorted, FeatureScale? scale)
    {
        if (scale is { Scale: 0 })
        {
            return [];
        }

        var (offset, factor) = scale is null ? (0.0, 1.0) : (scale.Offset, scale.Scale);
        var (low, high) = ((sorted[0] / factor) + offset, (sorted[^1] / factor) + offset);
        foreach (var membership in set.Memberships)
        {
            var (from, to) = membership.Function.NoticeableRange();
            var width = Math.Max(high - low, 1e-12);
            low = Math.Min(low, Math.Max(from, low - (10 * width)));
            high = Math.Max(high, Math.Min(to, high + (10 * width)));
        }

        var grid = new double[GridPoints];
        for (var i = 0; i < grid.Length; i++)
        {
            grid[i] = low + ((high - low) * i / (GridPoints - 1));
        }

        var shapes = set.Memberships.Select(m => Shape.Of(m, grid)).Where(s => s is not null).OrderBy(s => s!.Middle).ToList();
        var drafts = new List<TermDraft>();
        for (var j = 0; j < shapes.Count; j++)
        {
            // The outermost terms are shoulders: they hold beyond the inner edge of their plateau.
            var centre = shapes.Count == 1 ? shapes[j]!.Middle : j == 0 ? shapes[j]!.PlateauHigh : j == shapes.Count - 1 ? shapes[j]!.PlateauLow : shapes[j]!.Middle;
            drafts.Add(new TermDraft(shapes[j]!.Name, (centre - offset) * factor, (shapes[j]!.HalfLow - offset) * factor, (shapes[j]!.HalfHigh - offset) * factor));
        }

        return drafts.Count == 0 ? [] : Complete(drafts, sorted);
    }

    /// <summary>Words for holes and open ends that training rows fall into.</summary>
    private static List<TermDraft> Complete(List<TermDraft> drafts, double[] sorted)
    {
        var complete = new List<TermDraft>();
        var (first, last) = (drafts[0], drafts[^1]);
        var single = drafts.Count == 1;
        if (Share(sorted, double.NegativeInfinity, first.HalfLow) > NoticeableEnd && first.Centre > first.HalfLow)
        {
            complete.Add(new TermDraft($"below {first.Name}", first.HalfLow - (first.Centre - first.HalfLow), double.NaN, first.HalfLow));
        }

        for (var j = 0; j < drafts.Count; j++)
        {
            if (j > 0 && IsHole(drafts[j - 1], drafts[j], sorted) && complete.Count < MostTerms - 2)
            {
                var (from, to) = (drafts[j - 1].HalfHigh, drafts[j].HalfLow);
                complete.Add(new TermDraft($"between {drafts[j - 1].Name} and {drafts[j].Name}", (from + to) / 2, from, to));
            }

            complete.Add(drafts[j]);
        }

        if ((Share(sorted, last.HalfHigh, double.PositiveInfinity) > NoticeableEnd || (single && complete.Count == 1)) && last.HalfHigh > last.Centre)
        {
            complete.Add(new TermDraft($"above {last.Name}", last.HalfHigh + (last.HalfHigh - last.Centre), last.HalfHigh, double.NaN));
        }

        return complete.Count > MostTerms ? complete[..MostTerms] : complete;
    }

    private static bool IsHole(TermDraft lower, TermDraft upper, double[] sorted) =>
        upper.HalfLow - lower.HalfHigh > LeastHole * (upper.Centre - lower.Centre) && Share(sorted, lower.HalfHigh, upper.HalfLow) > NoticeableHole;

    private static double Share(double[] sorted, double above, double below)
    {
        var count = 0;
        foreach (var value in sorted)
        {
            count += value > above && value < below ? 1 : 0;
        }

        return (double)count / sorted.Length;
    }

    /// <summary>A membership looked at on a grid, in the indicator's unit; infinite where it does not fall to one half within the grid.</summary>
    private sealed record Shape(string Name, double PlateauLow, double PlateauHigh, double HalfLow, double HalfHigh)
    {
        private const float Plateau = 0.999f;

        public double Middle => (PlateauLow + PlateauHigh) / 2;

        /// <summary>Null where the membership is nowhere noticeable.</summary>
        public static Shape? Of(MembershipSpec membership, double[] grid)
        {
            var values = new float[grid.Length];
            membership.Function.Evaluate(grid, values);
            var peak = values.Max();
            if (!(peak > MembershipFunction.Noticeable))
            {
                return null;
            }

            var plateau = (First: Array.FindIndex(values, v => v >= Plateau * peak), Last: Array.FindLastIndex(values, v => v >= Plateau * peak));
            var half = (First: Array.FindIndex(values, v => v >= 0.5f * peak), Last: Array.FindLastIndex(values, v => v >= 0.5f * peak));
            return new Shape(
                membership.Name, grid[plateau.First], grid[plateau.Last],
                half.First == 0 ? double.NegativeInfinity : grid[half.First], half.Last == grid.Length - 1 ? double.PositiveInfinity : grid[half.Last]);
        }
    }
}
