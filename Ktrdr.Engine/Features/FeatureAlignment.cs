using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Features;

/// <summary>Which bar of another series each base bar sees: the last one that is available when the base bar is, inclusive.</summary>
internal sealed class FeatureAlignment(FeatureInputs inputs, BarSeries baseBars)
{
    private readonly Dictionary<(string Timeframe, string? Source), int[]?> _maps = [];

    /// <summary>For each base bar the index of the bar of a node's series that a column of <paramref name="timeframe"/> shows, -1 before the first; null where both are the same bars.</summary>
    /// <remarks>A context series is read at the close of the timeframe's last complete bar, so that a column changes only when its timeframe's bars do.</remarks>
    public int[]? Of(IndicatorNode node, string timeframe)
    {
        var key = (timeframe, node.IsContext ? node.Series : null);
        if (_maps.TryGetValue(key, out var map))
        {
            return map;
        }

        var bars = inputs.Bars[timeframe];
        map = ReferenceEquals(bars, baseBars) ? null : Align(baseBars, bars);
        if (node.IsContext)
        {
            var context = Align(bars, node.In(inputs));
            map = map is null ? context : Array.ConvertAll(map, at => at < 0 ? -1 : context[at]);
        }

        return _maps[key] = map;
    }

    internal static int[] Align(BarSeries baseBars, BarSeries other)
    {
        var map = GC.AllocateUninitializedArray<int>(baseBars.Count);
        var last = -1;
        for (var row = 0; row < map.Length; row++)
        {
            var now = baseBars.AvailableAt(row);
            while (last + 1 < other.Count && other.AvailableAt(last + 1) <= now)
            {
                last++;
            }

            map[row] = last;
        }

        return map;
    }
}
