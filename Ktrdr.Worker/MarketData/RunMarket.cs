using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.MarketData;

/// <summary>Everything that a run may see: the pinned dataset, those of the strategy's other symbols, and its context series. All of it is unsealed.</summary>
internal sealed record RunMarket(PinnedBars Pinned, IReadOnlyList<PinnedBars> More)
{
    public static async Task<RunMarket> ReadAsync(BarSource source, OperationContext context, string? dataset, IReadOnlyList<string> more)
    {
        var pinned = await source.ReadAsync(context, dataset).ConfigureAwait(false);
        var others = new List<PinnedBars>();
        foreach (var id in more)
        {
            others.Add(await source.ReadAsync(context, id).ConfigureAwait(false));
        }

        return new RunMarket(pinned, others);
    }

    public DatasetVersion Dataset => Pinned.Dataset;

    /// <summary>The bars of a strategy up to a moment, which is a bar's open time, exclusive.</summary>
    /// <exception cref="OperationFailedException">A series the strategy needs is not pinned, or is sealed before that moment.</exception>
    public MarketView Before(StrategyDocument strategy, long end) => Before([strategy], end);

    /// <summary>The same for strategies that run together: the symbols of the first, the context series of all.</summary>
    public MarketView Before(IReadOnlyList<StrategyDocument> strategies, long end)
    {
        var strategy = strategies[0];

        // A model may be run on another symbol than it was trained on: then that one stands alone.
        var isOwn = strategy.TrainingData.Symbol == Dataset.Symbol;
        IReadOnlyList<BarSeries> symbols = isOwn ? [.. strategy.TrainingData.Symbols.Select(symbol => Find(symbol, Dataset.Timeframe, end).Bars)] : [Pinned.Bars];
        return new MarketView(symbols, Context(strategies, end)).Before(end);
    }

    /// <summary>The unsealed bars of one symbol as if it were the only one, as far as no context series of the strategy is sealed.</summary>
    /// <exception cref="OperationFailedException">A context series is not pinned.</exception>
    public MarketView Alone(StrategyDocument strategy, PinnedBars symbol)
    {
        var ends = strategy.ContextData.SelectMany(ContextSeries.Needed).Select(needed => Require(needed.Symbol, needed.Timeframe))
            .Where(series => series.Bars.Count < series.Dataset.Bars).Select(series => series.Dataset.SealedFrom.ToUnixTimeMilliseconds());
        var end = ends.Append(symbol.Bars.Count == 0 ? long.MinValue : symbol.Bars.Times[^1] + 1).Min();
        return new MarketView([symbol.Bars], Context([strategy], end)).Before(end);
    }

    /// <param name="timeframe">Null where any will do. A symbol may be there twice: what is traded, and wider bars of it as context.</param>
    /// <returns>Null where it is not pinned.</returns>
    public PinnedBars? Find(string symbol, string? timeframe) =>
        More.Prepend(Pinned).FirstOrDefault(m => m.Dataset.Symbol == symbol && (timeframe is null || m.Dataset.Timeframe == timeframe));

    private Dictionary<string, BarSeries> Context(IReadOnlyList<StrategyDocument> strategies, long end)
    {
        var sources = new Dictionary<string, BarSeries>(StringComparer.Ordinal);
        foreach (var spec in strategies.SelectMany(s => s.ContextData))
        {
            foreach (var (id, series) in ContextSeries.Of(spec, (symbol, timeframe) => Find(symbol, timeframe, end).Bars))
            {
                sources[id] = series;
            }
        }

        return sources;
    }

    private PinnedBars Require(string symbol, string? timeframe) => Find(symbol, timeframe)
        ?? throw new OperationFailedException(ErrorCodes.InvalidField, $"more_datasets has none of {$"{symbol} {timeframe}".TrimEnd()}, which the strategy needs; allowed: one dataset version of each of its symbols and context series.");

    private PinnedBars Find(string symbol, string? timeframe, long end)
    {
        var found = Require(symbol, timeframe);

        // A series that stops at its seal would stand still while the window goes on.
        var sealedFrom = found.Dataset.SealedFrom.ToUnixTimeMilliseconds();
        return found.Bars.Count < found.Dataset.Bars && sealedFrom < end
            ? throw new OperationFailedException(ErrorCodes.Sealed, $"the window ends at {DateTimeOffset.FromUnixTimeMilliseconds(end):O}, but {symbol} {found.Dataset.Timeframe} is sealed from {found.Dataset.SealedFrom:O}; allowed: a window that ends before.")
            : found;
    }
}
