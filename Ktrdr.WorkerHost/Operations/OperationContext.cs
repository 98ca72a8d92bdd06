using System.Diagnostics;
using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;

namespace Ktrdr.WorkerHost.Operations;

/// <summary>All that a handler needs of the host while it runs one attempt.</summary>
public sealed class OperationContext
{
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(2);

    private readonly RunningAttemptState _state;
    private readonly IKtrdrApi _api;

    internal OperationContext(RunningAttemptState state, ReadOnlyMemory<byte>? checkpoint, IKtrdrApi api, Activity? activity) =>
        (_state, Checkpoint, _api, Activity) = (state, checkpoint, api, activity);

    public string OperationId => _state.Dispatch.OperationId;

    /// <summary>What an earlier attempt saved last; null to start from zero.</summary>
    public ReadOnlyMemory<byte>? Checkpoint { get; }

    /// <summary>The attempt's span; it continues the trace of whoever started the operation. Null when nobody listens.</summary>
    public Activity? Activity { get; }

    /// <summary>Fires when the attempt must stop, whatever the reason.</summary>
    public CancellationToken Cancellation => _state.Cancellation;

    /// <summary>The request as its record.</summary>
    /// <exception cref="OperationFailedException">It is not one.</exception>
    public T Read<T>()
    {
        try
        {
            return KtrdrJson.Read<T>(_state.Dispatch.Request);
        }
        catch (JsonException malformed)
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, $"The request is not a {typeof(T).Name}: {malformed.Message}", malformed);
        }
    }

    /// <summary>Says how far the attempt is. Cheap; only the latest word is sent, about once a second.</summary>
    public void Report(OperationProgress progress) => _state.Report(progress);

    /// <summary>Adds a point to a metric series, such as an epoch's loss. A value that is not finite is left out.</summary>
    public void ReportMetric(string name, double step, double value)
    {
        if (double.IsFinite(value))
        {
            _state.AddMetric(name, step, value);
        }
    }

    /// <summary>
    /// Offers a state to go on from. Cheap; the latest offer is saved at most once a second, and always when the attempt is
    /// cancelled, released or fails.
    /// </summary>
    /// <param name="state">Gives the bytes of the whole state as it is now. Called when the state is saved, if it ever is, on another thread while the work goes on: it may only look at what does not change any more.</param>
    /// <param name="step">How far it is, for people: "epoch 12".</param>
    public void OfferCheckpoint(Func<byte[]> state, string step) => _state.OfferCheckpoint(state, step);

    /// <summary>Runs long computing on a thread of its own, so that heartbeats and endpoints keep answering.</summary>
    public Task<T> ComputeAsync<T>(Func<T> compute)
        => Task.Factory.StartNew(compute, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <summary>Calls the Api with this worker's own token and, while it does not answer, waits and calls again: its outage is nobody's failure.</summary>
    /// <exception cref="KtrdrApiException">It answered and refused.</exception>
    public async Task<T> CallAsync<T>(Func<IKtrdrApi, CancellationToken, Task<T>> call)
    {
        for (var backoff = TimeSpan.FromMilliseconds(200); ; backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff)
        {
            try
            {
                return await call(_api, Cancellation).ConfigureAwait(false);
            }
            catch (KtrdrApiException failure) when (ApiOutage.Is(failure))
            {
                await Task.Delay(backoff, Cancellation).ConfigureAwait(false);
            }
        }
    }
}
