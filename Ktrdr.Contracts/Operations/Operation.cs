using System.Text.Json;

namespace Ktrdr.Contracts.Operations;

/// <summary>Where an operation stands. The transitions between these are one table in the Api's state machine.</summary>
public enum OperationStatus
{
    Queued,
    Dispatched,
    Running,
    Lost,
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>The types of operation and the worker kind that runs each.</summary>
public static class OperationTypes
{
    public const string DataLoad = "data_load";
    public const string DataCheck = "data_check";
    public const string Training = "training";
    public const string Backtest = "backtest";
    public const string CampaignStatistics = "campaign_statistics";
    public const string LookaheadCheck = "lookahead_check";

    /// <summary>Why a model decides as it does at one bar.</summary>
    public const string Explain = "explain";

    /// <summary>Runs on no worker: it is done when its parts and the summary are.</summary>
    public const string Sweep = "sweep";
    public const string SweepPart = "sweep_part";
    public const string SweepSummary = "sweep_summary";
    public const string AgentResearch = "agent_research";
    public const string AgentDesign = "agent_design";
    public const string AgentAssessment = "agent_assessment";
    public const string AgentLearning = "agent_learning";

    public static IReadOnlyList<string> All { get; } =
        [DataLoad, DataCheck, Training, Backtest, CampaignStatistics, LookaheadCheck, Explain, Sweep, SweepPart, SweepSummary, AgentResearch, AgentDesign, AgentAssessment, AgentLearning];

    /// <summary>Types whose result is a pure function of the request: running one again must give the same bits. A sweep is reproduced part by part: its summary counts everything that was tried until then.</summary>
    public static IReadOnlyList<string> Reproducible { get; } = [Training, Backtest, SweepPart];

    /// <summary>The worker kind that runs operations of this type.</summary>
    public static string WorkerKindOf(string type) => type switch
    {
        Training => WorkerKinds.Training,
        DataLoad or DataCheck or Backtest or CampaignStatistics or LookaheadCheck or Explain or SweepPart or SweepSummary => WorkerKinds.Backtest,
        Sweep => WorkerKinds.None,
        AgentResearch or AgentDesign or AgentAssessment or AgentLearning => WorkerKinds.Agent,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"Unknown operation type; known: {string.Join(", ", All)}."),
    };
}

/// <summary>What a worker can be configured to do.</summary>
public static class WorkerKinds
{
    public const string Backtest = "backtest";
    public const string Training = "training";
    public const string Data = "data";
    public const string Agent = "agent";

    /// <summary>Of operations that are made of others: no worker has this kind.</summary>
    public const string None = "none";

    public static IReadOnlyList<string> All { get; } = [Backtest, Training, Data, Agent];
}

/// <summary>One piece of work as the Api knows it.</summary>
public sealed record Operation
{
    /// <summary><c>op_</c> and a UUIDv7 in hex: ids sort by the time of acceptance.</summary>
    public required string Id { get; init; }
    public required string Type { get; init; }
    public string? ParentId { get; init; }
    public string? CampaignId { get; init; }

    /// <summary>The finished operation that this one runs again to compare; null for every other.</summary>
    public string? Reproduces { get; init; }

    /// <summary>Higher runs first; 0 is normal, −100 … 100.</summary>
    public int Priority { get; init; }
    public required OperationStatus Status { get; init; }

    /// <summary>Counts dispatches, and resumes and retries before them; it is the fencing token that every report of a worker carries.</summary>
    public int Attempt { get; init; }
    public string? WorkerId { get; init; }
    public DateTimeOffset? LeaseExpiresAt { get; init; }
    public JsonElement Request { get; init; }
    public OperationProgress? Progress { get; init; }
    public JsonElement? Result { get; init; }

    /// <summary>Version and build of the engine that computed the result; of a sweep those of its parts and its summary, separated by commas.</summary>
    public string? EngineBuild { get; init; }

    /// <summary>Why an attempt last began anew although a checkpoint was there, such as one of another engine build; null where none did.</summary>
    public string? BeganAnew { get; init; }
    public OperationFailure? Failure { get; init; }
    public string? TraceId { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>For a queued operation: its place in the queue of its kind, from 1.</summary>
    public int? QueuePosition { get; init; }

    /// <summary>For a queued operation: why it waits.</summary>
    public string? WaitingFor { get; init; }

    public bool IsFinished => Status is OperationStatus.Succeeded or OperationStatus.Failed or OperationStatus.Cancelled;
}

/// <summary>How far an operation is.</summary>
/// <param name="Percent">0 … 100.</param>
/// <param name="Step">What is being done, for people.</param>
public sealed record OperationProgress(double Percent, string Step)
{
    public long? ItemsDone { get; init; }
    public long? ItemsTotal { get; init; }
    public string? CurrentItem { get; init; }

    /// <summary>Items per second.</summary>
    public double? Rate { get; init; }
    public double? EtaSeconds { get; init; }

    /// <summary>Figures of the moment, such as <c>train_loss</c>.</summary>
    public IReadOnlyDictionary<string, double>? Context { get; init; }
}

/// <summary>Why an operation failed.</summary>
/// <param name="Code">Stable machine-readable name.</param>
/// <param name="Message">Safe to show to anyone.</param>
public sealed record OperationFailure(string Code, string Message)
{
    /// <summary>For the operator only.</summary>
    public string? Detail { get; init; }
    public bool Retryable { get; init; }
    public string? Suggestion { get; init; }
}

/// <summary>One row of an operation's history.</summary>
public sealed record OperationEvent(long Sequence, DateTimeOffset At, string Event, OperationStatus? From, OperationStatus To, int Attempt)
{
    public string? WorkerId { get; init; }
    public string? Note { get; init; }
}

/// <summary>One point of an operation's metric series, such as an epoch's losses.</summary>
public sealed record OperationMetric(long Cursor, string Name, double Step, double Value);

/// <summary>The answer to every accepted start.</summary>
/// <param name="OperationId">Also in the Location header.</param>
public sealed record OperationAccepted(string OperationId, OperationStatus Status);

/// <summary>One finished span of the sandbox's own trace store.</summary>
public sealed record TraceSpan(string TraceId, string SpanId, string? ParentSpanId, string Service, string Name, DateTimeOffset StartedAt, double Milliseconds)
{
    public string? Status { get; init; }
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}
