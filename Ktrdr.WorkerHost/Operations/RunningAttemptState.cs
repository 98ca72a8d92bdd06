using System.Security.Cryptography;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;

namespace Ktrdr.WorkerHost.Operations;

/// <summary>One attempt while it runs: what it was told, how far it is, and what of that the Api does not know yet.</summary>
/// <param name="dispatch">What the Api sent.</param>
/// <param name="engineBuild">Of the engine that computes it.</param>
/// <param name="api">Where reports go.</param>
/// <param name="time">For the times in reports.</param>
internal sealed class RunningAttemptState(OperationDispatch dispatch, string engineBuild, IKtrdrApi api, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly SemaphoreSlim _saving = new(1);
    private readonly Lock _lock = new();
    private readonly List<OperationMetric> _metrics = [];

    private StopReason? _stop;
    private OperationProgress? _progress;
    private OperationProgress? _sentProgress;
    private int _sentMetrics;
    private OfferedCheckpoint? _offered;

    public OperationDispatch Dispatch { get; } = dispatch;

    /// <summary>Version and build of the engine that computes the result and every state saved on the way.</summary>
    public string EngineBuild { get; } = engineBuild;

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>Completes when the attempt has ended and nothing of it is left in memory.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StopReason? Stop
    {
        get
        {
            lock (_lock)
            {
                return _stop;
            }
        }
    }

    public OperationProgress? Progress
    {
        get
        {
            lock (_lock)
            {
                return _progress;
            }
        }
    }

    public AttemptReference Reference => new(Dispatch.OperationId, Dispatch.Attempt);

    /// <summary>The first reason stays, except that being superseded outweighs everything: then nothing may be reported.</summary>
    public void RequestStop(StopReason reason)
    {
        lock (_lock)
        {
            if (_stop is null || (reason.Kind == StopKind.Superseded && _stop.Kind != StopKind.Superseded))
            {
                _stop = reason;
            }
        }

        _cancellation.Cancel();
    }

    public void Report(OperationProgress progress)
    {
        lock (_lock)
        {
            _progress = progress;
        }
    }

    public void AddMetric(string name, double step, double value)
    {
        lock (_lock)
        {
            _metrics.Add(new OperationMetric(_metrics.Count + 1, name, step, value));
        }
    }

    public IReadOnlyList<OperationMetric> MetricsAfter(long cursor)
    {
        lock (_lock)
        {
            return cursor >= _metrics.Count ? [] : _metrics.GetRange((int)Math.Max(0, cursor), _metrics.Count - (int)Math.Max(0, cursor));
        }
    }

    /// <summary>The points that no progress report has carried yet: they go with the result.</summary>
    public IReadOnlyList<OperationMetric> UnsentMetrics() => MetricsAfter(_sentMetrics);

    public void OfferCheckpoint(Func<byte[]> state, string step)
    {
        lock (_lock)
        {
            _offered = new OfferedCheckpoint(state, step);
        }
    }

    /// <summary>Sends progress and metrics that the Api has not seen.</summary>
    public async Task SendProgressAsync(CancellationToken cancellationToken)
    {
        OperationProgress? progress;
        IReadOnlyList<OperationMetric> metrics;
        int count;
        lock (_lock)
        {
            progress = _progress;
            count = _metrics.Count;
            metrics = MetricsAfter(_sentMetrics);
        }

        if (progress is null || (ReferenceEquals(progress, _sentProgress) && metrics.Count == 0))
        {
            return;
        }

        var report = new ProgressReport(progress) { Metrics = metrics.Count == 0 ? null : metrics };
        await api.ReportProgressAsync(Dispatch.OperationId, Dispatch.Attempt, Dispatch.AttemptToken, report, cancellationToken).ConfigureAwait(false);
        (_sentProgress, _sentMetrics) = (progress, count);
    }

    /// <summary>Saves the latest state that was offered, if it is not saved yet. One save at a time; an older state never follows a newer one.</summary>
    public async Task SaveCheckpointAsync(string kind, CancellationToken cancellationToken)
    {
        await _saving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            OfferedCheckpoint? offered;
            lock (_lock)
            {
                offered = _offered;
            }

            if (offered is null)
            {
                return;
            }

            var bytes = offered.Bytes;
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            using (var content = new MemoryStream(bytes, writable: false))
            {
                await api.PutArtifactAsync(sha256, content, cancellationToken).ConfigureAwait(false);
            }

            var checkpoint = new CheckpointReference(sha256, offered.Step) { Attempt = Dispatch.Attempt, Kind = kind, SavedAt = time.GetUtcNow(), EngineBuild = EngineBuild };
            await api.ReportCheckpointAsync(Dispatch.OperationId, Dispatch.Attempt, Dispatch.AttemptToken, checkpoint, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                if (ReferenceEquals(_offered, offered))
                {
                    _offered = null;
                }
            }
        }
        finally
        {
            _saving.Release();
        }
    }

    public void Dispose()
    {
        _cancellation.Dispose();
        _saving.Dispose();
    }

    /// <summary>A state that is turned into bytes only when it is saved, and once however often the save has to be tried.</summary>
    private sealed class OfferedCheckpoint(Func<byte[]> state, string step)
    {
        private byte[]? _bytes;

        public string Step => step;

        /// <summary>Asked for by one save at a time.</summary>
        public byte[] Bytes => _bytes ??= state();
    }
}
