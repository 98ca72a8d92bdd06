using Ktrdr.Contracts.Operations;

namespace Ktrdr.Api.Persistence;

internal sealed class OperationRow
{
    public required string Id { get; init; }
    public required string Type { get; init; }

    /// <summary>The worker kind that runs it.</summary>
    public required string Kind { get; init; }
    public string? ParentId { get; init; }
    public string? CampaignId { get; init; }
    public int Priority { get; init; }

    /// <summary>The campaign's virtual time when it was queued, milliseconds: fair share without aggregates.</summary>
    public long Vtime { get; init; }
    public OperationStatus Status { get; init; }
    public int Attempt { get; init; }
    public string? WorkerId { get; init; }
    public DateTimeOffset? LeaseExpiresAt { get; init; }
    public required string Backend { get; init; }

    /// <summary>required, preferred or forbidden.</summary>
    public required string Gpu { get; init; }

    [JsonColumn]
    public required string Request { get; init; }

    [JsonColumn]
    public string? Progress { get; init; }

    [JsonColumn]
    public string? Failure { get; init; }
    public string? CancelReason { get; init; }

    [JsonColumn]
    public string? Checkpoint { get; init; }

    /// <summary>Why an attempt last began anew although there was a checkpoint.</summary>
    public string? BeganAnew { get; init; }

    /// <summary>Leases lost while it ran, since a checkpoint last moved.</summary>
    public int Losses { get; init; }

    /// <summary>The checkpoint that it had when a lease was last lost.</summary>
    public string? LossCheckpoint { get; init; }
    public string? TraceId { get; init; }
    public string? TraceParent { get; init; }
    public required string Actor { get; init; }
    public string? Purpose { get; init; }
    public string? ExperimentId { get; init; }
    public string? StrategyHash { get; init; }
    public string? Dataset { get; init; }
    public string? DataWindow { get; init; }
    public long? Seed { get; init; }

    /// <summary>The finished operation that this one runs again.</summary>
    public string? Reproduces { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}

internal sealed class OperationEventRow
{
    public long Sequence { get; init; }
    public required string OperationId { get; init; }
    public DateTimeOffset At { get; init; }
    public required string Event { get; init; }
    public OperationStatus? FromStatus { get; init; }
    public OperationStatus ToStatus { get; init; }
    public int Attempt { get; init; }
    public string? WorkerId { get; init; }
    public string? Note { get; init; }
}

internal sealed class OperationMetricRow
{
    public required string OperationId { get; init; }
    public required string Name { get; init; }
    public double Step { get; init; }
    public double Value { get; init; }
    public long Cursor { get; init; }
}

internal sealed class ResultRow
{
    public required string OperationId { get; init; }
    public int Attempt { get; init; }

    [JsonColumn]
    public required string Result { get; init; }
    public required string ResultHash { get; init; }

    /// <summary>Null where the worker that computed it did not say; of a sweep all that took part, separated by commas.</summary>
    public string? EngineBuild { get; init; }
    public DateTimeOffset CommittedAt { get; init; }
}

internal sealed class ArtifactRow
{
    public required string Sha256 { get; init; }
    public long Bytes { get; init; }

    /// <summary>Holds bars that no route may serve.</summary>
    public bool Sealed { get; init; }
    public DateTimeOffset LastPutAt { get; init; }
}

internal sealed class WorkerRow
{
    public required string WorkerId { get; init; }
    public required string EndpointUrl { get; init; }
    public required string[] Kinds { get; init; }
    public int Slots { get; init; }

    [JsonColumn]
    public required string Capabilities { get; init; }

    /// <summary>What the worker's secret is derived from, with a key that the database never sees.</summary>
    public required string Nonce { get; init; }
    public bool Draining { get; init; }
    public DateTimeOffset RegisteredAt { get; init; }
    public DateTimeOffset LastSeenAt { get; init; }
}

internal sealed class WorkerSlotRow
{
    public required string WorkerId { get; init; }
    public int Slot { get; init; }
    public string? OperationId { get; init; }
    public int? Attempt { get; init; }
    public DateTimeOffset LastUsedAt { get; init; }
    public DateTimeOffset NotBefore { get; init; }
}

internal sealed class SpanRow
{
    public required string TraceId { get; init; }
    public required string SpanId { get; init; }
    public string? ParentSpanId { get; init; }
    public required string Service { get; init; }
    public required string Name { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public double Milliseconds { get; init; }
    public string? Status { get; init; }

    [JsonColumn]
    public string? Attributes { get; init; }
}
