using System.Globalization;
using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>indicators</c> against the indicator catalog.</summary>
internal static class IndicatorsReader
{
    private const int MostIndicators = 200;

    /// <summary>Types of grammar v3 by all their names; those that the catalog has are found there first.</summary>
    private static readonly string[] GrammarTypes =
    [
        "rsi", "macd", "bollingerbands", "bbands", "bollingerbandwidth", "atr", "simplemovingaverage", "sma", "exponentialmovingaverage", "ema", "weightedmovingaverage", "wma",
        "adx", "stochastic", "williamsr", "cci", "roc", "momentum", "rvi", "fishertransform", "aroon", "parabolicsar", "ichimoku", "supertrend", "keltnerchannels", "donchianchannels",
        "squeezeintensity", "obv", "vwap", "mfi", "cmf", "adline", "volumeratio", "distancefromma", "zigzag",
    ];

    private static readonly (string Type, string Wrong, string Right)[] WrongKeys =
    [
        ("macd", "fast", "fast_period"), ("macd", "slow", "slow_period"), ("macd", "signal", "signal_period"),
    ];

    public static Sequence<IndicatorSpec> Read(Section root)
    {
        var section = root.RequireChild("indicators", "a mapping of id to {type, parameters}");
        if (section is null)
        {
            return [];
        }

        if (section.Entries.Count is 0 or > MostIndicators)
        {
            section.Context.Report(section.Line, "out_of_range", "indicators", $"indicators has {section.Entries.Count} entries; allowed: 1 to {MostIndicators}.", allowed: $"1 to {MostIndicators}");
        }

        var specs = new List<IndicatorSpec>();
        foreach (var id in section.Entries.Select(e => e.Key))
        {
            var child = section.Child(id);
            CheckId(section, id);
            if (child is not null && ReadOne(child, id) is { } spec)
            {
                specs.Add(spec);
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

    private static IndicatorSpec? ReadOne(Section section, string id)
    {
        var context = section.Context;
        var typeName = section.Require("type", "the name of an indicator") is null ? null : section.Text("type");
        if (typeName is null)
        {
            return null;
        }

        if (!IndicatorCatalog.TryFind(typeName, out var type))
        {
            var available = IndicatorCatalog.All.Select(t => t.Name).ToArray();
            var lowered = typeName.ToLowerInvariant();
            if (GrammarTypes.Contains(lowered))
            {
                context.UnknownWord(section.LineOf("type"), section.PathOf("type"), lowered, available, [lowered]);
            }
            else
            {
                var nearest = IndicatorCatalog.Nearest(typeName);
                var list = string.Join(", ", available);
                context.Report(
                    section.LineOf("type"), "unknown_indicator", section.PathOf("type"),
                    $"{section.PathOf("type")} is {ReadingContext.Shorten(typeName)}{(nearest is null ? ";" : $", did you mean {nearest}?")} allowed: {list}.",
                    ReadingContext.Shorten(typeName), list, nearest);
            }

            return null;
        }

        section.NotImplemented("data_source", "available: indicators on the strategy's own bars");
        foreach (var (_, wrong, right) in WrongKeys.Where(w => w.Type == type.Name))
        {
            section.WrongKey(wrong, right);
        }

        var raw = RawArguments(section, type, out var unknown);
        var found = new List<Problem>();
        var arguments = type.Bind(raw, section.Path, found);
        foreach (var problem in found)
        {
            var key = problem.Path.Length > section.Path.Length ? problem.Path[(section.Path.Length + 1)..] : "";
            context.Report(section.LineOf(key), problem.Code, problem.Path, problem.Message, problem.Value, problem.Allowed, problem.Suggestion, problem.Severity);
        }

        section.Close();
        return found.Count > 0 || unknown ? null : new IndicatorSpec(id, type.Name, arguments);
    }

    /// <summary>The values of the parameters the type has; other keys are left for <see cref="Section.Close"/> to report.</summary>
    private static SortedDictionary<string, object?> RawArguments(Section section, IndicatorType type, out bool wrong)
    {
        wrong = false;
        var raw = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var parameter in type.Parameters)
        {
            switch (section.Take(parameter.Name))
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
                case var other:
                    section.WrongType(parameter.Name, other, parameter.Allowed);
                    wrong = true;
                    break;
            }
        }

        return raw;
    }
}
