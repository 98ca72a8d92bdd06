using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.ServiceDefaults.Telemetry;
using Ktrdr.WorkerHost.Registration;
using Ktrdr.WorkerHost.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ktrdr.WorkerHost.Operations;

/// <summary>Runs one attempt from its start report to its outcome: checkpoint in, handler, progress and checkpoints out, outcome into the outbox.</summary>
internal sealed partial class AttemptRun(
    HandlerCatalog catalog, IServiceScopeFactory scopes, ApiConnection connection, Outbox outbox, WorkerOptions options, TimeProvider time, ILogger<AttemptRun> logger)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(2);

    /// <summary>A last checkpoint or a release is tried for this long: a worker leaves within 20 s, and a cancel must not hang on an Api that is away.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(8);

    public async Task RunAsync(RunningAttemptState state)
    {
        var dispatch = state.Dispatch;
        using var scope = logger.BeginScope("{OperationId} attempt {Attempt}", dispatch.OperationId, dispatch.Attempt);
        using var activity = WorkerMetrics.Activities.StartUnder($"run {dispatch.Type}", dispatch.TraceParent, ActivityKind.Consumer);
        activity?.SetTag("ktrdr.operation.id", dispatch.OperationId);
        activity?.SetTag("ktrdr.operation.attempt", dispatch.Attempt);
        activity?.SetTag("ktrdr.worker.id", options.WorkerId);

        var began = time.GetTimestamp();
        var outcome = await RunToOutcomeAsync(state, activity).ConfigureAwait(false);
        WorkerMetrics.AttemptEnded(dispatch.Type, outcome, time.GetElapsedTime(began));
        activity?.SetTag("ktrdr.operation.outcome", outcome);
        LogEnded(dispatch.Type, dispatch.OperationId, dispatch.Attempt, outcome, time.GetElapsedTime(began).TotalMilliseconds);
    }

    private async Task<string> RunToOutcomeAsync(RunningAttemptState state, Activity? activity)
    {
        try
        {
            var (checkpoint, beginsAnew) = await LoadCheckpointAsync(state).ConfigureAwait(false);
            if (!await ReportStartedAsync(state, new StartedReport(beginsAnew)).ConfigureAwait(false))
            {
                return "superseded";
            }

            // A result that is there is delivered whatever came meanwhile, a cancel or the word that the lease has ended: the Api decides which was first.
            var outcome = await HandleAsync(state, checkpoint, activity).ConfigureAwait(false);
            outbox.AddResult(state.Dispatch, new ResultReport(outcome.Result)
            {
                ResultHash = outcome.ResultHash,
                EngineBuild = state.EngineBuild,
                Metrics = state.UnsentMetrics() is { Count: > 0 } metrics ? metrics : null,
            });
            await outbox.DeliverNowAsync(state.Reference).ConfigureAwait(false);
            return "succeeded";
        }
        catch (OperationCanceledException) when (state.Stop is { } stop)
        {
            return await StopAsync(state, stop).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            await SaveLastCheckpointAsync(state, CheckpointKinds.Failure).ConfigureAwait(false);
            LogFailed(failure, state.Dispatch.Type, state.Dispatch.OperationId, state.Dispatch.Attempt);
            outbox.AddFailure(state.Dispatch, Describe(failure, state.Dispatch.Type));
            await outbox.DeliverNowAsync(state.Reference).ConfigureAwait(false);
            return "failed";
        }
    }

    /// <summary>False when this attempt must not run: it was superseded, or cancelled between its dispatch and now.</summary>
    private async Task<bool> ReportStartedAsync(RunningAttemptState state, StartedReport report)
    {
        var dispatch = state.Dispatch;
        try
        {
            await RetryAsync(token => connection.Api.ReportStartedAsync(dispatch.OperationId, dispatch.Attempt, dispatch.AttemptToken, report, token), state).ConfigureAwait(false);
            return true;
        }
        catch (KtrdrApiException refused) when (refused.Status == HttpStatusCode.Conflict && refused.Code == ErrorCodes.WrongState)
        {
            // Most likely a cancel: our word ends it at once. If it was something else, this is refused and dropped.
            outbox.AddCancelled(dispatch, new CancelledReport(refused.Message));
            await outbox.DeliverNowAsync(state.Reference).ConfigureAwait(false);
            return false;
        }
        catch (KtrdrApiException refused) when (ApiOutage.IsSuperseded(refused))
        {
            return false;
        }
    }

    private async Task<OperationOutcome> HandleAsync(RunningAttemptState state, ReadOnlyMemory<byte>? checkpoint, Activity? activity)
    {
        await using var services = scopes.CreateAsyncScope();
        var handler = (IOperationHandler)ActivatorUtilities.GetServiceOrCreateInstance(services.ServiceProvider, catalog.HandlerOf(state.Dispatch.Type));
        var context = new OperationContext(state, checkpoint, connection.Api, activity);

        using var ended = new CancellationTokenSource();
        var reports = ReportAsync(state, ended.Token);
        try
        {
            state.Cancellation.ThrowIfCancellationRequested();
            return await handler.RunAsync(context).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await reports.ConfigureAwait(false);
        }
    }

    /// <summary>Sends progress, metrics and checkpoints about once a second; what cannot be sent is sent the next time.</summary>
    private async Task ReportAsync(RunningAttemptState state, CancellationToken ended)
    {
        // Our own reports are not part of the work's trace.
        Activity.Current = null;
        string? said = null;
        using var timer = new PeriodicTimer(ReportInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false))
            {
                try
                {
                    await state.SendProgressAsync(ended).ConfigureAwait(false);
                    await state.SaveCheckpointAsync(CheckpointKinds.Periodic, ended).ConfigureAwait(false);
                    said = null;
                }
                catch (KtrdrApiException failure) when (failure.Status == HttpStatusCode.Conflict && failure.Code == ErrorCodes.Superseded)
                {
                    state.RequestStop(new StopReason(StopKind.Superseded, failure.Message));
                    return;
                }
                catch (KtrdrApiException failure)
                {
                    // One line per outage, not one per second.
                    if (failure.Message != said)
                    {
                        LogReportFailed(state.Dispatch.OperationId, failure.Message);
                    }

                    said = failure.Message;
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The handler has ended; what is left goes with its outcome.
        }
    }

    private async Task<string> StopAsync(RunningAttemptState state, StopReason stop)
    {
        switch (stop.Kind)
        {
            case StopKind.Cancelled:
                await SaveLastCheckpointAsync(state, CheckpointKinds.Cancellation).ConfigureAwait(false);
                outbox.AddCancelled(state.Dispatch, new CancelledReport(stop.Text));
                await outbox.DeliverNowAsync(state.Reference).ConfigureAwait(false);
                return "cancelled";

            case StopKind.Shutdown:
                await SaveLastCheckpointAsync(state, CheckpointKinds.Shutdown).ConfigureAwait(false);
                await ReleaseAsync(state, stop.Text ?? "the worker is leaving").ConfigureAwait(false);
                return "released";

            default:
                return "superseded";
        }
    }

    /// <summary>A release that does not arrive is no loss: the lease ends and the operation goes on from its checkpoint elsewhere.</summary>
    private async Task ReleaseAsync(RunningAttemptState state, string reason)
    {
        using var deadline = new CancellationTokenSource(LastWords, time);
        try
        {
            var dispatch = state.Dispatch;
            await RetryAsync(token => connection.Api.ReportReleasedAsync(dispatch.OperationId, dispatch.Attempt, dispatch.AttemptToken, new ReleaseReport(reason), token), deadline.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is KtrdrApiException or OperationCanceledException)
        {
            LogReportFailed(state.Dispatch.OperationId, failure.Message);
        }
    }

    private async Task SaveLastCheckpointAsync(RunningAttemptState state, string kind)
    {
        using var deadline = new CancellationTokenSource(LastWords, time);
        try
        {
            await RetryAsync(token => state.SaveCheckpointAsync(kind, token), deadline.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is KtrdrApiException or OperationCanceledException)
        {
            LogReportFailed(state.Dispatch.OperationId, failure.Message);
        }
    }

    /// <summary>The state to go on from, verified; or why the attempt starts from zero although there was one.</summary>
    private async Task<(ReadOnlyMemory<byte>? State, string? BeginsAnew)> LoadCheckpointAsync(RunningAttemptState state)
    {
        if (state.Dispatch.Checkpoint is not { } reference)
        {
            return (null, null);
        }

        string reason;
        if (reference.EngineBuild != state.EngineBuild)
        {
            // Going on from it would give a result that no build of the engine gives.
            reason = reference.EngineBuild is { } other ? $"it is of engine build {other}, this worker's is {state.EngineBuild}" : $"its engine build was not recorded, this worker's is {state.EngineBuild}";
        }
        else
        {
            try
            {
                byte[] bytes = [];
                await RetryAsync(async token => bytes = await connection.Api.ReadArtifactAsync(reference.Sha256, token).ConfigureAwait(false), state).ConfigureAwait(false);
                LogResumes(state.Dispatch.OperationId, reference.Step);
                return (bytes, null);
            }
            catch (KtrdrApiException missing) when (missing.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            {
                reason = missing.Message;
            }
            catch (InvalidDataException damaged)
            {
                reason = damaged.Message;
            }
        }

        LogCheckpointUnusable(state.Dispatch.OperationId, reference.Step, reason);
        return (null, $"attempt {state.Dispatch.Attempt} begins anew, not from the checkpoint at {reference.Step}: {reason}");
    }

    private static async Task RetryAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        for (var backoff = TimeSpan.FromMilliseconds(100); ; backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff)
        {
            try
            {
                await call(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (KtrdrApiException failure) when (ApiOutage.Is(failure))
            {
                await Task.Delay(backoff, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static Task RetryAsync(Func<CancellationToken, Task> call, RunningAttemptState state) => RetryAsync(call, state.Cancellation);

    private static OperationFailure Describe(Exception failure, string type) => failure switch
    {
        OperationFailedException named => new OperationFailure(named.Code, named.Message)
        {
            Detail = named.Detail ?? named.InnerException?.ToString(),
            Retryable = named.Retryable,
            Suggestion = named.Suggestion,
        },
        KtrdrApiException refused => new OperationFailure(refused.Code, refused.Message) { Detail = refused.ToString(), Retryable = refused.Status is null || (int)refused.Status >= 500 },
        _ => new OperationFailure(ErrorCodes.Internal, $"The {type} ended by an error of ours ({failure.GetType().Name}); the operator's log has the details.")
        {
            Detail = failure.ToString(),
            Retryable = true,
        },
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "{Type} {OperationId}, attempt {Attempt}: {Outcome} after {Milliseconds} ms.")]
    private partial void LogEnded(string type, string operationId, int attempt, string outcome, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Type} {OperationId}, attempt {Attempt} failed.")]
    private partial void LogFailed(Exception failure, string type, string operationId, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A report of {OperationId} could not be sent: {Reason}")]
    private partial void LogReportFailed(string operationId, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{OperationId} goes on from {Step}.")]
    private partial void LogResumes(string operationId, string step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{OperationId} begins anew, not from its checkpoint at {Step}: {Reason}")]
    private partial void LogCheckpointUnusable(string operationId, string step, string reason);
}
