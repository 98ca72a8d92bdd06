using Ktrdr.Api.MarketData;
using Ktrdr.Api.Models;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Strategies;
using Microsoft.AspNetCore.Mvc;

namespace Ktrdr.Api.Strategies;

/// <summary>Starts the check whether a strategy sees the future. Workers do it: the Api executes nothing.</summary>
internal static class LookaheadEndpoints
{
    private const int MostCutPoints = 100;

    public static void MapLookahead(this RouteGroupBuilder strategies) => strategies.MapPost("/lookahead", StartAsync).Requires(Access.Research);

    private static async Task<IResult> StartAsync(
        LookaheadRequest request, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context, DatasetStore datasets, RunDatasets others, OperationService operations, Idempotency idempotency,
        CancellationToken cancellationToken)
    {
        StrategyEndpoints.RequireText(request.Document, "document");
        if (request.CutPoints is < 1 or > MostCutPoints)
        {
            throw ApiException.Invalid("cut_points", request.CutPoints, $"1 to {MostCutPoints}");
        }

        var reading = StrategyReader.Read(request.Document);
        var document = reading.Document ?? throw ProblemGate.FromProblems(422, ErrorCodes.InvalidDocument, reading.Problems);
        var pinned = await PinAsync(request, document, datasets, others, cancellationToken);
        var operation = new NewOperation(OperationTypes.LookaheadCheck, KtrdrJson.ToElement(pinned), Caller.Of(context).Actor)
        {
            StrategyHash = StrategyHash.Of(document),
            Dataset = pinned.Dataset,
            Seed = request.Seed,
        };
        return Accepted.Operation(await idempotency.RunAsync("strategies/lookahead", key, request, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }

    /// <summary>The request with every dataset version named: of each of the strategy's symbols that has data, and of the context series.</summary>
    private static async Task<LookaheadRequest> PinAsync(LookaheadRequest request, StrategyDocument document, DatasetStore datasets, RunDatasets others, CancellationToken cancellationToken)
    {
        var data = document.TrainingData;
        var chosen = request.Dataset is { } named ? await datasets.ResolveAsync(named, data.Symbol, data.BaseTimeframe, cancellationToken) : null;
        var timeframe = chosen?.Timeframe ?? data.BaseTimeframe;
        string[] symbols = chosen is null ? [.. data.Symbols] : data.Symbols.Contains(chosen.Symbol) ? [.. data.Symbols.Where(symbol => symbol != chosen.Symbol)] : [];
        var known = await others.PinKnownAsync(document, symbols, timeframe, request.MoreDatasets, cancellationToken);
        var first = chosen ?? known.FirstOrDefault(row => symbols.Contains(row.Symbol) && row.Timeframe == timeframe)
            ?? throw new ApiException(404, ErrorCodes.NotFound, $"there is no data for {string.Join(", ", symbols.Select(symbol => ApiException.Shown(symbol)))} {timeframe}; 'ktrdr data import' or 'ktrdr data generate' makes some") { Field = "symbol" };
        return request with { Dataset = first.Id, MoreDatasets = [.. known.Where(row => row.Id != first.Id).Select(row => row.Id)] };
    }
}
