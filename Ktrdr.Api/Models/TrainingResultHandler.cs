using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Models;

/// <summary>A training's result becomes a model with the next version of its strategy and timeframe.</summary>
internal sealed class TrainingResultHandler(KtrdrDatabase database, ArtifactStore artifacts, LedgerStore ledger) : IResultHandler
{
    public string Type => OperationTypes.Training;

    public async Task<JsonElement> CommitAsync(OperationRow operation, ResultReport report, CancellationToken cancellationToken)
    {
        var training = KtrdrJson.Read<TrainingResult>(report.Result);
        var request = Json.Read<TrainingRequest>(operation.Request);
        if (training.StrategyHash != operation.StrategyHash || training.Dataset != operation.Dataset)
        {
            throw ApiException.Invalid("strategy_hash", $"{training.StrategyHash} on dataset {training.Dataset}", $"{operation.StrategyHash} on dataset {operation.Dataset}, as in the request");
        }

        var files = new[] { ("manifest_sha256", training.ManifestSha256), ("weights_sha256", training.WeightsSha256), ("strategy_sha256", training.StrategySha256), ("rules_sha256", training.RulesSha256), ("onnx_sha256", training.OnnxSha256) }
            .Concat(training.Seeds.SelectMany(s => new[] { ("seeds.manifest_sha256", s.ManifestSha256), ("seeds.weights_sha256", (string?)s.WeightsSha256) }));
        foreach (var (field, sha256) in files)
        {
            if (sha256 is not null)
            {
                await artifacts.HoldAsync(field, sha256, cancellationToken);
            }
        }

        await database.LockAsync(AdvisoryLocks.ModelVersions, cancellationToken);
        var version = 1 + (await database.Models.Where(m => m.StrategyName == training.StrategyName && m.Timeframe == request.Timeframe).MaxAsync(m => (int?)m.Version, cancellationToken) ?? 0);
        var stored = training with { ModelId = Ids.New("mdl"), ModelVersion = version };
        await database.Database.ExecuteSqlRawAsync(
            """
            insert into models (id, operation_id, strategy_name, strategy_hash, version, symbol, timeframe, dataset, purpose, training)
            values (@id, @operation, @name, @hash, @version, @symbol, @timeframe, @dataset, @purpose, @training)
            """,
            [
                new NpgsqlParameter("id", stored.ModelId), new NpgsqlParameter("operation", operation.Id), new NpgsqlParameter("name", stored.StrategyName),
                new NpgsqlParameter("hash", stored.StrategyHash), new NpgsqlParameter("version", version), new NpgsqlParameter("symbol", request.Symbol!),
                new NpgsqlParameter("timeframe", request.Timeframe!), new NpgsqlParameter("dataset", stored.Dataset), new NpgsqlParameter("purpose", request.Purpose),
                new NpgsqlParameter("training", NpgsqlDbType.Jsonb) { Value = Json.Write(stored) },
            ],
            cancellationToken);
        if (request.Purpose == RunPurposes.Ablation)
        {
            await ledger.AppendAsync(
                new LedgerEvaluation(operation.Id, operation.Actor, request.Purpose, stored.StrategyHash, stored.Dataset, DataWindows.Train, stored.Seed, LedgerOutcomes.Completed)
                {
                    CampaignId = operation.CampaignId,
                    ExperimentId = operation.ExperimentId,
                    ResultHash = report.ResultHash,
                },
                cancellationToken);
        }

        return KtrdrJson.ToElement(stored);
    }
}
