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
        var dataset = await datasets.ResolveAsync(request.Dataset, document.TrainingData.Symbol, document.TrainingData.BaseTimeframe, cancellationToken);
        var pinned = request with { Dataset = dataset.Id, MoreDatasets = await others.PinAsync(request.Document, dataset.Timeframe, request.MoreDatasets, cancellationToken) };
        var operation = new NewOperation(OperationTypes.LookaheadCheck, KtrdrJson.ToElement(pinned), Caller.Of(context).Actor)
        {
            StrategyHash = StrategyHash.Of(document),
            Dataset = dataset.Id,
            Seed = request.Seed,
        };
        return Accepted.Operation(await idempotency.RunAsync("strategies/lookahead", key, request, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }
}
