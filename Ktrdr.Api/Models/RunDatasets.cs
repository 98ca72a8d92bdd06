using Ktrdr.Api.MarketData;
using Ktrdr.Api.Persistence;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Api.Models;

/// <summary>Which dataset versions a run sees besides its first symbol's: the strategy's other symbols and its context series, each pinned when the run is accepted.</summary>
internal sealed class RunDatasets(DatasetStore datasets)
{
    public Task<IReadOnlyList<string>> PinAsync(string document, string timeframe, IReadOnlyList<string> named, CancellationToken cancellationToken) => PinAsync([document], timeframe, named, cancellationToken);

    /// <param name="documents">What runs together: the symbols of the first, the context series of all.</param>
    /// <param name="timeframe">Of the bars.</param>
    /// <param name="named">Versions that the request names; what is not among them is the latest.</param>
    /// <exception cref="ApiException">A named version is unknown or of something the strategy does not use, or there is no data for something it does.</exception>
    public async Task<IReadOnlyList<string>> PinAsync(IReadOnlyList<string> documents, string timeframe, IReadOnlyList<string> named, CancellationToken cancellationToken)
    {
        var strategies = documents.Select(d => StrategyReader.Parse(d, lenient: true)).ToList();
        var rows = await PinAsync([.. strategies[0].TrainingData.Symbols.Skip(1).Select(symbol => new Need(symbol, timeframe)), .. ContextOf(strategies)], named, cancellationToken);
        return [.. rows.Select(row => row.Id)];
    }

    /// <summary>Those of some symbols that have data, in their order, then the context series, which must be there.</summary>
    /// <exception cref="ApiException">A named version is unknown or of something that is not needed, or there is no data for a context series.</exception>
    public Task<IReadOnlyList<DatasetRow>> PinKnownAsync(StrategyDocument strategy, IReadOnlyList<string> symbols, string timeframe, IReadOnlyList<string> named, CancellationToken cancellationToken)
        => PinAsync([.. symbols.Select(symbol => new Need(symbol, timeframe, MayLack: true)), .. ContextOf([strategy])], named, cancellationToken);

    private async Task<IReadOnlyList<DatasetRow>> PinAsync(IReadOnlyList<Need> all, IReadOnlyList<string> named, CancellationToken cancellationToken)
    {
        // What is a symbol and context at once must be there.
        var needed = all.GroupBy(n => (n.Symbol, n.Timeframe)).Select(same => same.First() with { MayLack = same.All(n => n.MayLack) }).ToList();
        var given = new List<DatasetRow>();
        foreach (var id in named.Distinct())
        {
            var row = await datasets.FindAsync(id, cancellationToken) ?? throw ApiException.NotFound("dataset", id);
            if (!needed.Any(n => Fits(row, n)))
            {
                throw ApiException.Invalid("more_datasets", $"{row.Symbol} {row.Timeframe}", needed.Count == 0 ? "none: the strategy has one symbol and no context_data" : string.Join(", ", needed.Select(n => $"{n.Symbol} {n.Timeframe}".TrimEnd())));
            }

            given.Add(row);
        }

        var pinned = new List<DatasetRow>();
        foreach (var need in needed)
        {
            var row = given.FirstOrDefault(g => Fits(g, need)) ?? (need switch
            {
                { MayLack: true } => await datasets.FindLatestAsync(need.Symbol, need.Timeframe, cancellationToken),
                { Timeframe: { } exact } => await datasets.ResolveAsync(null, need.Symbol, exact, cancellationToken),
                _ => await datasets.FindLatestAsync(need.Symbol, null, cancellationToken)
                    ?? throw new ApiException(404, Contracts.ErrorCodes.NotFound, $"there is no data for {ApiException.Shown(need.Symbol)}, which context_data needs; 'ktrdr data import' brings it") { Field = "context_data" },
            });
            if (row is not null)
            {
                pinned.Add(row);
            }
        }

        return pinned;
    }

    private static IEnumerable<Need> ContextOf(IEnumerable<StrategyDocument> strategies) => strategies.SelectMany(s => s.ContextData).SelectMany(ContextSeries.Needed).Select(n => new Need(n.Symbol, n.Timeframe));

    private static bool Fits(DatasetRow row, Need need) => row.Symbol == need.Symbol && (need.Timeframe is null || need.Timeframe == row.Timeframe);

    /// <param name="Timeframe">Null where any will do.</param>
    /// <param name="MayLack">Left out where there is no data of it.</param>
    private sealed record Need(string Symbol, string? Timeframe, bool MayLack = false);
}
