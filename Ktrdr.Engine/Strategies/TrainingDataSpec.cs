namespace Ktrdr.Engine.Strategies;

/// <summary>What the strategy is trained on.</summary>
/// <param name="Symbols">The instruments, as written and in document order, at least one, each once.</param>
/// <param name="Timeframes">Names such as "1h" in document order, at least one.</param>
/// <param name="BaseTimeframe">One of <paramref name="Timeframes"/>: its bars are the rows of the feature matrix and the moments of decision.</param>
/// <param name="HistoryRequired">Bars of the base timeframe that must lie before the first usable row; null where the warm-up of the indicators alone decides.</param>
/// <param name="StartDate">Where training begins unless the request says otherwise; null: the window's first bar.</param>
/// <param name="EndDate">Where training ends, exclusive, unless the request says otherwise; null: the window's end.</param>
public sealed record TrainingDataSpec(
    Sequence<string> Symbols, Sequence<string> Timeframes, string BaseTimeframe, int? HistoryRequired = null, DateTimeOffset? StartDate = null, DateTimeOffset? EndDate = null)
{
    public TrainingDataSpec(string symbol, Sequence<string> timeframes, string baseTimeframe, int? historyRequired = null)
        : this([symbol], timeframes, baseTimeframe, historyRequired)
    {
    }

    /// <summary>The first of <see cref="Symbols"/>.</summary>
    public string Symbol => Symbols[0];
}

public enum ContextProvider
{
    /// <summary>Another instrument's bars.</summary>
    Ib,

    /// <summary>Series of the Federal Reserve's economic data.</summary>
    Fred,

    /// <summary>The CFTC's commitments of traders.</summary>
    CftcCot,
}

/// <summary>One entry of <c>context_data</c>: series from outside the traded bars.</summary>
/// <param name="Provider">Where the series comes from.</param>
/// <param name="Symbol">ib: the instrument.</param>
/// <param name="Timeframe">ib: its timeframe; null means 1h.</param>
/// <param name="Series">fred: the series, at least one; with two or more the spread of each pair is a source too.</param>
/// <param name="Report">cftc_cot: the instrument's code in the report.</param>
/// <param name="PublicationLagHours">How long after its own bar's end a value is published; null: the provider's documented lag.</param>
public sealed record ContextDataSpec(
    ContextProvider Provider, string? Symbol = null, string? Timeframe = null, Sequence<string>? Series = null, string? Report = null, double? PublicationLagHours = null)
{
    /// <summary>Ids that an indicator's <c>data_source</c> may name, in the original's order.</summary>
    public IReadOnlyList<string> SourceIds() => Provider switch
    {
        ContextProvider.Ib => [Symbol!],
        ContextProvider.Fred => [.. Series!.Select(s => $"fred_{s}"), .. Spreads().Select(p => $"yield_spread_{p.First}_{p.Second}")],
        _ => [$"cot_{Report}_net_pos", $"cot_{Report}_net_pct"],
    };

    /// <summary>Every pair of <see cref="Series"/> in document order; the spread is the first less the second.</summary>
    public IEnumerable<(string First, string Second)> Spreads()
    {
        var series = Series ?? [];
        for (var i = 0; i < series.Count; i++)
        {
            for (var j = i + 1; j < series.Count; j++)
            {
                yield return (series[i], series[j]);
            }
        }
    }
}
