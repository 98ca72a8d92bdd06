using Ktrdr.Api.MarketData;
using Ktrdr.Api.Models;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Api.Security;
using Ktrdr.Api.Strategies;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.Strategies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Backtests;

/// <summary>Starts backtests and reads what they gave.</summary>
internal static class BacktestEndpoints
{
    private static readonly string[] Windows = [DataWindows.Train, DataWindows.Validation, DataWindows.Test, DataWindows.Unsealed];

    public static void MapBacktests(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/backtests").WithTags("runs");
        group.MapPost("/start", StartAsync).Requires(Access.Research);
        group.MapGet("/{id}", (string id, BacktestStore store, CancellationToken ct) => store.GetAsync(id, ct)).Requires(Access.Read);
        group.MapGet("/{id}/trades", (string id, BacktestStore store, CancellationToken ct) => store.TradesAsync(id, ct)).Requires(Access.Read);
        group.MapGet("/{id}/orders", (string id, BacktestStore store, CancellationToken ct) => store.OrdersAsync(id, ct)).Requires(Access.Read);
        group.MapGet("/{id}/equity", (string id, BacktestStore store, CancellationToken ct) => store.EquityAsync(id, ct)).Requires(Access.Read);
    }

    private static async Task<IResult> StartAsync(
        BacktestRequest request, [FromHeader(Name = Idempotency.Header)] string? key, string? parent, string? campaign, HttpContext context, KtrdrDatabase database,
        StrategyStore strategies, EnsembleModels ensembles, DatasetStore datasets, RunDatasets others, RunRules rules, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        Check(request);
        await rules.CheckExperimentAsync(request.ExperimentId, cancellationToken);
        var ensemble = request.Ensemble is null ? null : await ensembles.ResolveAsync(request, cancellationToken);
        var model = ensemble?.Gate ?? await ResolveModelAsync(request, database, strategies, cancellationToken);
        var dataset = await datasets.ResolveAsync(request.Dataset ?? model.Dataset, model.Symbol, model.Timeframe, cancellationToken);
        if (dataset.Timeframe != model.Timeframe)
        {
            throw ApiException.Invalid("dataset", $"{dataset.Symbol} {dataset.Timeframe}", $"a dataset of timeframe {model.Timeframe}, the model's");
        }

        RunRules.CheckDates(request.Start, request.End, dataset);
        var documents = ensemble?.Strategies ?? [(await strategies.RequireAsync(model.StrategyHash, null, cancellationToken)).Document];
        if (ensemble is null)
        {
            StrategyReader.Parse(documents[0], lenient: true).RequireTrades();
        }

        var pinned = request with
        {
            Model = ensemble is null ? model.Id : null,
            Strategy = ensemble is null ? model.StrategyHash : null,
            Ensemble = ensemble?.Document,
            Members = ensemble?.Members ?? new Dictionary<string, string>(),
            Dataset = dataset.Id,
            MoreDatasets = await others.PinAsync(documents, dataset.Timeframe, request.MoreDatasets, cancellationToken),
        };
        var operation = new NewOperation(OperationTypes.Backtest, KtrdrJson.ToElement(pinned), Caller.Of(context).Actor)
        {
            ParentId = parent,
            CampaignId = campaign,
            Backend = request.Backend,
            Purpose = request.Purpose,
            ExperimentId = request.ExperimentId,
            StrategyHash = ensemble?.Hash ?? model.StrategyHash,
            Dataset = dataset.Id,
            Window = Json.Read<DatasetVersion>(dataset.Document).WindowOf(request.Window, request.End),
            Seed = Json.Read<TrainingResult>(model.Training).Seed,
        };
        return Accepted.Operation(await idempotency.RunAsync(
            "backtests/start", key, new { request, parent, campaign }, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }

    private static void Check(BacktestRequest request)
    {
        RunRules.CheckPurpose(request.Purpose);
        RunRules.CheckBackend(request.Backend);
        if (request.Ensemble is not null && (request.Model ?? request.Strategy) is { } beside)
        {
            throw ApiException.Invalid("ensemble", $"a document beside {(request.Model is null ? "strategy" : "model")} {beside}", "either an ensemble, or a model or strategy");
        }

        if (request.Ensemble is null && request.Members.Count > 0)
        {
            throw ApiException.Invalid("members", string.Join(", ", request.Members.Keys), "none without an ensemble");
        }

        if (request.Window == DataWindows.Sealed)
        {
            throw new ApiException(403, ErrorCodes.Sealed, $"window = sealed is not open to backtests; allowed: {string.Join(", ", Windows)}") { Field = "window", Allowed = string.Join(", ", Windows) };
        }

        if (request.Window is not null && !Windows.Contains(request.Window))
        {
            throw ApiException.Invalid("window", request.Window, string.Join(", ", Windows));
        }

        if (request.Window is not null == (request.Start is not null || request.End is not null))
        {
            throw ApiException.Invalid("window", request.Window, "either a window, or dates (start, end or both)");
        }

        var wanted = request.Purpose switch
        {
            RunPurposes.Trial => DataWindows.Validation,
            RunPurposes.Nomination => DataWindows.Test,
            RunPurposes.Ablation => throw ApiException.Invalid("purpose", request.Purpose, $"{RunPurposes.Trial}, {RunPurposes.Nomination}, {RunPurposes.Manual}"),
            _ => null,
        };
        if (wanted is not null && request.Window != wanted)
        {
            throw ApiException.Invalid("window", request.Window, $"{wanted} for purpose {request.Purpose}");
        }

        RunRules.CheckAccount(request.InitialCapital, request.Commission, request.Slippage);
    }

    private static async Task<ModelRow> ResolveModelAsync(BacktestRequest request, KtrdrDatabase database, StrategyStore strategies, CancellationToken cancellationToken)
    {
        if (request.Model is { } id)
        {
            return await database.Models.SingleOrDefaultAsync(m => m.Id == id, cancellationToken) ?? throw ApiException.NotFound("model", id);
        }

        if (request.Strategy is null)
        {
            throw ApiException.Invalid("model", null, "the id of a model, strategy to take its latest model, or the text of an ensemble");
        }

        var strategy = await strategies.RequireAsync(request.Strategy, null, cancellationToken);
        return await database.Models.Where(m => m.StrategyHash == strategy.Hash && m.Purpose != RunPurposes.Ablation).OrderByDescending(m => m.Id).FirstOrDefaultAsync(cancellationToken)
            ?? throw new ApiException(404, ErrorCodes.NotFound, $"strategy {strategy.Name} has no trained model; 'ktrdr train {strategy.Name}' makes one") { Field = "strategy" };
    }
}
