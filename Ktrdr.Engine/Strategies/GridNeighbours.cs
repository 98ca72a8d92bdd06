using System.Globalization;
using System.Text.Json;

namespace Ktrdr.Engine.Strategies;

/// <summary>
/// Which combinations of a grid differ by one step of one value. Numbers are a step apart where no other value of their axis lies between them; of anything else (names, switches, lists)
/// every other value is one step away.
/// </summary>
/// <param name="axes">What is varied, in any order of values.</param>
public sealed class GridNeighbours(IReadOnlyList<GridAxis> axes)
{
    private readonly IReadOnlyList<Scale> _scales = [.. axes.Select(Scale.Of)];

    /// <summary>Each combination's neighbours among the others.</summary>
    /// <param name="combinations">Value by path. One that lacks an axis, or has a value that its axis lacks, has no neighbours.</param>
    /// <returns>For a place in <paramref name="combinations"/>: the places of its neighbours and the axis they differ in, by axis and then by place.</returns>
    public Func<int, IReadOnlyList<(int Place, GridAxis Axis)>> Among(IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> combinations)
    {
        var points = combinations.Select(PointOf).ToArray();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < points.Length; i++)
        {
            if (points[i] is { } point)
            {
                places.TryAdd(KeyOf(point), i);
            }
        }

        return place => points[place] is { } point ? [.. Steps(point).Select(step => (Place: places.GetValueOrDefault(step.Key, -1), step.Axis)).Where(found => found.Place >= 0)] : [];
    }

    private IEnumerable<(string Key, GridAxis Axis)> Steps(int[] point)
    {
        for (var a = 0; a < point.Length; a++)
        {
            for (var other = 0; other < _scales[a].Values.Count; other++)
            {
                if (other != point[a] && (!_scales[a].IsOrdered || Math.Abs(other - point[a]) == 1))
                {
                    int[] step = [.. point];
                    step[a] = other;
                    yield return (KeyOf(step), axes[a]);
                }
            }
        }
    }

    private int[]? PointOf(IReadOnlyDictionary<string, JsonElement> values)
    {
        var point = new int[axes.Count];
        for (var a = 0; a < point.Length; a++)
        {
            point[a] = values.TryGetValue(axes[a].Path, out var value) ? _scales[a].RankOf(value) : -1;
            if (point[a] < 0)
            {
                return null;
            }
        }

        return point;
    }

    private static string KeyOf(int[] point) => string.Join(' ', point.Select(p => p.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The distinct values of an axis, numbers in rising order.</summary>
    private sealed record Scale(IReadOnlyList<JsonElement> Values, bool IsOrdered)
    {
        public static Scale Of(GridAxis axis)
        {
            var distinct = new List<JsonElement>();
            foreach (var value in axis.Values)
            {
                if (!distinct.Exists(known => JsonElement.DeepEquals(known, value)))
                {
                    distinct.Add(value);
                }
            }

            var isOrdered = distinct.TrueForAll(v => v.ValueKind == JsonValueKind.Number);
            return new Scale(isOrdered ? [.. distinct.OrderBy(v => v.GetDouble())] : distinct, isOrdered);
        }

        public int RankOf(JsonElement value)
        {
            for (var i = 0; i < Values.Count; i++)
            {
                if (JsonElement.DeepEquals(Values[i], value))
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
