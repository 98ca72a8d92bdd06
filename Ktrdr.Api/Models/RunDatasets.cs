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
        var needed = strategies[0].TrainingData.Symbols.Skip(1).Select(symbol => (Symbol: symbol, Timeframe: (string?)timeframe))
            .Concat(strategies.SelectMany(s => s.ContextData).SelectMany(ContextSeries.Needed)).Distinct().ToList();
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

        var pinned = new List<string>();
        foreach (var need in needed)
        {
            var row = given.FirstOrDefault(g => Fits(g, need)) ?? (need.Timeframe is { } exact
                ? await datasets.ResolveAsync(null, need.Symbol, exact, cancellationToken)
                : await datasets.FindLatestAsync(need.Symbol, null, cancellationToken)
                    ?? throw new ApiException(404, Contracts.ErrorCodes.NotFound, $"there is no data for {ApiException.Shown(need.Symbol)}, which context_data needs; 'ktrdr data import' brings it") { Field = "context_data" });
            pinned.Add(row.Id);
        }

        return pinned;
    }

    private static bool Fits(DatasetRow row, (string Symbol, string? Timeframe) need) => row.Symbol == need.Symbol && (need.Timeframe is null || need.Timeframe == row.Timeframe);
}
