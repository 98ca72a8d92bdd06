using Ktrdr.Engine.Features;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// The words a network starts with. An input that a fuzzy set gives has the set's memberships as terms, with their names; other inputs get low, medium, high at
/// quantiles of the training rows. Everything is brought into the network's unit by the fitted normalisation.
/// </summary>
public static class TskVocabulary
{
    /// <summary>Share of the training rows beyond which an input counts as its bound, on each side.</summary>
    private const double Tail = 0.005;

    /// <summary>Centres of neighbouring terms are at least this share of the input's range apart.</summary>
    private const double LeastGap = 0.02;

    private static readonly string[][] Words =
    [
        ["low", "high"],
        ["low", "medium", "high"],
        ["very low", "low", "high", "very high"],
        ["very low", "low", "medium", "high", "very high"],
        ["very low", "low", "fairly low", "fairly high", "high", "very high"],
        ["very low", "low", "fairly low", "medium", "fairly high", "high", "very high"],
    ];

    /// <param name="document">Says which feature comes from which fuzzy set, and how many terms other inputs get.</param>
    /// <param name="features">The columns' ids in order.</param>
    /// <param name="normalization">What was applied to <paramref name="set"/>'s features.</param>
    /// <param name="set">Its training rows give ranges and quantiles.</param>
    public static IReadOnlyList<TskInput> Of(StrategyDocument document, IReadOnlyList<string> features, Normalization normalization, TrainingSet set)
    {
        var sets = new Dictionary<string, FuzzySetSpec>(StringComparer.Ordinal);
        foreach (var input in document.Inputs)
        {
            var fuzzy = document.FuzzySets.FirstOrDefault(s => s.Id == input.FuzzySet);
            foreach (var timeframe in fuzzy is null ? [] : input.Timeframes)
            {
                sets.TryAdd($"{timeframe}_{fuzzy!.Indicator}_raw", fuzzy);
            }
        }

        return [.. features.Select((feature, column) =>
        {
            var values = Column(set, column);
            var scale = normalization.Scales.FirstOrDefault(s => s.Feature == feature);
            return sets.TryGetValue(feature, out var fuzzy)
                ? FromMemberships(feature, fuzzy, values, scale)
                : FromQuantiles(feature, values, document.Model.Tsk.MembershipsPerInput);
        })];
    }

    /// <summary>Terms at evenly spread quantiles.</summary>
    internal static TskInput FromQuantiles(string feature, double[] sorted, int terms)
    {
        var words = Words[Math.Clamp(terms, 2, Words.Length + 1) - 2];
        return Make(feature, sorted, [.. words.Select((name, i) => TermDraft.At(name, Quantile(sorted, (i + 0.5) / words.Length)))]);
    }

    internal static TskInput FromMemberships(string feature, FuzzySetSpec fuzzy, double[] sorted, FeatureScale? scale)
    {
        var drafts = TermDraft.Of(fuzzy, sorted, scale);
        return drafts.Count >= 2 ? Make(feature, sorted, drafts) : FromQuantiles(feature, sorted, 3);
    }

    private static TskInput Make(string feature, double[] sorted, IReadOnlyList<TermDraft> drafts)
    {
        var (low, high) = (Quantile(sorted, Tail), Quantile(sorted, 1 - Tail));
        var range = Math.Max(high - low, drafts[^1].Centre - drafts[0].Centre);
        var least = range > 0 ? LeastGap * range : 1;
        var terms = new TskTerm[drafts.Count];
        var borders = new TskBorder[drafts.Count - 1];
        for (var j = 0; j < terms.Length; j++)
        {
            var centre = j == 0 ? drafts[0].Centre : Math.Max(drafts[j].Centre, terms[j - 1].Centre + least);
            terms[j] = new TskTerm(drafts[j].Name, centre);
        }

        for (var j = 0; j < borders.Length; j++)
        {
            var gap = terms[j + 1].Centre - terms[j].Centre;
            var (rightHalf, leftHalf) = (drafts[j].HalfHigh, drafts[j + 1].HalfLow);
            var crossing = double.IsFinite(rightHalf) && double.IsFinite(leftHalf) ? (((rightHalf + leftHalf) / 2) - terms[j].Centre) / gap : 0.5;

            // A gaussian falls to one half at √(2 ln 2) widths.
            var overlap = double.IsFinite(rightHalf) && double.IsFinite(leftHalf) ? (rightHalf - terms[j].Centre + (terms[j + 1].Centre - leftHalf)) / (1.1774100225154747 * gap) : 0.85;
            borders[j] = new TskBorder(
                Math.Clamp(crossing, TskTerms.LowestCrossing, TskTerms.HighestCrossing), Math.Clamp(overlap, TskTerms.LeastOverlap, TskTerms.GreatestOverlap));
        }

        return new TskInput(feature, low, high, terms, borders);
    }

    /// <summary>The finite training values of a column, sorted.</summary>
    private static double[] Column(TrainingSet set, int column)
    {
        var values = new double[set.TrainRows.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = set.Features[(set.TrainRows[i] * set.Columns) + column];
        }

        Array.Sort(values);
        return values;
    }

    private static double Quantile(double[] sorted, double share) => sorted[(int)Math.Clamp(share * sorted.Length, 0, sorted.Length - 1)];
}
