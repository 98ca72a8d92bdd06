using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;

namespace Ktrdr.Api.Operations;

/// <summary>What can happen to an operation.</summary>
internal enum OperationTrigger
{
    /// <summary>The dispatcher gave it a free slot.</summary>
    Claimed,

    /// <summary>The worker began.</summary>
    Started,

    /// <summary>The worker would not or could not take it.</summary>
    Refused,

    /// <summary>Nobody renewed its lease, or its worker came back without it.</summary>
    LeaseExpired,

    /// <summary>A lost operation goes back to the queue.</summary>
    Requeued,

    /// <summary>It took its workers with it once too often.</summary>
    Exhausted,

    /// <summary>The worker gave it back after a checkpoint: drain or shutdown.</summary>
    Released,
    Result,
    Failure,
    Cancel,

    /// <summary>The worker's word that it stopped because it was told to.</summary>
    CancelConfirmed,
    Resume,
    Retry,

    /// <summary>An operation that is made of others: the first of them runs.</summary>
    PartBegun,
}

/// <summary>One allowed step.</summary>
internal sealed record OperationStep(OperationTrigger Trigger, OperationStatus From, OperationStatus To);

/// <summary>
/// The only place that knows which step is allowed. Every step is one guarded SQL update (expected status and attempt) made from this table
/// by <see cref="OperationTransitions"/>; anything that is not in it is refused with the current state.
/// </summary>
internal static class OperationStateMachine
{
    public static IReadOnlyList<OperationStep> Steps { get; } =
    [
        new(OperationTrigger.Claimed, OperationStatus.Queued, OperationStatus.Dispatched),
        new(OperationTrigger.Started, OperationStatus.Dispatched, OperationStatus.Running),
        new(OperationTrigger.Refused, OperationStatus.Dispatched, OperationStatus.Queued),
        new(OperationTrigger.Refused, OperationStatus.Cancelling, OperationStatus.Cancelled),

        new(OperationTrigger.LeaseExpired, OperationStatus.Dispatched, OperationStatus.Queued),
        new(OperationTrigger.LeaseExpired, OperationStatus.Running, OperationStatus.Lost),
        new(OperationTrigger.LeaseExpired, OperationStatus.Cancelling, OperationStatus.Cancelled),
        new(OperationTrigger.Requeued, OperationStatus.Lost, OperationStatus.Queued),
        new(OperationTrigger.Exhausted, OperationStatus.Running, OperationStatus.Failed),

        new(OperationTrigger.Released, OperationStatus.Running, OperationStatus.Queued),
        new(OperationTrigger.Released, OperationStatus.Cancelling, OperationStatus.Cancelled),

        // A result that was finished while its worker was cut off counts until a newer attempt is dispatched; the attempt guards that.
        new(OperationTrigger.Result, OperationStatus.Dispatched, OperationStatus.Succeeded),
        new(OperationTrigger.Result, OperationStatus.Running, OperationStatus.Succeeded),
        new(OperationTrigger.Result, OperationStatus.Lost, OperationStatus.Succeeded),
        new(OperationTrigger.Result, OperationStatus.Queued, OperationStatus.Succeeded),
        new(OperationTrigger.Result, OperationStatus.Cancelling, OperationStatus.Succeeded),

        new(OperationTrigger.Failure, OperationStatus.Running, OperationStatus.Failed),
        new(OperationTrigger.Failure, OperationStatus.Dispatched, OperationStatus.Failed),
        new(OperationTrigger.Failure, OperationStatus.Queued, OperationStatus.Failed),
        new(OperationTrigger.Failure, OperationStatus.Cancelling, OperationStatus.Cancelled),

        new(OperationTrigger.Cancel, OperationStatus.Queued, OperationStatus.Cancelled),
        new(OperationTrigger.Cancel, OperationStatus.Dispatched, OperationStatus.Cancelling),
        new(OperationTrigger.Cancel, OperationStatus.Running, OperationStatus.Cancelling),
        new(OperationTrigger.CancelConfirmed, OperationStatus.Cancelling, OperationStatus.Cancelled),

        new(OperationTrigger.Resume, OperationStatus.Failed, OperationStatus.Queued),
        new(OperationTrigger.Resume, OperationStatus.Cancelled, OperationStatus.Queued),
        new(OperationTrigger.Retry, OperationStatus.Failed, OperationStatus.Queued),
        new(OperationTrigger.Retry, OperationStatus.Cancelled, OperationStatus.Queued),

        new(OperationTrigger.PartBegun, OperationStatus.Queued, OperationStatus.Running),
    ];

    /// <summary>Where the step leads; null where it is refused.</summary>
    public static OperationStatus? Next(OperationStatus from, OperationTrigger trigger)
        => Steps.FirstOrDefault(s => s.Trigger == trigger && s.From == from)?.To;

    public static IEnumerable<OperationStep> Of(OperationTrigger trigger) => Steps.Where(s => s.Trigger == trigger);

    /// <summary>The trigger as the event rows name it.</summary>
    public static string EventOf(OperationTrigger trigger) => KtrdrJson.Word(trigger);
}
