using System.Globalization;
using System.Text.Json;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>
/// How different two strategies are, from 0 (equal) to 1: the mean over six parts of the canonical document of the share of values that differ,
/// numbers by their relative difference. Each part weighs the same, so that a long list of memberships does not drown a change of label.
/// </summary>
internal static class Novelty
{
    /// <summary>Below this a design is a near-duplicate: the same strategy with a number or two moved.</summary>
    public const double LeastDistance = 0.08;

    private static readonly string[] Parts = ["indicators", "fuzzy_sets", "nn_inputs", "model", "decisions", "training"];

    /// <summary>A document prepared for comparison.</summary>
    public sealed record Profile(IReadOnlyList<IReadOnlyDictionary<string, string>> Parts);

    public static Profile Of(StrategyDocument document)
    {
        using var canonical = JsonDocument.Parse(StrategyWriter.Canonical(document));
        var parts = new List<IReadOnlyDictionary<string, string>>();
        foreach (var name in Parts)
        {
            var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
            if (canonical.RootElement.TryGetProperty(name, out var part))
            {
                Collect(part, "", leaves);
            }

            parts.Add(leaves);
        }

        return new Profile(parts);
    }

    public static double Distance(Profile one, Profile other)
    {
        var sum = 0.0;
        for (var i = 0; i < Parts.Length; i++)
        {
            sum += PartDistance(one.Parts[i], other.Parts[i]);
        }

        return sum / Parts.Length;
    }

    private static double PartDistance(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other)
    {
        var paths = one.Keys.Union(other.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (paths.Length == 0)
        {
            return 0;
        }

        var sum = 0.0;
        foreach (var path in paths)
        {
            sum += one.TryGetValue(path, out var a) && other.TryGetValue(path, out var b) ? LeafDistance(a, b) : 1;
        }

        return sum / paths.Length;
    }

    private static double LeafDistance(string a, string b)
    {
        if (a == b)
        {
            return 0;
        }

        return TryNumber(a, out var x) && TryNumber(b, out var y) ? Math.Min(1, Math.Abs(x - y) / Math.Max(Math.Abs(x), Math.Abs(y))) : 1;
    }

    private static bool TryNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static void Collect(JsonElement element, string path, Dictionary<string, string> leaves)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Collect(property.Value, $"{path}/{property.Name}", leaves);
                }

                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, $"{path}/{index++}", leaves);
                }

                break;
            default:
                leaves[path] = element.ToString();
                break;
        }
    }
}
