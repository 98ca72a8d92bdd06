using System.Globalization;
using System.Text.Json.Nodes;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>fuzzy_sets</c> and checks what they refer to.</summary>
internal static class FuzzySetsReader
{
    private const int MostSets = 500;
    private const int MostMemberships = 50;

    private static readonly TextKey Indicator = new("indicator", "Id of an indicator, or id.output of one with several outputs.", "the id of an indicator") { Required = true };

    private static readonly FreeKey Type = new("type", string.Join(", ", MembershipCatalog.All.Select(t => t.Name)), () => Schemas.AnyCase(MembershipCatalog.All.SelectMany(t => t.Aliases.Prepend(t.Name))), "The shape; triangular unless given.");
    private static readonly FreeKey Parameters = new("parameters", "a list of numbers", () => Schemas.List(Number(), 2, 4), $"The numbers of the shape. {string.Join(" ", MembershipCatalog.All.Select(t => $"{t.Name} [{string.Join(", ", t.ParameterNames)}]: {t.Summary}"))}") { Required = true };
    private static readonly Shape MembershipShape = new(Type, Parameters);

    public static readonly FreeKey Key = new("fuzzy_sets", "a mapping of id to {indicator, memberships}", () => Schemas.Map(SetSchema(), 0, MostSets), "What the values of an indicator mean in words; may be left out if all inputs are raw.");

    public static Sequence<FuzzySetSpec> Read(Section root, IReadOnlyList<IndicatorSpec> indicators)
    {
        if (!root.Has(Key) && root.Has(InputsReader.Key) && !InputsReader.NamesFuzzySets(root))
        {
            // A strategy of raw inputs only needs no fuzzy sets.
            return [];
        }

        var section = root.RequireMap(Key);
        if (section is null)
        {
            return [];
        }

        var least = InputsReader.NamesFuzzySets(root) ? 1 : 0;
        if (section.Count < least || section.Count > MostSets)
        {
            section.Context.Report(section.Line, "out_of_range", section.Path, $"{section.Path} has {section.Count} entries; allowed: {least} to {MostSets}.", allowed: $"{least} to {MostSets}");
        }

        var declared = DeclaredIds(root, IndicatorsReader.Key);
        var sets = new List<FuzzySetSpec>();
        foreach (var id in section.Ids.Take(MostSets))
        {
            IndicatorsReader.CheckId(section, id);
            switch (section.Take(id))
            {
                case null:
                    break;
                case MappingNode mapping when ReadOne(new Section(Mended(mapping, section.PathOf(id), section.Context), section.PathOf(id), section.Context, null), id, indicators, declared) is { } set:
                    sets.Add(set);
                    break;
                case MappingNode:
                    break;
                case var other:
                    section.WrongType(id, other, "a mapping with indicator and memberships");
                    break;
            }
        }

        return sets.ToSequence();
    }

    /// <summary>Ids as written, also of entries that have errors of their own: a reference to those is not a second error. Null where there are none, which has been said.</summary>
    internal static HashSet<string>? DeclaredIds(Section root, Key key) =>
        root.Take(key) is MappingNode { Entries.Count: > 0 } mapping ? mapping.Entries.Select(e => e.Key).ToHashSet(StringComparer.Ordinal) : null;

    /// <summary>Memberships have names of the author's choice, so a slip of the pen for <c>indicator</c> shows only in its value: a text where a shape should be.</summary>
    private static MappingNode Mended(MappingNode mapping, string path, ReadingContext context)
    {
        if (mapping.Find("indicator") is not null || context.IsLenient)
        {
            return mapping;
        }

        var slip = mapping.Entries.FirstOrDefault(e => e.Value is ScalarNode { Kind: ScalarKind.Text } && NearestName.Among(e.Key, ["indicator"]) is not null);
        if (slip.Value is null)
        {
            return mapping;
        }

        context.ReportUnknownKey(slip.Value.Line, $"{path}.{slip.Key}", slip.Key, ["indicator", "<membership>"], "indicator");
        return new MappingNode(mapping.Entries.Select(e => e.Key == slip.Key ? new KeyValuePair<string, DocumentNode>("indicator", e.Value) : e).ToArray(), mapping.Line);
    }

    private static FuzzySetSpec? ReadOne(Section section, string id, IReadOnlyList<IndicatorSpec> indicators, IReadOnlySet<string>? declared)
    {
        var reference = ReadReference(section);
        var indicator = reference is null ? null : Resolve(section.Context, section.LineOf("indicator"), section.PathOf("indicator"), reference, indicators, declared);
        var names = section.Ids.Where(k => k != "indicator").ToArray();
        if (names.Length is 0 or > MostMemberships)
        {
            section.Context.Report(section.Line, "out_of_range", section.Path, $"{section.Path} has {names.Length} memberships; allowed: 1 to {MostMemberships}, for instance low: [0, 20, 40].", allowed: $"1 to {MostMemberships}");
        }

        var memberships = new List<MembershipSpec>();
        foreach (var name in names.Take(MostMemberships))
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

    private static string? ReadReference(Section section)
    {
        switch (section.Take(Indicator.Name))
        {
            case ScalarNode { Kind: ScalarKind.Text } scalar when scalar.Text.Length > 0:
                return scalar.Text;
            case null:
                section.Context.ReportIf(
                    !section.Ids.Contains(Indicator.Name), section.Line, "missing_key", section.PathOf("indicator"), $"{section.PathOf("indicator")} is missing; allowed: {Indicator.Allowed}.", Indicator.Allowed);
                return null;
            case var other:
                section.WrongType(Indicator.Name, other, other is ScalarNode ? $"{Indicator.Allowed} (in quotes)" : Indicator.Allowed);
                return null;
        }
    }

    private static MembershipFunction? ReadMembership(Section section, string name)
    {
        var path = section.PathOf(name);
        switch (section.Take(name))
        {
            case null:
                return null;
            case SequenceNode list:
                return Create(section.Context, list, path, MembershipKind.Triangular, list.Items.Count == 3 ? null : $"a bare list is triangular, write {{type: {string.Join('|', MembershipCatalog.All.Skip(1).Select(t => t.Name))}, parameters: [...]}} for the others");
            case MappingNode mapping:
                return ReadShape(new Section(mapping, path, section.Context, MembershipShape));
            case var other:
                section.WrongType(name, other, "[a, b, c] or {type, parameters}");
                return null;
        }
    }

    private static MembershipFunction? ReadShape(Section section)
    {
        var type = MembershipCatalog.Of(MembershipKind.Triangular);
        if (section.Text(Type) is { } word && !section.IsSlip(Type))
        {
            type = MembershipCatalog.Find(word);
            if (type is null)
            {
                section.Context.UnknownWord(section.LineOf(Type), section.PathOf(Type), word, MembershipCatalog.All.Select(t => t.Name).ToArray(), [], "unknown_membership");
            }
        }

        var unsure = type is null || section.IsSlip(Type) || section.Has(Type) && section.Take(Type) is not ScalarNode { Kind: ScalarKind.Text, Text.Length: > 0 };
        var allowed = unsure ? Parameters.Allowed : $"[{string.Join(", ", type!.ParameterNames)}]";
        switch (section.Require(Parameters, allowed))
        {
            case SequenceNode list when !unsure:
                return Create(section.Context, list, section.PathOf(Parameters), type!.Kind, null);
            case null or SequenceNode:
                return null;
            case var other:
                section.WrongType(Parameters, other, allowed);
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
    internal static IndicatorRef? Resolve(ReadingContext context, int line, string path, string text, IReadOnlyList<IndicatorSpec> indicators, IReadOnlySet<string>? declared)
    {
        var reference = IndicatorRef.Parse(text);
        if (declared is null)
        {
            return null;
        }

        if (!declared.Contains(reference.Id))
        {
            var ordered = declared.Order(StringComparer.Ordinal).ToArray();
            var list = string.Join(", ", ordered);
            var nearest = NearestName.Among(reference.Id, ordered);
            context.Report(
                line, "unknown_reference", path,
                $"{path} is {ReadingContext.Shorten(text)}, and there is no such indicator{(nearest is null ? ";" : $", did you mean {nearest}?")} allowed: {list}.",
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

    private static JsonObject SetSchema() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject { [Indicator.Name] = Indicator.ToSchema() },
        ["required"] = new JsonArray(Indicator.Name),
        ["additionalProperties"] = Schemas.AnyOf([Schemas.List(Number(), 3, 3), .. MembershipCatalog.All.Select(MembershipSchema)]),
        ["propertyNames"] = Schemas.Text(Schemas.IdPattern),
        ["minProperties"] = 2,
        ["maxProperties"] = MostMemberships + 1,
    };

    private static JsonObject MembershipSchema(MembershipType type)
    {
        var schema = MembershipShape.ToSchema();
        var properties = schema["properties"]!;
        properties[Type.Name] = Schemas.AnyCase(type.Aliases.Prepend(type.Name));
        properties[Type.Name]!["description"] = type.Summary;
        (properties[Parameters.Name]!["minItems"], properties[Parameters.Name]!["maxItems"]) = (type.ParameterNames.Count, type.ParameterNames.Count);
        if (type.Kind != MembershipKind.Triangular)
        {
            schema["required"] = new JsonArray(Type.Name, Parameters.Name);
        }

        return schema;
    }

    private static JsonObject Number() => new() { ["type"] = "number", ["minimum"] = -MembershipCatalog.Largest, ["maximum"] = MembershipCatalog.Largest };
}
