using Ktrdr.Contracts.Operations;

namespace Ktrdr.Contracts.Workers;

public enum WorkerStatus
{
    Available,
    Busy,
    Draining,
    Unavailable,
}

/// <summary>What a worker's machine offers.</summary>
public sealed record WorkerCapabilities
{
    public bool Gpu { get; init; }
    public string? GpuName { get; init; }
    public int? GpuMemoryMb { get; init; }
    public IReadOnlyList<string> Backends { get; init; } = ["simd"];
    public int CpuCores { get; init; }
    public int MemoryMb { get; init; }
    public string EngineVersion { get; init; } = "";
}

/// <summary>One attempt that a worker says it is running or has finished.</summary>
public sealed record AttemptReference(string OperationId, int Attempt);

/// <summary>Body of <c>POST /workers/register</c>; idempotent by worker id.</summary>
public sealed record WorkerRegistration
{
    /// <summary>1-64 characters of a-z, 0-9, '-', '_' and '.'.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Where the Api reaches the worker: absolute http(s) URL whose host matches the caller's address or the allow-list.</summary>
    public required string EndpointUrl { get; init; }
    public required IReadOnlyList<string> Kinds { get; init; }

    /// <summary>How many operations it runs at once, 1-64.</summary>
    public int Slots { get; init; } = 1;
    public WorkerCapabilities Capabilities { get; init; } = new();
    public IReadOnlyList<AttemptReference> Running { get; init; } = [];
    public IReadOnlyList<AttemptReference> FinishedUnreported { get; init; } = [];
}

/// <summary>Answer to a registration.</summary>
/// <param name="Secret">The worker's own bearer token from now on; the Api uses it towards the worker too. Needed to register this id again.</param>
/// <param name="Stop">Attempts the worker must stop: superseded, cancelled or unknown.</param>
public sealed record WorkerRegistered(string WorkerId, string Secret, double HeartbeatSeconds, IReadOnlyList<AttemptReference> Stop);

/// <summary>Body of a heartbeat: only the attempts listed have their lease renewed.</summary>
public sealed record WorkerHeartbeat
{
    public IReadOnlyList<RunningAttempt> Running { get; init; } = [];
    public bool Draining { get; init; }
}

public sealed record RunningAttempt(string OperationId, int Attempt)
{
    public OperationProgress? Progress { get; init; }
}

/// <summary>Answer to a heartbeat.</summary>
/// <param name="Cancel">Attempts whose operation was cancelled, with the reason.</param>
/// <param name="Stop">Attempts that are superseded or unknown: stop, report nothing.</param>
public sealed record HeartbeatAnswer(IReadOnlyList<CancelledAttempt> Cancel, IReadOnlyList<AttemptReference> Stop, bool Drain);

public sealed record CancelledAttempt(string OperationId, int Attempt, string? Reason);

/// <summary>A worker as the registry shows it.</summary>
public sealed record Worker
{
    public required string WorkerId { get; init; }
    public required string EndpointUrl { get; init; }
    public required IReadOnlyList<string> Kinds { get; init; }
    public required WorkerStatus Status { get; init; }
    public int Slots { get; init; }
    public int BusySlots { get; init; }
    public WorkerCapabilities Capabilities { get; init; } = new();
    public IReadOnlyList<string> Operations { get; init; } = [];
    public DateTimeOffset RegisteredAt { get; init; }
    public DateTimeOffset LastSeenAt { get; init; }
}

/// <summary>A worker's own health.</summary>
/// <param name="WorkerStatus"><c>idle</c>, <c>busy</c> or <c>draining</c>.</param>
public sealed record WorkerHealth(string WorkerId, string WorkerStatus, IReadOnlyList<string> CurrentOperations);

/// <summary>One attempt as the worker that runs it sees it.</summary>
public sealed record WorkerOperation(string OperationId, int Attempt, string Type, string Status)
{
    public OperationProgress? Progress { get; init; }
    public DateTimeOffset StartedAt { get; init; }
}

/// <summary>One group of scrape targets as Prometheus' HTTP service discovery reads it.</summary>
public sealed record PrometheusTargets(IReadOnlyList<string> Targets, IReadOnlyDictionary<string, string> Labels);
