using System.Diagnostics;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.WorkerHost.Registration;
using Ktrdr.WorkerHost.Storage;
using Microsoft.Extensions.Logging;

namespace Ktrdr.WorkerHost.Operations;

/// <summary>The worker's slots: takes dispatches, idempotent by operation and attempt, and tells running attempts to stop.</summary>
public sealed partial class OperationRunner
{
    /// <summary>Attempts that ended here are remembered so that a dispatch that is repeated late does not run again.</summary>
    private const int RememberedAttempts = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, RunningAttemptState> _running = [];
    private readonly Dictionary<string, int> _ended = [];
    private readonly Queue<AttemptReference> _endedOrder = new();
    private readonly WorkerOptions _options;
    private readonly WorkerCapabilities _capabilities;
    private readonly HandlerCatalog _catalog;
    private readonly AttemptRun _run;
    private readonly IKtrdrApi _api;
    private readonly TimeProvider _time;
    private readonly ILogger<OperationRunner> _logger;
    private bool _draining;
    private bool _leaving;

    internal OperationRunner(
        WorkerOptions options, WorkerCapabilities capabilities, HandlerCatalog catalog, AttemptRun run, ApiConnection connection, Outbox outbox, TimeProvider time, ILogger<OperationRunner> logger)
    {
        (_options, _capabilities, _catalog, _run, _api, _time, _logger) = (options, capabilities, catalog, run, connection.Api, time, logger);
        WorkerMetrics.Observe(this, outbox, options);
    }

    public bool IsDraining
    {
        get
        {
            lock (_lock)
            {
                return _draining || _leaving;
            }
        }
    }

    /// <summary>Takes the attempt if there is a slot and a handler; answers at once.</summary>
    public DispatchAnswer Start(OperationDispatch dispatch)
    {
        RunningAttemptState state;
        lock (_lock)
        {
            if (_running.TryGetValue(dispatch.OperationId, out var running))
            {
                if (running.Dispatch.Attempt == dispatch.Attempt)
                {
                    return Accept(dispatch);
                }

                if (running.Dispatch.Attempt > dispatch.Attempt)
                {
                    return Refuse(dispatch, $"attempt {running.Dispatch.Attempt} of it runs here already");
                }

                // The newer attempt is sent again when the older one has left its slot.
                running.RequestStop(new StopReason(StopKind.Superseded, $"attempt {dispatch.Attempt} was dispatched"));
                return Refuse(dispatch, $"attempt {running.Dispatch.Attempt} of it is still stopping here");
            }

            if (_ended.TryGetValue(dispatch.OperationId, out var ended) && ended >= dispatch.Attempt)
            {
                return ended == dispatch.Attempt ? Accept(dispatch) : Refuse(dispatch, $"attempt {ended} of it ended here already");
            }

            if (_draining || _leaving)
            {
                return Refuse(dispatch, "the worker is draining");
            }

            if (!_catalog.CanRun(dispatch.Type))
            {
                return Refuse(dispatch, $"type '{dispatch.Type}' does not run here; this worker runs {string.Join(", ", _catalog.Types)}");
            }

            if (_running.Count >= _options.Slots)
            {
                return Refuse(dispatch, $"all {_options.Slots} slots are taken");
            }

            state = new RunningAttemptState(dispatch with { TraceParent = dispatch.TraceParent ?? Activity.Current?.Id }, _capabilities.EngineVersion, _api, _time);
            _running.Add(dispatch.OperationId, state);
        }

        // The attempt outlives the request that brought it, so it must not carry that request's logging scope and activity along.
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(() => RunAsync(state));
        }

        return Accept(dispatch);
    }

    /// <summary>False when this attempt does not run here.</summary>
    public bool Cancel(string operationId, int attempt, string? reason) => RequestStop(operationId, attempt, new StopReason(StopKind.Cancelled, reason));

    /// <summary>Ends an attempt that the Api has given up: nothing more is reported of it.</summary>
    public bool Supersede(AttemptReference attempt) => RequestStop(attempt.OperationId, attempt.Attempt, new StopReason(StopKind.Superseded, null));

    public void Drain(bool draining)
    {
        lock (_lock)
        {
            _draining = draining;
        }
    }

    /// <summary>Takes no more work, tells everything to stop with its checkpoint, and waits until it has or the token fires.</summary>
    internal async Task LeaveAsync(CancellationToken cancellationToken)
    {
        RunningAttemptState[] running;
        lock (_lock)
        {
            _leaving = true;
            running = [.. _running.Values];
        }

        foreach (var state in running)
        {
            // Under the lock, like every stop: one that has ended meanwhile cannot be told any more, and must not keep the others from being told.
            RequestStop(state.Dispatch.OperationId, state.Dispatch.Attempt, new StopReason(StopKind.Shutdown, "the worker is leaving"));
        }

        try
        {
            await Task.WhenAll(running.Select(state => state.Ended.Task)).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            LogLeftRunning(string.Join(", ", running.Where(s => !s.Ended.Task.IsCompleted).Select(s => s.Dispatch.OperationId)));
        }
    }

    public IReadOnlyList<RunningAttempt> Running()
        => [.. States().Select(s => new RunningAttempt(s.Dispatch.OperationId, s.Dispatch.Attempt) { Progress = s.Progress })];

    public IReadOnlyList<WorkerOperation> Operations() => [.. States().Select(Describe)];

    /// <summary>Null when it does not run here.</summary>
    public WorkerOperation? Find(string operationId) => State(operationId) is { } state ? Describe(state) : null;

    /// <summary>Metric points after the cursor; null when the operation does not run here.</summary>
    public IReadOnlyList<OperationMetric>? MetricsAfter(string operationId, long cursor) => State(operationId)?.MetricsAfter(cursor);

    private async Task RunAsync(RunningAttemptState state)
    {
        try
        {
            await _run.RunAsync(state).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // AttemptRun reports whatever a handler does; what arrives here is an error of the host itself, such as a full disk.
            LogHostFailed(failure, state.Dispatch.OperationId, state.Dispatch.Attempt);
        }
        finally
        {
            lock (_lock)
            {
                _running.Remove(state.Dispatch.OperationId);
                _ended[state.Dispatch.OperationId] = state.Dispatch.Attempt;
                _endedOrder.Enqueue(state.Reference);
                while (_endedOrder.Count > RememberedAttempts)
                {
                    var oldest = _endedOrder.Dequeue();
                    if (_ended.TryGetValue(oldest.OperationId, out var attempt) && attempt == oldest.Attempt)
                    {
                        _ended.Remove(oldest.OperationId);
                    }
                }
            }

            state.Ended.SetResult();
            state.Dispose();
        }
    }

    private bool RequestStop(string operationId, int attempt, StopReason reason)
    {
        lock (_lock)
        {
            if (!_running.TryGetValue(operationId, out var state) || state.Dispatch.Attempt != attempt)
            {
                return false;
            }

            state.RequestStop(reason);
            return true;
        }
    }

    private RunningAttemptState[] States()
    {
        lock (_lock)
        {
            return [.. _running.Values.OrderBy(s => s.Dispatch.OperationId, StringComparer.Ordinal)];
        }
    }

    private RunningAttemptState? State(string operationId)
    {
        lock (_lock)
        {
            return _running.GetValueOrDefault(operationId);
        }
    }

    private static WorkerOperation Describe(RunningAttemptState state)
        => new(state.Dispatch.OperationId, state.Dispatch.Attempt, state.Dispatch.Type, state.Stop is null ? "running" : "stopping")
        {
            Progress = state.Progress,
            StartedAt = state.StartedAt,
        };

    private static DispatchAnswer Accept(OperationDispatch dispatch) => new(dispatch.OperationId, dispatch.Attempt, true);

    private static DispatchAnswer Refuse(OperationDispatch dispatch, string reason) => new(dispatch.OperationId, dispatch.Attempt, false, reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The host failed while running {OperationId}, attempt {Attempt}.")]
    private partial void LogHostFailed(Exception failure, string operationId, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Left without waiting any longer for {Operations}.")]
    private partial void LogLeftRunning(string operations);
}
