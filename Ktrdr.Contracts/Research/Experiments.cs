using Ktrdr.Contracts.Backtests;

namespace Ktrdr.Contracts.Research;

/// <summary>designing → training → backtesting → assessing → learning → done; a gate that does not pass goes straight to assessing.</summary>
public enum ExperimentPhase
{
    Designing,
    Training,
    Backtesting,
    Assessing,
    Learning,
    Done,
    Failed,
}

/// <summary>One idea, from hypothesis to lesson.</summary>
public sealed record Experiment
{
    public required string Id { get; init; }
    public required string CampaignId { get; init; }

    /// <summary>From 1; the ledger and the statistics are ordered by it.</summary>
    public required int Number { get; init; }
    public required ExperimentPhase Phase { get; init; }
    public string? StrategyName { get; init; }
    public string? StrategyHash { get; init; }
    public string? Hypothesis { get; init; }
    public string? HypothesisId { get; init; }

    /// <summary>The designer's building blocks, such as <c>indicator:rsi</c> or <c>label:triple_barrier</c>.</summary>
    public IReadOnlyList<string> Blocks { get; init; } = [];
    public string? DesignOperationId { get; init; }
    public string? TrainingOperationId { get; init; }
    public string? BacktestOperationId { get; init; }
    public string? AssessmentOperationId { get; init; }
    public string? LearningOperationId { get; init; }
    public string? TestOperationId { get; init; }
    public string? ModelId { get; init; }

    /// <summary>The gate that stopped it, with the reason; null when none did.</summary>
    public GateOutcome? Gate { get; init; }

    /// <summary>Of the validation window; null where a gate stopped it.</summary>
    public BacktestMetrics? Validation { get; init; }

    /// <summary>Of the test window; null for what was not nominated.</summary>
    public BacktestMetrics? Test { get; init; }

    /// <summary>Provisional until the campaign is closed.</summary>
    public string? Verdict { get; init; }
    public bool VerdictIsFinal { get; init; }
    public IReadOnlyList<string> VerdictReasons { get; init; } = [];
    public TrialStatistics? Statistics { get; init; }
    public Assessment? Assessment { get; init; }
    public Lesson? Lesson { get; init; }
    public string? Failure { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}

/// <param name="Gate"><c>training</c> or <c>backtest</c>.</param>
public sealed record GateOutcome(string Gate, bool Passed, string Reason);

/// <summary>Body of <c>POST /campaigns/{id}/experiments</c>: idempotent by number.</summary>
public sealed record CreateExperimentRequest(int Number);

/// <summary>Body of <c>POST /experiments/{id}/transition</c>: refused with 409 unless the experiment is in <see cref="From"/>. Null fields stay as they are.</summary>
public sealed record ExperimentTransition
{
    public required ExperimentPhase From { get; init; }

    /// <summary>May equal From: then only fields are set.</summary>
    public required ExperimentPhase To { get; init; }
    public string? StrategyName { get; init; }
    public string? StrategyHash { get; init; }
    public string? Hypothesis { get; init; }
    public string? HypothesisId { get; init; }
    public IReadOnlyList<string>? Blocks { get; init; }
    public string? DesignOperationId { get; init; }
    public string? TrainingOperationId { get; init; }
    public string? BacktestOperationId { get; init; }
    public string? AssessmentOperationId { get; init; }
    public string? LearningOperationId { get; init; }
    public string? TestOperationId { get; init; }
    public string? ModelId { get; init; }
    public GateOutcome? Gate { get; init; }
    public BacktestMetrics? Validation { get; init; }
    public BacktestMetrics? Test { get; init; }
    public string? Verdict { get; init; }
    public IReadOnlyList<string>? VerdictReasons { get; init; }
    public Assessment? Assessment { get; init; }
    public Lesson? Lesson { get; init; }
    public string? Failure { get; init; }
}

/// <summary>A row of the leaderboard: verdict first, then deflated Sharpe, then the t-statistic.</summary>
public sealed record LeaderboardRow
{
    public required int Rank { get; init; }
    public required string ExperimentId { get; init; }
    public required string CampaignId { get; init; }
    public required int Number { get; init; }
    public required ExperimentPhase Phase { get; init; }
    public string? Strategy { get; init; }
    public string? Hypothesis { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public required bool Synthetic { get; init; }
    public double? ValidationSharpe { get; init; }
    public double? TestSharpe { get; init; }
    public double? DeflatedSharpe { get; init; }
    public double? TStatistic { get; init; }
    public int Trades { get; init; }
    public string? Verdict { get; init; }
    public bool VerdictIsFinal { get; init; }
    public IReadOnlyList<string> Reasons { get; init; } = [];
    public int? TrialsCounted { get; init; }
}
