namespace Ktrdr.Engine.Strategies;

/// <summary>
/// The ids of the features a strategy gives its network and their order: entries of <c>nn_inputs</c> in document order; within one the timeframes in their order; within those the memberships in
/// document order. <c>{timeframe}_{fuzzy_set}_{membership}</c>, or <c>{timeframe}_{indicator_ref}_raw</c> with the reference as written.
/// A tsk network has memberships of its own: its fuzzy sets give the raw feature of their indicator, each once.
/// </summary>
public static class FeatureNames
{
    public static IReadOnlyList<string> Of(StrategyDocument document) => document.Model.Kind == ModelKind.Tsk
        ? document.Inputs.SelectMany(i => OfValues(i, document.FuzzySets)).Distinct().ToArray()
        : document.Inputs.SelectMany(i => Of(i, document.FuzzySets)).ToArray();

    /// <summary>Features of one input; none where its fuzzy set is not among <paramref name="sets"/>.</summary>
    internal static IEnumerable<string> Of(NnInput input, IReadOnlyList<FuzzySetSpec> sets)
    {
        if (input.RawIndicator is not null)
        {
            return OfValues(input, sets);
        }

        var set = sets.FirstOrDefault(s => s.Id == input.FuzzySet);
        return set is null ? [] : input.Timeframes.SelectMany(t => set.Memberships.Select(m => OfMembership(t, set, m)));
    }

    internal static string OfMembership(string timeframe, FuzzySetSpec set, MembershipSpec membership) => $"{timeframe}_{set.Id}_{membership.Name}";

    internal static string OfRaw(string timeframe, IndicatorRef indicator) => $"{timeframe}_{indicator}_raw";

    private static IEnumerable<string> OfValues(NnInput input, IReadOnlyList<FuzzySetSpec> sets) =>
        (input.RawIndicator ?? sets.FirstOrDefault(s => s.Id == input.FuzzySet)?.Indicator) is { } indicator ? input.Timeframes.Select(t => OfRaw(t, indicator)) : [];
}
