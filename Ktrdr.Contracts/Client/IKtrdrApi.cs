using System.Text.Json;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Contracts.Workers;
using Refit;

namespace Ktrdr.Contracts.Client;

/// <summary>Everything that the Api offers to people, agents and workers. Errors are <see cref="KtrdrApiException"/>s.</summary>
public interface IKtrdrApi : IOperationsApi, IWorkersApi, IDataApi, IStrategiesApi, IRunsApi, IResearchApi
{
    [Get("/api/v1/version")]
    Task<VersionInfo> GetVersionAsync(CancellationToken cancellationToken = default);
}

public sealed record VersionInfo(string Product, string Version, string Edition, string EngineVersion, int? Slot);

public interface IOperationsApi
{
    [Get("/api/v1/operations")]
    Task<Page<Operation>> ListOperationsAsync(
        string? status = null, string? type = null, [AliasAs("campaign")] string? campaignId = null, DateTimeOffset? since = null, string? after = null, int? limit = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/operations/{id}")]
    Task<Operation> GetOperationAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/operations/{id}/children")]
    Task<IReadOnlyList<Operation>> GetOperationChildrenAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/operations/{id}/events")]
    Task<IReadOnlyList<OperationEvent>> GetOperationEventsAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/operations/{id}/metrics")]
    Task<IReadOnlyList<OperationMetric>> GetOperationMetricsAsync(string id, long? cursor = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/operations/{id}/trace")]
    Task<IReadOnlyList<TraceSpan>> GetOperationTraceAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Server-sent events: one <c>operation</c> event (an <see cref="Operation"/>) per change, until it is finished.</summary>
    [Get("/api/v1/operations/{id}/stream")]
    Task<HttpResponseMessage> StreamOperationAsync(string id, CancellationToken cancellationToken = default);

    [Delete("/api/v1/operations/{id}")]
    Task<Operation> CancelOperationAsync(string id, string? reason = null, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/resume")]
    Task<Operation> ResumeOperationAsync(string id, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/retry")]
    Task<Operation> RetryOperationAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Runs a finished operation again from the same inputs; the result is a <see cref="Reproduction"/>.</summary>
    [Post("/api/v1/operations/{id}/reproduce")]
    Task<OperationAccepted> ReproduceOperationAsync(string id, [Header("Idempotency-Key")] string? idempotencyKey = null, CancellationToken cancellationToken = default);
}

public interface IWorkersApi
{
    [Post("/api/v1/workers/register")]
    Task<WorkerRegistered> RegisterWorkerAsync([Body] WorkerRegistration registration, CancellationToken cancellationToken = default);

    [Post("/api/v1/workers/{id}/heartbeat")]
    Task<HeartbeatAnswer> HeartbeatAsync(string id, [Body] WorkerHeartbeat heartbeat, CancellationToken cancellationToken = default);

    [Post("/api/v1/workers/{id}/drain")]
    Task<Worker> DrainWorkerAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/workers")]
    Task<IReadOnlyList<Worker>> ListWorkersAsync(CancellationToken cancellationToken = default);

    [Get("/api/v1/workers/{id}")]
    Task<Worker> GetWorkerAsync(string id, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/attempts/{attempt}/started")]
    Task ReportStartedAsync(string id, int attempt, [Header("Ktrdr-Attempt-Token")] string token, [Body] StartedReport report, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/attempts/{attempt}/progress")]
    Task ReportProgressAsync(string id, int attempt, [Header("Ktrdr-Attempt-Token")] string token, [Body] ProgressReport report, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/attempts/{attempt}/checkpoint")]
    Task ReportCheckpointAsync(string id, int attempt, [Header("Ktrdr-Attempt-Token")] string token, [Body] CheckpointReference checkpoint, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/attempts/{attempt}/released")]
    Task ReportReleasedAsync(string id, int attempt, [Header("Ktrdr-Attempt-Token")] string token, [Body] ReleaseReport report, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/attempts/{attempt}/cancelled")]
    Task ReportCancelledAsync(string id, int attempt, [Header("Ktrdr-Attempt-Token")] string token, [Body] CancelledReport report, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/attempts/{attempt}/result")]
    Task ReportResultAsync(string id, int attempt, [Header("Ktrdr-Attempt-Token")] string token, [Body] ResultReport report, CancellationToken cancellationToken = default);

    [Post("/api/v1/operations/{id}/attempts/{attempt}/failure")]
    Task ReportFailureAsync(string id, int attempt, [Header("Ktrdr-Attempt-Token")] string token, [Body] OperationFailure failure, CancellationToken cancellationToken = default);

    /// <summary>Stores bytes under their own hash; repeatable, verified while it is received.</summary>
    [Put("/api/v1/artifacts/{sha256}")]
    [Headers("Content-Type: application/octet-stream")]
    Task<ArtifactStored> PutArtifactAsync(string sha256, [Body] Stream content, CancellationToken cancellationToken = default);

    [Get("/api/v1/artifacts/{sha256}")]
    Task<HttpResponseMessage> GetArtifactAsync(string sha256, CancellationToken cancellationToken = default);

    [Post("/api/v1/telemetry/spans")]
    Task PostSpansAsync([Body] IReadOnlyList<TraceSpan> spans, CancellationToken cancellationToken = default);
}

public interface IDataApi
{
    [Get("/api/v1/symbols")]
    Task<IReadOnlyList<SymbolSummary>> ListSymbolsAsync(CancellationToken cancellationToken = default);

    [Get("/api/v1/datasets")]
    Task<IReadOnlyList<DatasetVersion>> ListDatasetsAsync(string? symbol = null, string? timeframe = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/datasets/{id}")]
    Task<DatasetVersion> GetDatasetAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The unsealed bars in the engine's binary form; the latest version unless one is named.</summary>
    [Get("/api/v1/data/{symbol}/{timeframe}?format=binary")]
    Task<HttpResponseMessage> GetBarsBinaryAsync(string symbol, string timeframe, string? version = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/data/{symbol}/{timeframe}")]
    Task<BarColumns> GetBarsAsync(string symbol, string timeframe, string? version = null, DateTimeOffset? start = null, DateTimeOffset? end = null, int? limit = null, CancellationToken cancellationToken = default);

    [Post("/api/v1/data/import")]
    Task<OperationAccepted> ImportDataAsync([Body] ImportRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>What an import would find; the result is a <see cref="DataCheckResult"/>.</summary>
    [Post("/api/v1/data/check")]
    Task<OperationAccepted> CheckDataAsync([Body] ImportRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>Gaps of the unsealed bars; the latest version unless one is named.</summary>
    [Get("/api/v1/data/{symbol}/{timeframe}/gaps")]
    Task<GapReport> GetGapsAsync(string symbol, string timeframe, string? version = null, int? limit = null, CancellationToken cancellationToken = default);

    [Post("/api/v1/data/generate")]
    Task<OperationAccepted> GenerateDataAsync([Body] GenerateRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/indicators")]
    Task<IReadOnlyList<IndicatorDescription>> ListIndicatorsAsync(CancellationToken cancellationToken = default);

    [Get("/api/v1/indicators/{type}")]
    Task<IndicatorDescription> GetIndicatorAsync(string type, CancellationToken cancellationToken = default);

    [Post("/api/v1/indicators/calculate")]
    Task<CalculatedIndicator> CalculateIndicatorAsync([Body] CalculateIndicatorRequest request, CancellationToken cancellationToken = default);
}

public interface IStrategiesApi
{
    [Get("/api/v1/strategies")]
    Task<Page<StrategySummary>> ListStrategiesAsync(string? after = null, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>By name (latest version) or by hash.</summary>
    [Get("/api/v1/strategies/{name}")]
    Task<StrategyVersion> GetStrategyAsync(string name, int? version = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/strategies/{name}/versions")]
    Task<IReadOnlyList<StrategySummary>> ListStrategyVersionsAsync(string name, CancellationToken cancellationToken = default);

    [Post("/api/v1/strategies")]
    Task<StrategyVersion> SaveStrategyAsync([Body] StrategyDocumentRequest request, CancellationToken cancellationToken = default);

    [Post("/api/v1/strategies/validate")]
    Task<ValidationReport> ValidateStrategyAsync([Body] StrategyDocumentRequest request, CancellationToken cancellationToken = default);

    /// <summary>Starts a <c>lookahead_check</c> operation.</summary>
    [Post("/api/v1/strategies/lookahead")]
    Task<OperationAccepted> CheckLookaheadAsync([Body] LookaheadRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/strategies/{name}/features")]
    Task<IReadOnlyList<string>> GetStrategyFeaturesAsync(string name, int? version = null, CancellationToken cancellationToken = default);

    /// <summary>JSON Schema of the documents: <paramref name="kind"/> is strategy (the default) or ensemble.</summary>
    [Get("/api/v1/strategies/schema")]
    Task<JsonElement> GetStrategySchemaAsync(string? kind = null, CancellationToken cancellationToken = default);

    /// <summary>Two stored strategies, each a name, <c>name@version</c> or a hash.</summary>
    [Get("/api/v1/strategies/diff")]
    Task<StrategyDifferences> DiffStrategiesAsync(string before, string after, CancellationToken cancellationToken = default);

    [Post("/api/v1/strategies/diff")]
    Task<StrategyDifferences> DiffDocumentsAsync([Body] StrategyDiffRequest request, CancellationToken cancellationToken = default);

    /// <summary>Brings a document to the present grammar; nothing is stored.</summary>
    [Post("/api/v1/strategies/migrate")]
    Task<MigratedStrategy> MigrateStrategyAsync([Body] StrategyDocumentRequest request, CancellationToken cancellationToken = default);
}

public interface IRunsApi
{
    [Post("/api/v1/trainings/start")]
    Task<OperationAccepted> StartTrainingAsync([Body] TrainingRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, string? parent = null, [AliasAs("campaign")] string? campaignId = null, CancellationToken cancellationToken = default);

    [Post("/api/v1/backtests/start")]
    Task<OperationAccepted> StartBacktestAsync([Body] BacktestRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, string? parent = null, [AliasAs("campaign")] string? campaignId = null, CancellationToken cancellationToken = default);

    /// <summary>Trains and backtests every combination of some values of a strategy document, on all workers.</summary>
    [Post("/api/v1/sweeps/start")]
    Task<OperationAccepted> StartSweepAsync([Body] SweepRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>By number, or with <paramref name="sort"/> sharpe the best first.</summary>
    [Get("/api/v1/sweeps/{id}/variants")]
    Task<Page<SweepVariant>> ListSweepVariantsAsync(string id, string? sort = null, int? after = null, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>The variants as trials, and everything else that was tried on the same market; <paramref name="packed"/> for programs that read all.</summary>
    [Get("/api/v1/sweeps/{id}/trials")]
    Task<CampaignTrials> GetSweepTrialsAsync(string id, string? after = null, int? limit = null, bool? packed = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/models")]
    Task<Page<ModelSummary>> ListModelsAsync(string? strategy = null, string? after = null, int? limit = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/models/{id}")]
    Task<Model> GetModelAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/models/{id}/rules")]
    Task<ModelRules> GetModelRulesAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Starts an <c>explain</c> operation.</summary>
    [Post("/api/v1/models/{id}/explain")]
    Task<OperationAccepted> ExplainModelAsync(string id, [Body] ExplainRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>By the id of its operation.</summary>
    [Get("/api/v1/backtests/{id}")]
    Task<Backtest> GetBacktestAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/backtests/{id}/trades")]
    Task<IReadOnlyList<Trade>> GetBacktestTradesAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/backtests/{id}/orders")]
    Task<IReadOnlyList<BacktestOrder>> GetBacktestOrdersAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/backtests/{id}/equity")]
    Task<IReadOnlyList<EquityPoint>> GetBacktestEquityAsync(string id, CancellationToken cancellationToken = default);
}

public interface IResearchApi
{
    [Post("/api/v1/research")]
    Task<ResearchStarted> StartResearchAsync([Body] ResearchRequest request, [Header("Idempotency-Key")] string? idempotencyKey = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/campaigns")]
    Task<IReadOnlyList<Campaign>> ListCampaignsAsync(CancellationToken cancellationToken = default);

    [Get("/api/v1/campaigns/{id}")]
    Task<Campaign> GetCampaignAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>No further experiments; those under way end, then nominate, test, conclude.</summary>
    [Post("/api/v1/campaigns/{id}/close")]
    Task<Campaign> CloseCampaignAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>The driver's word that a closing campaign's verdicts are final; 409 unless its statistics are concluded.</summary>
    [Post("/api/v1/campaigns/{id}/closed")]
    Task<Campaign> MarkCampaignClosedAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/campaigns/{id}/experiments")]
    Task<IReadOnlyList<Experiment>> ListExperimentsAsync(string id, CancellationToken cancellationToken = default);

    [Post("/api/v1/campaigns/{id}/experiments")]
    Task<Experiment> CreateExperimentAsync(string id, [Body] CreateExperimentRequest request, CancellationToken cancellationToken = default);

    [Get("/api/v1/campaigns/{id}/ledger")]
    Task<Page<LedgerEntry>> GetLedgerAsync(string id, string? after = null, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>The campaign's trials, and everything else that was tried on the same market, a few hundred at a time; <paramref name="packed"/> for programs that read all.</summary>
    [Get("/api/v1/campaigns/{id}/trials")]
    Task<CampaignTrials> GetCampaignTrialsAsync(string id, string? after = null, int? limit = null, bool? packed = null, CancellationToken cancellationToken = default);

    /// <summary>Starts a <c>campaign_statistics</c> operation.</summary>
    [Post("/api/v1/campaigns/{id}/statistics")]
    Task<OperationAccepted> StartCampaignStatisticsAsync(string id, string stage, [Header("Idempotency-Key")] string? idempotencyKey = null, string? parent = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/leaderboard")]
    Task<IReadOnlyList<LeaderboardRow>> GetLeaderboardAsync([AliasAs("campaign")] string? campaignId = null, int? limit = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/experiments/{id}")]
    Task<Experiment> GetExperimentAsync(string id, CancellationToken cancellationToken = default);

    [Post("/api/v1/experiments/{id}/transition")]
    Task<Experiment> TransitionExperimentAsync(string id, [Body] ExperimentTransition transition, CancellationToken cancellationToken = default);

    /// <summary>Starts <c>agent_design</c>, <c>agent_assessment</c> or <c>agent_learning</c>; the request is the type's own record.</summary>
    [Post("/api/v1/experiments/{id}/phases/{type}")]
    Task<OperationAccepted> StartAgentPhaseAsync(string id, string type, [Body] System.Text.Json.JsonElement request, [Header("Idempotency-Key")] string? idempotencyKey = null, string? parent = null, CancellationToken cancellationToken = default);

    [Get("/api/v1/hypotheses")]
    Task<IReadOnlyList<Hypothesis>> ListHypothesesAsync(string? scope = null, CancellationToken cancellationToken = default);

    [Post("/api/v1/hypotheses")]
    Task<Hypothesis> SaveHypothesisAsync([Body] SaveHypothesisRequest request, CancellationToken cancellationToken = default);

    [Get("/api/v1/lessons")]
    Task<IReadOnlyList<Lesson>> ListLessonsAsync(string? scope = null, CancellationToken cancellationToken = default);

    /// <summary>Idempotent by experiment; counts as evidence for or against its hypothesis once.</summary>
    [Post("/api/v1/lessons")]
    Task<Lesson> SaveLessonAsync([Body] Lesson lesson, CancellationToken cancellationToken = default);
}
