using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Features;

/// <summary>Everything that a strategy's features are made of, for one symbol.</summary>
/// <param name="Bars">Bars of the symbol by timeframe name, each from the dataset's first bar.</param>
public sealed record FeatureInputs(IReadOnlyDictionary<string, BarSeries> Bars)
{
    private static readonly IReadOnlyDictionary<string, BarSeries> None = new SortedDictionary<string, BarSeries>(StringComparer.Ordinal);

    /// <summary>Series from outside the traded bars by source id, each with the publication lag after which its values may be used.</summary>
    public IReadOnlyDictionary<string, BarSeries> Context { get; init; } = None;

    /// <summary>The same with every series replaced by what <paramref name="change"/> makes of it, in a fixed order: bars by timeframe name, then context by source id.</summary>
    internal FeatureInputs Map(Func<BarSeries, BarSeries> change) => new(Map(Bars, change)) { Context = Map(Context, change) };

    /// <summary>How many bars of a series are available at a moment: its index of the first one that is not.</summary>
    internal static int KnownAt(BarSeries bars, long now)
    {
        var (low, high) = (0, bars.Count);
        while (low < high)
        {
            var middle = low + ((high - low) >> 1);
            if (bars.AvailableAt(middle) <= now)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static SortedDictionary<string, BarSeries> Map(IReadOnlyDictionary<string, BarSeries> series, Func<BarSeries, BarSeries> change)
    {
        var changed = new SortedDictionary<string, BarSeries>(StringComparer.Ordinal);
        foreach (var name in series.Keys.Order(StringComparer.Ordinal))
        {
            changed.Add(name, change(series[name]));
        }

        return changed;
    }
}
