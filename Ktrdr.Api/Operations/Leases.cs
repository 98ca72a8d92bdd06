namespace Ktrdr.Api.Operations;

/// <summary>How long silence may last. All leases are on the database's clock.</summary>
internal sealed record Leases
{
    /// <summary>From the claim to the worker's word that it started.</summary>
    public TimeSpan Dispatched { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From one heartbeat that lists the attempt to the next.</summary>
    public TimeSpan Running { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A worker silent for this long gets no work.</summary>
    public TimeSpan WorkerSilent { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A worker silent for this long is forgotten.</summary>
    public TimeSpan WorkerRemoved { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Losses in a row, without a checkpoint moving, after which the operation itself is to blame.</summary>
    public int CountedLosses { get; init; } = 3;
}
