namespace Ktrdr.Engine.Strategies;

/// <summary>Warns of what a document declares and nobody sees.</summary>
internal static class UnusedParts
{
    public static void Report(Section root, StrategyDocument document)
    {
        var usedSets = document.Inputs.Where(i => i.FuzzySet is not null).Select(i => i.FuzzySet!).ToHashSet(StringComparer.Ordinal);
        var usedIndicators = document.Inputs.Where(i => i.RawIndicator is not null).Select(i => i.RawIndicator!.Id)
            .Concat(document.FuzzySets.Where(s => usedSets.Contains(s.Id)).Select(s => s.Indicator.Id)).ToHashSet(StringComparer.Ordinal);
        var sets = root.Map(FuzzySetsReader.Key);
        foreach (var set in document.FuzzySets.Where(s => !usedSets.Contains(s.Id)))
        {
            root.Context.Warn(sets!.LineOf(set.Id), "unused_fuzzy_set", $"fuzzy_sets.{set.Id}", $"fuzzy_sets.{set.Id} is not used by any entry of nn_inputs.");
        }

        var indicators = root.Map(IndicatorsReader.Key);
        foreach (var id in document.Indicators.Select(i => i.Id).Where(id => !usedIndicators.Contains(id)))
        {
            root.Context.Warn(indicators!.LineOf(id), "unused_indicator", $"indicators.{id}", $"indicators.{id} is not used: no entry of nn_inputs sees it, alone or through a fuzzy set.");
        }

        var sources = document.Indicators.Where(i => i.DataSource is not null).Select(i => i.DataSource!).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < document.ContextData.Count; i++)
        {
            if (!document.ContextData[i].SourceIds().Any(sources.Contains))
            {
                var at = $"context_data[{i}]";
                root.Context.Warn(root.List(ContextDataReader.Key)![i].Line, "unused_context", at, $"{at} is not used: no indicator has one of its sources ({string.Join(", ", document.ContextData[i].SourceIds())}) as data_source.");
            }
        }
    }
}
