using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>nn_inputs</c>: what the network sees, and in which order.</summary>
internal static class InputsReader
{
    private const int MostFeatures = 2000;

    public static Sequence<NnInput> Read(Section root, TrainingDataSpec? data, IReadOnlyList<IndicatorSpec> indicators, IReadOnlyList<FuzzySetSpec> sets)
    {
        if (!root.Has("nn_inputs"))
        {
            root.Require("nn_inputs", "a list such as [{fuzzy_set: <id>, timeframes: all}]");
            return [];
        }

        var items = root.List("nn_inputs");
        if (items is null)
        {
            return [];
        }

        if (items.Count == 0)
        {
            root.Context.Report(root.LineOf("nn_inputs"), "out_of_range", "nn_inputs", "nn_inputs is empty; allowed: at least one input.", allowed: "at least 1");
            return [];
        }

        var declaredIndicators = FuzzySetsReader.DeclaredIds(root, "indicators");
        var declaredSets = FuzzySetsReader.DeclaredIds(root, "fuzzy_sets");
        var inputs = new List<NnInput>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var path = $"nn_inputs[{i}]";
            if (items[i] is not MappingNode mapping)
            {
                root.Context.Report(items[i].Line, "wrong_type", path, $"{path} is {Section.Describe(items[i])}; allowed: a mapping with fuzzy_set or raw_indicator.");
                continue;
            }

            var section = new Section(mapping, path, root.Context);
            if (ReadOne(section, data, indicators, declaredIndicators, declaredSets) is { } input)
            {
                inputs.Add(input);
                ReportRepeated(section, input, sets, seen);
            }
        }

        if (seen.Count > MostFeatures)
        {
            root.Context.Report(root.LineOf("nn_inputs"), "out_of_range", "nn_inputs", $"nn_inputs gives {seen.Count} features; allowed: at most {MostFeatures}.", allowed: $"at most {MostFeatures}");
        }

        return inputs.ToSequence();
    }

    private static NnInput? ReadOne(Section section, TrainingDataSpec? data, IReadOnlyList<IndicatorSpec> indicators, IReadOnlyList<string> declaredIndicators, IReadOnlyList<string> declaredSets)
    {
        var context = section.Context;
        var set = section.Text("fuzzy_set");
        var raw = section.Text("raw_indicator");
        var timeframes = ReadTimeframes(section, data);
        var normalization = section.Choice("normalization", Vocabulary.Normalizations) ?? NormalizationKind.None;
        section.Close();
        if (section.Has("fuzzy_set") == section.Has("raw_indicator"))
        {
            var count = section.Has("fuzzy_set") ? "both" : "neither";
            context.Report(section.Line, "conflict", section.Path, $"{section.Path} has {count} of fuzzy_set and raw_indicator; allowed: exactly one of them.", allowed: "exactly one of fuzzy_set, raw_indicator");
            return null;
        }

        if (set is not null)
        {
            if (normalization != NormalizationKind.None)
            {
                context.Report(section.LineOf("normalization"), "conflict", section.PathOf("normalization"), $"{section.PathOf("normalization")} does not go with fuzzy_set: memberships lie between 0 and 1 already; allowed: none.", allowed: "none");
                return null;
            }

            if (!declaredSets.Contains(set))
            {
                var nearest = NearestName.Among(set, declaredSets);
                var list = string.Join(", ", declaredSets);
                context.Report(
                    section.LineOf("fuzzy_set"), "unknown_reference", section.PathOf("fuzzy_set"),
                    $"{section.PathOf("fuzzy_set")} is {ReadingContext.Shorten(set)}, and there is no such fuzzy set{(nearest is null ? ";" : $", did you mean {nearest}?")} declared: {list}.",
                    ReadingContext.Shorten(set), list, nearest);
                return null;
            }

            return timeframes is null ? null : new NnInput(set, null, timeframes);
        }

        var reference = raw is null ? null : FuzzySetsReader.Resolve(context, section.LineOf("raw_indicator"), section.PathOf("raw_indicator"), raw, indicators, declaredIndicators);
        return reference is null || timeframes is null ? null : new NnInput(null, reference, timeframes, normalization);
    }

    /// <summary>"all" (the default) or a list of training timeframes.</summary>
    private static Sequence<string>? ReadTimeframes(Section section, TrainingDataSpec? data)
    {
        const string allowed = "all, or a list of training timeframes";
        switch (section.Take("timeframes"))
        {
            case null:
            case ScalarNode { Kind: ScalarKind.Text, Text: "all" }:
                return data?.Timeframes;
            case SequenceNode { Items.Count: > 0 }:
                var names = TrainingDataReader.ReadTimeframeList(section, "timeframes");
                if (names is null || data is null)
                {
                    return null;
                }

                for (var i = 0; i < names.Count; i++)
                {
                    if (!data.Timeframes.Contains(names[i]))
                    {
                        var at = $"{section.PathOf("timeframes")}[{i}]";
                        var list = string.Join(", ", data.Timeframes);
                        section.Context.Report(section.LineOf("timeframes"), "unknown_reference", at, $"{at} is {names[i]}, which is not among the training timeframes; allowed: {list}.", names[i], list);
                        return null;
                    }
                }

                return names.ToSequence();
            case var other:
                section.WrongType("timeframes", other, allowed);
                return null;
        }
    }

    private static void ReportRepeated(Section section, NnInput input, IReadOnlyList<FuzzySetSpec> sets, HashSet<string> seen)
    {
        foreach (var name in FeatureNames.Of(input, sets))
        {
            if (!seen.Add(name))
            {
                section.Context.Report(section.Line, "duplicate", section.Path, $"{section.Path} gives the feature {name} a second time; allowed: each feature once.", name);
            }
        }
    }
}
