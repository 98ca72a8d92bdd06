using System.Globalization;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>fuzzy_sets</c> and checks what they refer to.</summary>
internal static class FuzzySetsReader
{
    private const int MostSets = 500;
    private const int MostMemberships = 50;

    public static Sequence<FuzzySetSpec> Read(Section root, IReadOnlyList<IndicatorSpec> indicators)
    {
        if (!root.Has("fuzzy_sets") && root.Has("nn_inputs"))
        {
            // A strategy of raw inputs only needs no fuzzy sets.
            return [];
        }

        var section = root.RequireChild("fuzzy_sets", "a mapping of id to {indicator, memberships}");
        if (section is null)
        {
            return [];
        }

        if (section.Entries.Count > MostSets)
        {
            section.Context.Report(section.Line, "out_of_range", "fuzzy_sets", $"fuzzy_sets has {section.Entries.Count} entries; allowed: at most {MostSets}.", allowed: $"at most {MostSets}");
        }

        var declared = DeclaredIds(root, "indicators");
        var sets = new List<FuzzySetSpec>();
        foreach (var id in section.Entries.Select(e => e.Key))
        {
            IndicatorsReader.CheckId(section, id);
            if (section.Child(id) is { } child && ReadOne(child, id, indicators, declared) is { } set)
            {
                sets.Add(set);
            }
        }

        return sets.ToSequence();
    }

    /// <summary>Ids as written, also of entries that have errors of their own: a reference to those is not a second error.</summary>
    internal static IReadOnlyList<string> DeclaredIds(Section root, string key) =>
        root.Take(key) is MappingNode mapping ? mapping.Entries.Select(e => e.Key).ToArray() : [];

    private static FuzzySetSpec? ReadOne(Section section, string id, IReadOnlyList<IndicatorSpec> indicators, IReadOnlyList<string> declared)
    {
        var reference = section.Require("indicator", "the id of an indicator") is null ? null : section.Text("indicator");
        var indicator = reference is null ? null : Resolve(section.Context, section.LineOf("indicator"), section.PathOf("indicator"), reference, indicators, declared);
        section.NotImplemented("data_source", "available: indicators on the strategy's own bars");
        var names = section.Entries.Select(e => e.Key).Where(k => k is not ("indicator" or "data_source")).ToArray();
        if (names.Length is 0 or > MostMemberships)
        {
            section.Context.Report(section.Line, "out_of_range", section.Path, $"{section.Path} has {names.Length} memberships; allowed: 1 to {MostMemberships}, for instance low: [0, 20, 40].", allowed: $"1 to {MostMemberships}");
        }

        var memberships = new List<MembershipSpec>();
        foreach (var name in names)
        {
            IndicatorsReader.CheckId(section, name);
            if (ReadMembership(section, name) is { } function)
            {
                memberships.Add(new MembershipSpec(name, function));
            }
        }

        if (indicator is null || memberships.Count != names.Length || names.Length == 0)
        {
            return null;
        }

        var set = new FuzzySetSpec(id, indicator, memberships.ToSequence());
        foreach (var (low, high) in DeadZones.Of(set))
        {
            var zone = $"{low.ToString("G6", CultureInfo.InvariantCulture)} to {high.ToString("G6", CultureInfo.InvariantCulture)}";
            section.Context.Warn(section.Line, "dead_zone", section.Path, $"{section.Path} has a dead zone: from {zone} no membership exceeds {MembershipFunction.Noticeable.ToString(CultureInfo.InvariantCulture)}, the network sees nothing there.", zone);
        }

        return set;
    }

    private static MembershipFunction? ReadMembership(Section section, string name)
    {
        var path = section.PathOf(name);
        switch (section.Take(name))
        {
            case null:
                return null;
            case SequenceNode list:
                return Create(section.Context, list, path, MembershipKind.Triangular, list.Items.Count is 2 or 4 ? "a bare list is triangular, write {type: trapezoidal|gaussian, parameters: [...]} for the others" : null);
            case MappingNode mapping:
                return ReadShape(new Section(mapping, path, section.Context));
            case var other:
                var near = NearestName.Among(name, ["indicator"]);
                if (near is not null)
                {
                    section.Context.ReportUnknownKey(other.Line, path, name, ["indicator", "<membership>"], near);
                }
                else
                {
                    section.WrongType(name, other, "[a, b, c] or {type, parameters}");
                }

                return null;
        }
    }

    private static MembershipFunction? ReadShape(Section section)
    {
        var type = MembershipCatalog.All[0];
        if (section.Text("type") is { } word)
        {
            if (MembershipCatalog.Find(word) is { } found)
            {
                type = found;
            }
            else
            {
                section.Context.UnknownWord(section.LineOf("type"), section.PathOf("type"), word, MembershipCatalog.All.Select(t => t.Name).ToArray(), MembershipCatalog.NotImplemented, "unknown_membership");
                type = null;
            }
        }

        var allowed = type is null ? "a list of numbers" : $"[{string.Join(", ", type.ParameterNames)}]";
        var parameters = section.Require("parameters", allowed);
        section.Close();
        switch (parameters)
        {
            case SequenceNode list when type is not null:
                return Create(section.Context, list, section.PathOf("parameters"), type.Kind, null);
            case null or SequenceNode:
                return null;
            default:
                section.WrongType("parameters", parameters, allowed);
                return null;
        }
    }

    private static MembershipFunction? Create(ReadingContext context, SequenceNode list, string path, MembershipKind kind, string? hint)
    {
        var numbers = new List<double>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (list.Items[i] is ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } scalar)
            {
                numbers.Add(scalar.AsNumber());
                continue;
            }

            context.Report(list.Items[i].Line, "wrong_type", $"{path}[{i}]", $"{path}[{i}] is {Section.Describe(list.Items[i])}; allowed: a number.", (list.Items[i] as ScalarNode)?.Text, "a number");
        }

        if (numbers.Count != list.Items.Count)
        {
            return null;
        }

        if (MembershipCatalog.Check(kind, numbers) is { } wrong)
        {
            var shown = MembershipCatalog.Show(numbers);
            context.Report(list.Line, "out_of_range", path, $"{path} is {ReadingContext.Shorten(shown)}; allowed for {MembershipCatalog.Of(kind).Name}: {wrong}{(hint is null ? "" : $" ({hint})")}.", ReadingContext.Shorten(shown), wrong);
            return null;
        }

        return MembershipCatalog.Create(kind, numbers);
    }

    /// <summary>Checks that a reference names an indicator, and an output of it if there is a dot.</summary>
    internal static IndicatorRef? Resolve(ReadingContext context, int line, string path, string text, IReadOnlyList<IndicatorSpec> indicators, IReadOnlyList<string> declared)
    {
        var reference = IndicatorRef.Parse(text);
        if (!declared.Contains(reference.Id))
        {
            var list = string.Join(", ", declared);
            var nearest = NearestName.Among(reference.Id, declared);
            context.Report(
                line, "unknown_reference", path,
                $"{path} is {ReadingContext.Shorten(text)}, and there is no such indicator{(nearest is null ? ";" : $", did you mean {nearest}?")} declared: {list}.",
                ReadingContext.Shorten(text), list, nearest);
            return null;
        }

        var spec = indicators.FirstOrDefault(i => i.Id == reference.Id);
        if (spec is null || reference.Output is null)
        {
            return spec is null ? null : reference;
        }

        var type = spec.FindType();
        if (!type.IsMultiOutput)
        {
            context.Report(line, "unknown_output", path, $"{path} is {ReadingContext.Shorten(text)}, but {type.Name} has one output only; allowed: {reference.Id}.", ReadingContext.Shorten(text), reference.Id, reference.Id);
            return null;
        }

        if (!type.Outputs.Contains(reference.Output))
        {
            var list = string.Join(", ", type.Outputs.Select(o => $"{reference.Id}.{o}"));
            var nearest = NearestName.Among(reference.Output, type.Outputs);
            context.Report(
                line, "unknown_output", path,
                $"{path} is {ReadingContext.Shorten(text)}, and {type.Name} has no output {ReadingContext.Shorten(reference.Output)}{(nearest is null ? ";" : $", did you mean {reference.Id}.{nearest}?")} allowed: {list}.",
                ReadingContext.Shorten(text), list, nearest is null ? null : $"{reference.Id}.{nearest}");
            return null;
        }

        return reference;
    }
}
