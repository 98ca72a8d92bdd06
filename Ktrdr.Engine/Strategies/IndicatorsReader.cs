using System.Globalization;
using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>indicators</c> against the indicator catalog.</summary>
internal static class IndicatorsReader
{
    private const int Most = 200;

    public static readonly FreeKey Key = new(
        "indicators", "a mapping of id to {type, parameters}", () => Schemas.Map(IndicatorKeys.Schema(), 1, Most), "What is computed: ids of the author's choice, each with a type of the catalog and its parameters.")
    { Required = true };

    private static readonly Shape Any = new(IndicatorKeys.Type, IndicatorKeys.DataSource);

    public static Sequence<IndicatorSpec> Read(Section root, IReadOnlyList<string> sources, bool sourcesComplete)
    {
        var section = root.RequireMap(Key);
        if (section is null)
        {
            return [];
        }

        if (section.Count is 0 or > Most)
        {
            section.Context.Report(section.Line, "out_of_range", section.Path, $"{section.Path} has {section.Count} entries; allowed: 1 to {Most}.", allowed: $"1 to {Most}");
        }

        var specs = new List<IndicatorSpec>();
        foreach (var id in section.Ids.Take(Most))
        {
            CheckId(section, id);
            switch (section.Take(id))
            {
                case null:
                    break;
                case MappingNode mapping when ReadOne(mapping, section.PathOf(id), section.Context, id, sources, sourcesComplete) is { } spec:
                    specs.Add(spec);
                    break;
                case MappingNode:
                    break;
                case var other:
                    section.WrongType(id, other, "a mapping with type and parameters");
                    break;
            }
        }

        return specs.ToSequence();
    }

    /// <summary>Ids are joined to feature names with '_' and referred to with '.', so they have neither dots nor spaces.</summary>
    internal static void CheckId(Section section, string id)
    {
        if (id.Length is 0 or > 64 || id.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
        {
            const string allowed = "letters, digits, '_' and '-', at most 64";
            section.Context.Report(section.LineOf(id), "out_of_range", section.PathOf(id), $"{section.Path} has the id {ReadingContext.Shorten(id)}; allowed: {allowed}.", ReadingContext.Shorten(id), allowed);
        }
    }

    private static IndicatorSpec? ReadOne(MappingNode mapping, string path, ReadingContext context, string id, IReadOnlyList<string> sources, bool sourcesComplete)
    {
        if (FindType(mapping, path, context) is not { } type)
        {
            // Which parameters are right depends on the type: a second word about them could be wrong.
            return null;
        }

        var before = context.ErrorCount;
        var section = new Section(mapping, path, context, IndicatorKeys.ShapeOf(type));
        section.Require(IndicatorKeys.Type);
        var source = ReadSource(section, sources, sourcesComplete);
        var raw = RawArguments(section, type);
        var found = new List<Problem>();
        var arguments = type.Bind(raw, section.Path, found);
        foreach (var problem in found)
        {
            var key = problem.Path.Length > section.Path.Length ? problem.Path[(section.Path.Length + 1)..] : "";
            context.Report(section.LineOf(key), problem.Code, problem.Path, problem.Message, problem.Value, problem.Allowed, problem.Suggestion, problem.Severity);
        }

        return context.ErrorCount > before ? null : new IndicatorSpec(id, type.Name, arguments, source);
    }

    private static IndicatorType? FindType(MappingNode mapping, string path, ReadingContext context)
    {
        // The parameters that are right depend on the type, so it is looked for before the keys are checked.
        var key = mapping.Find("type") is not null || context.IsLenient
            ? "type"
            : mapping.Entries.Where(e => e.Value is ScalarNode { Kind: ScalarKind.Text }).Select(e => e.Key).FirstOrDefault(k => NearestName.Among(k, [.. Any.Names, "source", "ma_type"]) == "type") ?? "type";
        var node = mapping.Find(key);
        if (node is not ScalarNode { Kind: ScalarKind.Text } scalar)
        {
            var bare = new Section(new MappingNode(mapping.Entries.Where(e => e.Key == "type").ToArray(), mapping.Line), path, context, Any);
            bare.Require(IndicatorKeys.Type);
            bare.Text(IndicatorKeys.Type);
            return null;
        }

        if (!IndicatorCatalog.TryFind(scalar.Text, out var type))
        {
            var usable = IndicatorCatalog.All.Where(IndicatorKeys.IsUsable).ToArray();
            context.UnknownWord(scalar.Line, $"{path}.{key}", scalar.Text, usable.Select(t => t.Name).ToArray(), [], "unknown_indicator", IndicatorCatalog.Nearest(scalar.Text));
            return null;
        }

        if (!IndicatorKeys.IsUsable(type))
        {
            context.Report(
                scalar.Line, "repaints", $"{path}.{key}",
                $"{path}.{key} is {type.Name}, whose past values change with later bars: a model would learn from what nobody knew then; allowed: an indicator that does not repaint ({type.Name} is a source of training.labels).",
                scalar.Text, "an indicator that does not repaint");
            return null;
        }

        return type;
    }

    private static string? ReadSource(Section section, IReadOnlyList<string> sources, bool complete)
    {
        var source = section.Text(IndicatorKeys.DataSource);
        if (source is null || sources.Contains(source))
        {
            return source;
        }

        if (!complete)
        {
            // An entry of context_data has an error of its own: the source may be its.
            return source;
        }

        var nearest = NearestName.Among(source, sources);
        var list = sources.Count == 0 ? "none, there is no context_data" : string.Join(", ", sources);
        section.Context.Report(
            section.LineOf(IndicatorKeys.DataSource), "unknown_reference", section.PathOf(IndicatorKeys.DataSource),
            $"{section.PathOf(IndicatorKeys.DataSource)} is {ReadingContext.Shorten(source)}, and context_data gives no such source{(nearest is null ? ";" : $", did you mean {nearest}?")} allowed: {list}.",
            ReadingContext.Shorten(source), list, nearest);
        return source;
    }

    /// <summary>The values of the parameters as written; wrong types are reported here, wrong values by the catalog.</summary>
    private static SortedDictionary<string, object?> RawArguments(Section section, IndicatorType type)
    {
        var raw = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var parameter in type.Parameters)
        {
            var key = IndicatorKeys.Parameter(parameter);
            if (IndicatorKeys.OtherNameOf(type, parameter) is { } other && section.Has(other))
            {
                section.Context.ReportIf(
                    section.Has(key), section.LineOf(other), "conflict", section.PathOf(other), $"{section.PathOf(other)} is another name of {key.Name}; allowed: one of them.", "one of them");
                key = other;
            }

            if (section.IsSlip(key))
            {
                continue;
            }

            switch (section.Take(key))
            {
                case null:
                    break;
                case ScalarNode scalar:
                    raw[parameter.Name] = scalar.Kind switch
                    {
                        ScalarKind.Integer when long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
                        ScalarKind.Integer or ScalarKind.Number => scalar.AsNumber(),
                        ScalarKind.Flag => scalar.AsFlag(),
                        _ => scalar.Text,
                    };
                    break;
                case var wrong:
                    section.WrongType(key, wrong);
                    break;
            }
        }

        return raw;
    }
}
