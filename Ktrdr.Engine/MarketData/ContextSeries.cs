using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.MarketData;

/// <summary>The series by source id that a strategy's <c>context_data</c> names, made of stored ones.</summary>
public static class ContextSeries
{
    /// <summary>Symbols and timeframes of the stored series that an entry is made of; the timeframe is null where any will do.</summary>
    public static IReadOnlyList<(string Symbol, string? Timeframe)> Needed(ContextDataSpec spec) => spec.Provider switch
    {
        ContextProvider.Ib => [(spec.Symbol!, spec.Timeframe ?? Timeframe.OneHour.Name)],
        ContextProvider.Fred => [.. spec.Series!.Select(series => ($"fred_{series}", (string?)null))],
        _ => [($"cot_{spec.Report}_net_pos", null)],
    };

    /// <summary>
    /// All sources of an entry (<see cref="ContextDataSpec.SourceIds"/>): the stored series, spreads of yields, percentiles of positions over
    /// <see cref="CommitmentsOfTraders.LongWindow"/> weeks. A lag that the entry states replaces the one stored.
    /// </summary>
    /// <param name="spec">The entry.</param>
    /// <param name="stored">The stored series of a symbol and timeframe of <see cref="Needed"/>.</param>
    public static IReadOnlyDictionary<string, BarSeries> Of(ContextDataSpec spec, Func<string, string?, BarSeries> stored)
    {
        var sources = new SortedDictionary<string, BarSeries>(StringComparer.Ordinal);
        foreach (var (symbol, timeframe) in Needed(spec))
        {
            var series = stored(symbol, timeframe);
            sources[symbol] = spec.PublicationLagHours is not { } hours ? series
                : spec.Provider == ContextProvider.Ib ? series.With(series.Calendar, (long)Math.Ceiling(hours * Durations.Hour))
                : ExternalSeries.WithPublicationLag(series, hours);
        }

        switch (spec.Provider)
        {
            case ContextProvider.Fred:
                foreach (var (first, second) in spec.Spreads())
                {
                    sources[$"yield_spread_{first}_{second}"] = ExternalSeries.Spread(sources[$"fred_{first}"], sources[$"fred_{second}"]);
                }

                break;
            case ContextProvider.CftcCot:
                sources[$"cot_{spec.Report}_net_pct"] = CommitmentsOfTraders.Percentile(sources[$"cot_{spec.Report}_net_pos"]);
                break;
        }

        return sources;
    }
}
