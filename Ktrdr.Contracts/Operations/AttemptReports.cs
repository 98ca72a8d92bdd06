using System.Text.Json;

namespace Ktrdr.Contracts.Operations;

/// <summary>What the Api sends a worker to make it run one attempt. Idempotent by operation id and attempt.</summary>
public sealed record OperationDispatch
{
    public required string OperationId { get; init; }
    public required string Type { get; init; }
    public required int Attempt { get; init; }

    /// <summary>Proves in every report that this worker was given this attempt.</summary>
    public required string AttemptToken { get; init; }
    public required JsonElement Request { get; init; }
    public string? CampaignId { get; init; }

    /// <summary>Where to go on from, if an earlier attempt saved anything.</summary>
    public CheckpointReference? Checkpoint { get; init; }

    /// <summary>W3C trace context of the request that started the operation.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>A worker's answer to a dispatch.</summary>
public sealed record DispatchAnswer(string OperationId, int Attempt, bool Accepted, string? Reason = null);

/// <summary>A saved state: small facts inline, bytes by content hash.</summary>
/// <param name="Sha256">The artifact with the state's bytes.</param>
/// <param name="Step">How far it is, for people: "epoch 12".</param>
public sealed record CheckpointReference(string Sha256, string Step)
{
    public int Attempt { get; init; }
    public string Kind { get; init; } = CheckpointKinds.Periodic;
    public DateTimeOffset? SavedAt { get; init; }

    /// <summary>Version and build of the engine that computed the state: no other goes on from it. Not known of what was saved before this was recorded, which nobody goes on from.</summary>
    public string? EngineBuild { get; init; }
}

public static class CheckpointKinds
{
    public const string Periodic = "periodic";
    public const string Cancellation = "cancellation";
    public const string Shutdown = "shutdown";
    public const string Failure = "failure";
}

/// <summary>An attempt begins.</summary>
/// <param name="BeginsAnew">Why it starts from zero although it was given a checkpoint; null where it goes on from it, or was given none.</param>
public sealed record StartedReport(string? BeginsAnew = null);

/// <summary>Progress with new metric points.</summary>
public sealed record ProgressReport(OperationProgress Progress)
{
    public IReadOnlyList<OperationMetric>? Metrics { get; init; }
}

/// <summary>The outcome of an attempt, committed at most once per operation.</summary>
public sealed record ResultReport(JsonElement Result)
{
    /// <summary>SHA-256 over the result's canonical form without ids and times: equal for equal inputs.</summary>
    public required string ResultHash { get; init; }

    /// <summary>Version and build of the engine that computed it; no part of the hash.</summary>
    public string? EngineBuild { get; init; }
    public IReadOnlyList<OperationMetric>? Metrics { get; init; }
}

/// <summary>A worker gives an operation back to the queue (drain, shutdown), after its checkpoint.</summary>
public sealed record ReleaseReport(string Reason);

/// <summary>The attempt ended by the cancel it was told about.</summary>
public sealed record CancelledReport(string? Reason = null);

/// <summary>Answer to <c>PUT /artifacts/{sha256}</c>.</summary>
public sealed record ArtifactStored(string Sha256, long Bytes);
