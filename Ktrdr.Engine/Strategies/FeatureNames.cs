namespace Ktrdr.Engine.Strategies;

/// <summary>
/// The ids of the features a strategy gives its network and their order: entries of <c>nn_inputs</c> in document order; within one the timeframes in their order; within those the memberships in
/// document order. <c>{timeframe}_{fuzzy_set}_{membership}</c>, or <c>{timeframe}_{indicator_ref}_raw</c> with the reference as written.
/// </summary>
public static class FeatureNames
{
    public static IReadOnlyList<string> Of(StrategyDocument document) => document.Inputs.SelectMany(i => Of(i, document.FuzzySets)).ToArray();

    /// <summary>Features of one input; none where its fuzzy set is not among <paramref name="sets"/>.</summary>
    internal static IEnumerable<string> Of(NnInput input, IReadOnlyList<FuzzySetSpec> sets)
    {
        if (input.RawIndicator is not null)
        {
            return input.Timeframes.Select(t => $"{t}_{input.RawIndicator}_raw");
        }

        var set = sets.FirstOrDefault(s => s.Id == input.FuzzySet);
        return set is null ? [] : input.Timeframes.SelectMany(t => set.Memberships.Select(m => $"{t}_{set.Id}_{m.Name}"));
    }
}
