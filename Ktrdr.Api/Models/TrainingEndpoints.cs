using Ktrdr.Api.MarketData;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Api.Security;
using Ktrdr.Api.Strategies;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Models;

/// <summary>Starts trainings and reads the models that came of them.</summary>
internal static class TrainingEndpoints
{
    private const int MostDroppedInputs = 100;

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/trainings/start", StartAsync).Requires(Access.Research).WithTags("runs");
        var group = routes.MapGroup("/api/v1/models").WithTags("models");
        group.MapModelReading();
        group.MapGet("/", ListAsync).Requires(Access.Read);
        group.MapGet("/{id}", async (string id, KtrdrDatabase database, CancellationToken ct)
            => ModelMapping.ToModel(await database.Models.SingleOrDefaultAsync(m => m.Id == id, ct) ?? throw ApiException.NotFound("model", id))).Requires(Access.Read);
    }

    private static async Task<IResult> StartAsync(
        TrainingRequest request, [FromHeader(Name = Idempotency.Header)] string? key, string? parent, string? campaign, HttpContext context,
        StrategyStore strategies, DatasetStore datasets, RunDatasets others, RunRules rules, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        Check(request);
        await rules.CheckExperimentAsync(request.ExperimentId, cancellationToken);
        var strategy = await strategies.RequireAsync(request.Strategy, null, cancellationToken);
        var dataset = await datasets.ResolveAsync(request.Dataset, request.Symbol ?? strategy.Symbol, request.Timeframe ?? strategy.Timeframe, cancellationToken);
        if (dataset.Timeframe != strategy.Timeframe)
        {
            throw ApiException.Invalid("timeframe", dataset.Timeframe, $"{strategy.Timeframe}, the base timeframe of strategy {strategy.Name}");
        }

        RunRules.CheckDates(request.Start, request.End, dataset);

        // What runs is pinned: a strategy saved or data imported while this waits changes nothing.
        var pinned = request with
        {
            Strategy = strategy.Hash,
            Dataset = dataset.Id,
            Symbol = dataset.Symbol,
            Timeframe = dataset.Timeframe,
            MoreDatasets = await others.PinAsync(strategy.Document, dataset.Timeframe, request.MoreDatasets, cancellationToken),
        };
        var operation = new NewOperation(OperationTypes.Training, KtrdrJson.ToElement(pinned), Caller.Of(context).Actor)
        {
            ParentId = parent,
            CampaignId = campaign,
            Backend = request.Backend,
            Gpu = request.Backend == RunRules.CudaBackend ? SlotChoice.GpuRequired : SlotChoice.GpuPreferred,
            Purpose = request.Purpose,
            ExperimentId = request.ExperimentId,
            StrategyHash = strategy.Hash,
            Dataset = dataset.Id,
            // A trial whose training fails was a trial of the validation window; an ablation never leaves the train window.
            Window = request.Purpose == RunPurposes.Trial ? DataWindows.Validation : DataWindows.Train,
            Seed = request.Seed,
        };
        return Accepted.Operation(await idempotency.RunAsync(
            "trainings/start", key, new { request, parent, campaign }, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }

    /// <summary>What the request says by itself, before anything is looked up.</summary>
    private static void Check(TrainingRequest request)
    {
        RunRules.CheckEpochs(request.Epochs);
        if (request.Window is not (DataWindows.Train or DataWindows.Unsealed))
        {
            throw ApiException.Invalid("window", request.Window, $"{DataWindows.Train}, {DataWindows.Unsealed}");
        }

        if (request.DroppedInputs.Count > MostDroppedInputs)
        {
            throw ApiException.Invalid("dropped_inputs", $"{request.DroppedInputs.Count} names", $"at most {MostDroppedInputs}");
        }

        if (request.Purpose == RunPurposes.Nomination)
        {
            throw ApiException.Invalid("purpose", request.Purpose, $"{RunPurposes.Trial}, {RunPurposes.Ablation}, {RunPurposes.Manual}");
        }

        RunRules.CheckSeeds(request.Seed, request.Seeds);
        RunRules.CheckPurpose(request.Purpose);
        RunRules.CheckBackend(request.Backend);
    }

    private static async Task<Page<ModelSummary>> ListAsync(string? strategy, string? after, int? limit, KtrdrDatabase database, CancellationToken cancellationToken)
    {
        var most = Paging.Limit(limit, 50, 500);
        var rows = await database.Models
            .Where(m => strategy == null || m.StrategyName == strategy || m.StrategyHash == strategy)
            .Where(m => after == null || string.Compare(m.Id, after) < 0)
            .OrderByDescending(m => m.Id).Take(most + 1).ToListAsync(cancellationToken);
        var page = rows.Take(most).Select(ModelMapping.ToSummary).ToList();
        return new Page<ModelSummary>(page, rows.Count > most ? page[^1].Id : null);
    }
}

internal static class ModelMapping
{
    public static Model ToModel(ModelRow row) => new()
    {
        Id = row.Id,
        Version = row.Version,
        OperationId = row.OperationId,
        Symbol = row.Symbol,
        Timeframe = row.Timeframe,
        Purpose = row.Purpose,
        Training = Json.Read<TrainingResult>(row.Training),
        CreatedAt = row.CreatedAt,
    };

    public static ModelSummary ToSummary(ModelRow row)
    {
        var training = Json.Read<TrainingResult>(row.Training);
        return new ModelSummary(
            row.Id, row.StrategyName, row.Version, row.Symbol, row.Timeframe, row.Purpose, row.OperationId,
            training.ValidationLoss, training.ValidationAccuracy, training.EpochsTrained, row.CreatedAt);
    }
}
