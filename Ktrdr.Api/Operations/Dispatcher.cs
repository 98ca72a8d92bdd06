using System.Collections.Concurrent;
using System.Diagnostics;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.ServiceDefaults.Telemetry;
using Npgsql;

namespace Ktrdr.Api.Operations;

/// <summary>
/// Gives queued operations to free slots. Every replica runs one; row locks keep them apart. It wakes when anything changes and once
/// a second. The claim is one short transaction; the calls to the workers come after it, side by side.
/// </summary>
internal sealed partial class Dispatcher(
    IServiceScopeFactory scopes, OperationSignals signals, WorkerClients clients, ApiSecrets secrets, ILogger<Dispatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnreachablePause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Task, byte> _calls = new();
    private readonly OutageLines _lines = new(TimeProvider.System);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        OperationMetrics.StartAtZero();
        using var changes = signals.Subscribe();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var kind in WorkerKinds.All)
                {
                    await DispatchAsync(kind, stoppingToken);
                }

                await changes.WaitAsync(Interval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error) when (error is NpgsqlException or TimeoutException or InvalidOperationException { InnerException: NpgsqlException })
            {
                SayInterrupted(error);
                await Task.Delay(Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception error)
            {
                // One thing that cannot be dispatched must not end the Api, and with it everything else.
                LogFailed(error);
                await Task.Delay(Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(_calls.Keys);
    }

    private async Task DispatchAsync(string kind, CancellationToken cancellationToken)
    {
        while (true)
        {
            IReadOnlyList<Claim> claims;
            await using (var scope = scopes.CreateAsyncScope())
            {
                claims = await scope.ServiceProvider.GetRequiredService<ClaimStore>().ClaimAsync(kind, cancellationToken);
            }

            foreach (var claim in claims)
            {
                var call = SendAsync(claim);
                _calls[call] = 0;
                _ = call.ContinueWith(done => _calls.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }

            if (claims.Count < ClaimStore.BatchSize)
            {
                return;
            }
        }
    }

    /// <summary>Sends one claimed attempt. It is not bound to the Api's stopping: what was claimed is sent or handed back.</summary>
    private async Task SendAsync(Claim claim)
    {
        var operation = claim.Operation;
        using var activity = OperationMetrics.Activities.StartUnder($"dispatch {operation.Type}", operation.TraceParent, ActivityKind.Producer);
        activity?.SetTag("ktrdr.operation_id", operation.Id).SetTag("ktrdr.attempt", operation.Attempt).SetTag("ktrdr.worker_id", claim.Worker.WorkerId);
        try
        {
            var dispatch = new OperationDispatch
            {
                OperationId = operation.Id,
                Type = operation.Type,
                Attempt = operation.Attempt,
                AttemptToken = secrets.AttemptToken(operation.Id, operation.Attempt),
                Request = Json.Element(operation.Request),
                CampaignId = operation.CampaignId,
                Checkpoint = operation.Checkpoint is null ? null : Json.Read<CheckpointReference>(operation.Checkpoint),
                TraceParent = activity?.Id ?? operation.TraceParent,
            };
            var answer = await CallAsync(clients.Of(claim.Worker), dispatch);
            if (answer.Accepted)
            {
                OperationMetrics.Taken(operation);
                return;
            }

            await HandBackAsync(claim, answer.Reason ?? "the worker gave no reason", reachable: true);
        }
        catch (Exception error) when (error is KtrdrApiException or UriFormatException or ObjectDisposedException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            await HandBackAsync(claim, error.Message, reachable: error is KtrdrApiException { Status: not null });
        }
    }

    private static Task<DispatchAnswer> CallAsync(IWorkerApi worker, OperationDispatch dispatch) => (dispatch.Type, dispatch.Checkpoint is null) switch
    {
        (OperationTypes.Training, true) => worker.StartTrainingAsync(dispatch),
        (OperationTypes.Training, false) => worker.ResumeTrainingAsync(dispatch),
        (OperationTypes.Backtest, true) => worker.StartBacktestAsync(dispatch),
        (OperationTypes.Backtest, false) => worker.ResumeBacktestAsync(dispatch),
        (_, true) => worker.StartOperationAsync(dispatch),
        (_, false) => worker.ResumeOperationAsync(dispatch),
    };

    private async Task HandBackAsync(Claim claim, string reason, bool reachable)
    {
        OperationMetrics.NotTaken(claim.Operation);
        LogRefused(claim.Worker.WorkerId, claim.Operation.Id, claim.Operation.Attempt, reason);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var move = new OperationMove(claim.Operation.Id, OperationTrigger.Refused)
            {
                Attempt = claim.Operation.Attempt,
                Note = ApiException.Shown(reason),
                SlotPause = RefusedPause,
            };
            if (!reachable)
            {
                // None of its slots is worth another try at once; whether it is gone is decided by its heartbeats.
                await scope.ServiceProvider.GetRequiredService<ClaimStore>().PauseAsync(claim.Worker.WorkerId, UnreachablePause, CancellationToken.None);
            }

            await scope.ServiceProvider.GetRequiredService<OperationService>().FinishAsync(move, CancellationToken.None);
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or InvalidOperationException { InnerException: NpgsqlException })
        {
            // The lease of a dispatched attempt is short: the sweeper hands it back.
            SayInterrupted(error);
        }
    }

    private void SayInterrupted(Exception error)
    {
        if (_lines.Next() is { } kept)
        {
            LogInterrupted((error.InnerException ?? error).Message, kept);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "worker {WorkerId} did not take {OperationId} attempt {Attempt}: {Reason}")]
    private partial void LogRefused(string workerId, string operationId, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "dispatching was interrupted: {Reason} ({Kept} more times since the last such line)")]
    private partial void LogInterrupted(string reason, int kept);

    [LoggerMessage(Level = LogLevel.Error, Message = "dispatching failed; the next try follows")]
    private partial void LogFailed(Exception error);
}
