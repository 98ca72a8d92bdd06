using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Refit;

namespace Ktrdr.Contracts.Client;

/// <summary>What every worker answers, whatever its kind.</summary>
public interface IWorkerApi
{
    [Get("/health")]
    Task<WorkerHealth> GetHealthAsync(CancellationToken cancellationToken = default);

    [Get("/api/v1/operations")]
    Task<IReadOnlyList<WorkerOperation>> ListOperationsAsync(CancellationToken cancellationToken = default);

    [Get("/api/v1/operations/{id}")]
    Task<WorkerOperation> GetOperationAsync(string id, CancellationToken cancellationToken = default);

    [Get("/api/v1/operations/{id}/metrics")]
    Task<IReadOnlyList<OperationMetric>> GetOperationMetricsAsync(string id, long? cursor = null, CancellationToken cancellationToken = default);

    [Delete("/api/v1/operations/{id}/cancel")]
    Task CancelOperationAsync(string id, int attempt, string? reason = null, CancellationToken cancellationToken = default);

    [Post("/training/start")]
    Task<DispatchAnswer> StartTrainingAsync([Body] OperationDispatch dispatch, CancellationToken cancellationToken = default);

    [Post("/training/resume")]
    Task<DispatchAnswer> ResumeTrainingAsync([Body] OperationDispatch dispatch, CancellationToken cancellationToken = default);

    [Post("/backtests/start")]
    Task<DispatchAnswer> StartBacktestAsync([Body] OperationDispatch dispatch, CancellationToken cancellationToken = default);

    [Post("/backtests/resume")]
    Task<DispatchAnswer> ResumeBacktestAsync([Body] OperationDispatch dispatch, CancellationToken cancellationToken = default);

    /// <summary>Any other type.</summary>
    [Post("/operations/start")]
    Task<DispatchAnswer> StartOperationAsync([Body] OperationDispatch dispatch, CancellationToken cancellationToken = default);

    [Post("/operations/resume")]
    Task<DispatchAnswer> ResumeOperationAsync([Body] OperationDispatch dispatch, CancellationToken cancellationToken = default);
}
