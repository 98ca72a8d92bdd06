using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>One indicator family in a design: its indicators, the words about them and what the network sees of both.</summary>
internal sealed record InputModule(string Family, Sequence<IndicatorSpec> Indicators, Sequence<FuzzySetSpec> FuzzySets, Sequence<NnInput> Inputs)
{
    public InputModule On(string timeframe) => this with { Inputs = Inputs.Select(i => i with { Timeframes = [timeframe] }).ToSequence() };

    /// <summary>Takes a document apart, one module per family in the order of its indicators.</summary>
    public static IReadOnlyList<InputModule> Of(StrategyDocument document) =>
    [
        .. document.Indicators.GroupBy(i => IndicatorFamily.NameOf(i.Type), StringComparer.Ordinal).Select(group =>
        {
            var ids = group.Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
            var sets = document.FuzzySets.Where(s => ids.Contains(s.Indicator.Id)).ToSequence();
            var names = sets.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
            var inputs = document.Inputs.Where(i => i.FuzzySet is { } set ? names.Contains(set) : ids.Contains(i.RawIndicator!.Id)).ToSequence();
            return new InputModule(group.Key, group.ToSequence(), sets, inputs);
        }).Where(m => m.Inputs.Count > 0),
    ];
}
