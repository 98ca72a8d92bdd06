using System.Text.Json;
using Ktrdr.Api.MarketData;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Api.Strategies;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.Strategies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Models;

/// <summary>What a model knows, in words: its rules, which were read when it was trained, and why it decides as it does at one bar, which a worker computes.</summary>
internal static class ModelReadingEndpoints
{
    private const int MostBackgroundRows = 1000;
    private const int MostPermutations = 100_000;

    public static void MapModelReading(this RouteGroupBuilder models)
    {
        models.MapGet("/{id}/rules", RulesAsync).Requires(Access.Read);
        models.MapPost("/{id}/explain", ExplainAsync).Requires(Access.Research);
    }

    private static async Task<ModelRules> RulesAsync(string id, KtrdrDatabase database, ArtifactStore artifacts, CancellationToken cancellationToken)
    {
        var training = Json.Read<TrainingResult>((await FindAsync(id, database, cancellationToken)).Training);
        if (training.RulesSha256 is not { } sha256)
        {
            throw new ApiException(404, ErrorCodes.NotFound, $"model {id} is of type {training.ModelKind} and has no rules; allowed: a model of type tsk") { Field = "id", Allowed = "a model of type tsk" };
        }

        await using var file = File.OpenRead(artifacts.PathOf(sha256));
        return await JsonSerializer.DeserializeAsync<ModelRules>(file, KtrdrJson.Options, cancellationToken)
            ?? throw new ApiException(500, ErrorCodes.Internal, $"the rules of model {id} are empty");
    }

    private static async Task<IResult> ExplainAsync(
        string id, ExplainRequest request, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context, KtrdrDatabase database, StrategyStore strategies, DatasetStore datasets, RunDatasets others,
        OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        if (request.BackgroundRows is < 1 or > MostBackgroundRows)
        {
            throw ApiException.Invalid("background_rows", request.BackgroundRows, $"1 to {MostBackgroundRows}");
        }

        if (request.Permutations is < 1 or > MostPermutations)
        {
            throw ApiException.Invalid("permutations", request.Permutations, $"1 to {MostPermutations}");
        }

        RunRules.CheckSeed(request.Seed);
        var model = await FindAsync(id, database, cancellationToken);
        var dataset = await datasets.ResolveAsync(request.Dataset ?? model.Dataset, model.Symbol, model.Timeframe, cancellationToken);
        if (dataset.Timeframe != model.Timeframe)
        {
            throw ApiException.Invalid("dataset", $"{dataset.Symbol} {dataset.Timeframe}", $"a dataset of timeframe {model.Timeframe}, the model's");
        }

        RunRules.CheckDates(request.Time, null, dataset, "time");
        var document = (await strategies.RequireAsync(model.StrategyHash, null, cancellationToken)).Document;
        var outputs = StrategyReader.Parse(document, lenient: true).Decisions.OutputFormat.Names();
        if (request.Output is { } output && !outputs.Contains(output))
        {
            throw ApiException.Invalid("output", output, string.Join(", ", outputs));
        }

        var pinned = request with { Model = model.Id, Dataset = dataset.Id, MoreDatasets = await others.PinAsync(document, dataset.Timeframe, request.MoreDatasets, cancellationToken) };
        var operation = new NewOperation(OperationTypes.Explain, KtrdrJson.ToElement(pinned), Caller.Of(context).Actor)
        {
            StrategyHash = model.StrategyHash,
            Dataset = dataset.Id,
            Seed = request.Seed,
        };
        return Accepted.Operation(await idempotency.RunAsync("models/explain", key, new { id, request }, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }

    private static async Task<ModelRow> FindAsync(string id, KtrdrDatabase database, CancellationToken cancellationToken)
        => await database.Models.SingleOrDefaultAsync(m => m.Id == id, cancellationToken) ?? throw ApiException.NotFound("model", id);
}
