using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Strategies;

/// <summary>One value of a document that a sweep varies.</summary>
/// <param name="Path">Place in the document, as in its problems: <c>indicators.rsi_14.period</c>, <c>nn_inputs[0].normalization</c>.</param>
/// <param name="Values">What is tried there, at least one, each as the document would hold it.</param>
public sealed record GridAxis(string Path, IReadOnlyList<JsonElement> Values);

/// <summary>One point of a grid.</summary>
/// <param name="Number">From 0; the last axis moves fastest.</param>
/// <param name="Values">Value by path, in the order of the axes.</param>
public sealed record StrategyVariant(int Number, IReadOnlyList<KeyValuePair<string, JsonElement>> Values, StrategyDocument Document);

/// <summary>Every combination of some values of a strategy document. Equal grids give equal variants, whoever makes them and in whatever order.</summary>
public sealed class StrategyGrid
{
    public const int MostVariants = 100_000;
    private const int MostAxes = 12;

    private static readonly string[] DataKeys = ["training_data", "context_data", "deployment"];

    private readonly string _base;
    private readonly IReadOnlyList<GridAxis> _axes;
    private readonly int[] _numbers;

    /// <param name="document">The document that the variants differ from.</param>
    /// <param name="axes">At least one; the path of each must exist in the document or be a key that it may have.</param>
    /// <param name="sample">Take this many combinations at random instead of all; null takes all.</param>
    /// <param name="seed">Of the sample.</param>
    /// <exception cref="InvalidInputException">No axis, no value, a path twice, or too many combinations.</exception>
    public StrategyGrid(StrategyDocument document, IReadOnlyList<GridAxis> axes, int? sample = null, ulong seed = 1)
    {
        var combinations = Check(axes);
        _base = StrategyWriter.Canonical(document);
        _axes = axes;
        var wanted = sample is { } count && count < combinations ? count : combinations;
        if (wanted is < 1 or > MostVariants)
        {
            throw Invalid("parameters", wanted.ToString(CultureInfo.InvariantCulture), $"1 to {MostVariants} combinations; take a sample of them");
        }

        _numbers = wanted == combinations ? [] : Sample(combinations, (int)wanted, seed);
        Count = (int)wanted;
    }

    public int Count { get; }

    /// <summary>
    /// The axes with those last that no training depends on (decisions, costs, sizing, exits), else in their order: variants that share a training then follow each other.
    /// </summary>
    public static IReadOnlyList<GridAxis> TrainingsFirst(IReadOnlyList<GridAxis> axes) => [.. axes.Where(a => !IsAfterTraining(a)), .. axes.Where(IsAfterTraining)];

    /// <summary>How many variants in a row share a training, where all combinations are taken of axes in the order of <see cref="TrainingsFirst"/>.</summary>
    public static int SharingATraining(IReadOnlyList<GridAxis> axes) => axes.Where(IsAfterTraining).Aggregate(1, (product, axis) => (int)Math.Min(MostVariants, (long)product * axis.Values.Count));

    /// <exception cref="InvalidInputException">The values do not make a valid document: every problem, with the values that caused it.</exception>
    public StrategyVariant At(int index)
    {
        var values = ValuesOf(index);
        var tree = JsonNode.Parse(_base)!;
        foreach (var (path, value) in values)
        {
            Set(tree, path, value);
        }

        var reading = StrategyReader.Read(tree.ToJsonString());
        return reading.Document is { } document
            ? new StrategyVariant(index, values, document)
            : throw new InvalidInputException([.. reading.Problems.Where(p => p.Severity == ProblemSeverity.Error).Select(p => Of(values, p))]);
    }

    /// <summary>Says which values make the problem. The text that was read is one line that nobody has seen: no problem of it has a line.</summary>
    private static Problem Of(IReadOnlyList<KeyValuePair<string, JsonElement>> values, Problem problem) =>
        problem with { Message = $"with {string.Join(", ", values.Select(v => $"{v.Key} = {v.Value.GetRawText()}"))}: {problem.Message}" };

    /// <summary>The value of every path, in the order of the axes.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> ValuesOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var values = new KeyValuePair<string, JsonElement>[_axes.Count];
        var rest = _numbers.Length == 0 ? index : _numbers[index];
        for (var i = _axes.Count - 1; i >= 0; i--)
        {
            values[i] = new(_axes[i].Path, _axes[i].Values[rest % _axes[i].Values.Count]);
            rest /= _axes[i].Values.Count;
        }

        return values;
    }

    private static bool IsAfterTraining(GridAxis axis) =>
        axis.Path != "decisions.output_format" && axis.Path.Split('.', '[')[0] is ("decisions" or "costs" or "sizing" or "exits");

    private static long Check(IReadOnlyList<GridAxis> axes)
    {
        if (axes.Count is < 1 or > MostAxes)
        {
            throw Invalid("parameters", axes.Count.ToString(CultureInfo.InvariantCulture), $"1 to {MostAxes} paths");
        }

        var combinations = 1L;
        for (var i = 0; i < axes.Count; i++)
        {
            if (axes[i].Values.Count == 0)
            {
                throw Invalid(axes[i].Path, "no value", "at least one value");
            }

            if (DataKeys.Contains(axes[i].Path.Split('.', '[')[0]))
            {
                throw Invalid(axes[i].Path, "a choice of data", "a path outside of " + string.Join(", ", DataKeys) + ": all variants of a sweep share their bars");
            }

            if (axes[i].Path is "name" or "description")
            {
                throw Invalid(axes[i].Path, "what a strategy is called", "a path that changes what it does");
            }

            if (axes[i].Values.GroupBy(v => v.GetRawText(), StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } repeated)
            {
                throw Invalid(axes[i].Path, $"given {repeated.Key} {repeated.Count()} times", "each value once");
            }

            if (axes.Take(i).Any(a => a.Path == axes[i].Path))
            {
                throw Invalid(axes[i].Path, "given twice", "each path once");
            }

            combinations = checked(combinations * Math.Min(axes[i].Values.Count, int.MaxValue));
            if (combinations > int.MaxValue)
            {
                throw Invalid("parameters", $"more than {int.MaxValue} combinations", $"at most {int.MaxValue}");
            }
        }

        return combinations;
    }

    /// <summary>Distinct numbers in ascending order, by Floyd's algorithm: as many draws as numbers, however many there are to choose from.</summary>
    private static int[] Sample(long combinations, int count, ulong seed)
    {
        var generator = new Generator(seed, "sweep");
        var chosen = new SortedSet<int>();
        for (var last = (int)combinations - count; last < combinations; last++)
        {
            var drawn = generator.NextInt(last + 1);
            if (!chosen.Add(drawn))
            {
                chosen.Add(last);
            }
        }

        return [.. chosen];
    }

    /// <summary>Puts the value at the path. The last key may be new (the canonical form leaves out what does not count); what leads to it must be there.</summary>
    private static void Set(JsonNode root, string path, JsonElement value)
    {
        var keys = path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries);
        var node = root;
        for (var i = 0; i < keys.Length; i++)
        {
            var isLast = i == keys.Length - 1;
            if (keys[i].StartsWith('[') && int.TryParse(keys[i].AsSpan()[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var index) && node is JsonArray list && index < list.Count)
            {
                if (isLast)
                {
                    list[index] = JsonNode.Parse(value.GetRawText());
                    return;
                }

                node = list[index]!;
            }
            else if (node is JsonObject mapping && isLast)
            {
                mapping[keys[i]] = JsonNode.Parse(value.GetRawText());
                return;
            }
            else if (node is JsonObject inner && inner[keys[i]] is { } child)
            {
                node = child;
            }
            else
            {
                var allowed = node is JsonObject known ? string.Join(", ", known.Select(k => k.Key)) : node is JsonArray items ? $"[0] to [{items.Count - 1}]" : "nothing below it";
                throw Invalid(path, $"not in the document, which has no {string.Join('.', keys.Take(i + 1)).Replace(".[", "[", StringComparison.Ordinal)}", $"after {(i == 0 ? "the document's root" : string.Join('.', keys.Take(i)).Replace(".[", "[", StringComparison.Ordinal))}: {allowed}");
            }
        }

        throw Invalid("parameters", "an empty path", "a path such as indicators.rsi_14.period");
    }

    private static InvalidInputException Invalid(string path, string value, string allowed) =>
        new(new Problem("invalid_grid", path, $"{path} is {value}; allowed: {allowed}.") { Value = value, Allowed = allowed });
}
