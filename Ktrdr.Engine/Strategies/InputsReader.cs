using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>nn_inputs</c>: what the network sees, and in which order.</summary>
internal static class InputsReader
{
    private const int MostFeatures = 2000;

    private static readonly TextKey FuzzySet = new("fuzzy_set", "Id of a fuzzy set; one feature per timeframe and membership.", "the id of a fuzzy set");
    private static readonly TextKey RawIndicator = new("raw_indicator", "Id of an indicator, or id.output; one feature per timeframe.", "the id of an indicator");
    private static readonly FreeKey Timeframes = new(
        "timeframes", "all, or a list of training timeframes", () => Schemas.AnyOf(Schemas.Words(["all"]), Schemas.List(TimeframesReader.Form(), 1)), "On which timeframes; all of them unless given.");

    private static readonly ChoiceKey<NormalizationKind> Normalization = new("normalization", Vocabulary.Normalizations, null, "How a raw value is scaled, fitted on training rows; none unless given.");

    public static readonly PartsKey Key = new("nn_inputs", new Shape(FuzzySet, RawIndicator, Timeframes, Normalization) { Rules = [() => Schemas.ExactlyOne(FuzzySet!, RawIndicator!)] }, "What the network sees: this order decides the order of the features.") { Required = true, Least = 1 };

    public static Sequence<NnInput> Read(Section root, TrainingDataSpec? data, IReadOnlyList<IndicatorSpec> indicators, IReadOnlyList<FuzzySetSpec> sets)
    {
        root.Require(Key, "a list such as [{fuzzy_set: <id>, timeframes: all}]");
        if (root.Parts(Key) is not { } parts)
        {
            return [];
        }

        if (root.List(Key) is { Count: 0 })
        {
            root.Context.Report(root.LineOf(Key), "out_of_range", root.PathOf(Key), $"{root.PathOf(Key)} is empty; allowed: at least one input.", allowed: "at least 1");
            return [];
        }

        var declaredIndicators = FuzzySetsReader.DeclaredIds(root, IndicatorsReader.Key);
        var declaredSets = FuzzySetsReader.DeclaredIds(root, FuzzySetsReader.Key);
        var inputs = new List<NnInput>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in parts)
        {
            if (ReadOne(section, data, indicators, declaredIndicators, declaredSets) is { } input)
            {
                inputs.Add(input);
                ReportRepeated(section, input, sets, seen);
            }
        }

        if (seen.Count > MostFeatures)
        {
            root.Context.Report(root.LineOf(Key), "out_of_range", root.PathOf(Key), $"{root.PathOf(Key)} gives {seen.Count} features; allowed: at most {MostFeatures}.", allowed: $"at most {MostFeatures}");
        }

        return inputs.ToSequence();
    }

    private static NnInput? ReadOne(
        Section section, TrainingDataSpec? data, IReadOnlyList<IndicatorSpec> indicators, IReadOnlySet<string>? declaredIndicators, IReadOnlySet<string>? declaredSets)
    {
        var context = section.Context;
        var set = section.Text(FuzzySet);
        var raw = section.Text(RawIndicator);
        var timeframes = ReadTimeframes(section, data);
        var normalization = section.ChoiceOrNull(Normalization);
        if (section.Has(FuzzySet) == section.Has(RawIndicator))
        {
            var count = section.Has(FuzzySet) ? "both" : "neither";
            context.Report(section.Line, "conflict", section.Path, $"{section.Path} has {count} of fuzzy_set and raw_indicator; allowed: exactly one of them.", allowed: "exactly one of fuzzy_set, raw_indicator");
            return null;
        }

        if (raw is not null)
        {
            var reference = FuzzySetsReader.Resolve(context, section.LineOf(RawIndicator), section.PathOf(RawIndicator), raw, indicators, declaredIndicators);
            return reference is null || timeframes is null ? null : new NnInput(null, reference, timeframes, normalization ?? NormalizationKind.None);
        }

        if (set is null)
        {
            return null;
        }

        if (normalization is not null and not NormalizationKind.None)
        {
            context.Report(section.LineOf(Normalization), "conflict", section.PathOf(Normalization), $"{section.PathOf(Normalization)} does not go with fuzzy_set: memberships lie between 0 and 1 already; allowed: none.", allowed: "none");
            return null;
        }

        if (declaredSets is null)
        {
            return null;
        }

        if (!declaredSets.Contains(set))
        {
            var nearest = NearestName.Among(set, declaredSets.Order(StringComparer.Ordinal));
            var list = string.Join(", ", declaredSets.Order(StringComparer.Ordinal));
            context.Report(
                section.LineOf(FuzzySet), "unknown_reference", section.PathOf(FuzzySet),
                $"{section.PathOf(FuzzySet)} is {ReadingContext.Shorten(set)}, and there is no such fuzzy set{(nearest is null ? ";" : $", did you mean {nearest}?")} allowed: {list}.",
                ReadingContext.Shorten(set), list, nearest);
            return null;
        }

        return timeframes is null ? null : new NnInput(set, null, timeframes);
    }

    /// <summary>Whether an input wants a fuzzy set: then there must be some.</summary>
    public static bool NamesFuzzySets(Section root) => root.Take(Key) is SequenceNode list && list.Items.Any(i => i is MappingNode input && input.Find(FuzzySet.Name) is not null);

    /// <summary>"all" (the default) or a list of training timeframes.</summary>
    private static Sequence<string>? ReadTimeframes(Section section, TrainingDataSpec? data)
    {
        switch (section.Take(Timeframes))
        {
            case null:
            case ScalarNode { Kind: ScalarKind.Text, Text: "all" }:
                return data?.Timeframes;
            case SequenceNode { Items.Count: > 0 }:
                var names = TimeframesReader.ReadList(section, Timeframes);
                if (names is null || data is null)
                {
                    return null;
                }

                for (var i = 0; i < names.Count; i++)
                {
                    if (!data.Timeframes.Contains(names[i]))
                    {
                        var at = $"{section.PathOf(Timeframes)}[{i}]";
                        var list = string.Join(", ", data.Timeframes);
                        section.Context.Report(section.LineOf(Timeframes), "unknown_reference", at, $"{at} is {names[i]}, which is not among the training timeframes; allowed: {list}.", names[i], list);
                        return null;
                    }
                }

                return names.ToSequence();
            case var other:
                section.WrongType(Timeframes, other);
                return null;
        }
    }

    private static void ReportRepeated(Section section, NnInput input, IReadOnlyList<FuzzySetSpec> sets, HashSet<string> seen)
    {
        var repeated = FeatureNames.Of(input, sets).Where(name => !seen.Add(name)).ToArray();
        if (repeated.Length > 0)
        {
            var features = $"feature{(repeated.Length == 1 ? "" : "s")} {ReadingContext.Some(repeated)}";
            section.Context.Report(section.Line, "duplicate", section.Path, $"{section.Path} gives the {features} a second time; allowed: each feature once.", repeated[0], "each feature once");
        }
    }
}
