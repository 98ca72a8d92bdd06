namespace Ktrdr.WorkerHost.Operations;

/// <summary>Why an attempt is told to stop.</summary>
public enum StopKind
{
    /// <summary>Somebody cancelled the operation.</summary>
    Cancelled,

    /// <summary>A newer attempt runs elsewhere, or the Api does not know this one: nothing is reported.</summary>
    Superseded,

    /// <summary>The worker is leaving: the operation goes back to the queue with its checkpoint.</summary>
    Shutdown,
}

/// <param name="Kind">Why.</param>
/// <param name="Text">The reason somebody gave.</param>
public sealed record StopReason(StopKind Kind, string? Text);
