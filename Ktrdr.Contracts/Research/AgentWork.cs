using Ktrdr.Contracts.Backtests;

namespace Ktrdr.Contracts.Research;

/// <summary>The request of an <c>agent_research</c> operation: drive this campaign to its end.</summary>
public sealed record AgentResearchRequest(string CampaignId);

public sealed record AgentResearchResult(string CampaignId, int Experiments, IReadOnlyDictionary<string, int> Verdicts);

/// <summary>The request of an <c>agent_design</c> operation. It holds all that the design depends on, so the same request gives the same document.</summary>
public sealed record DesignRequest
{
    public required string CampaignId { get; init; }
    public required string ExperimentId { get; init; }
    public required int Number { get; init; }
    public required long Seed { get; init; }
    public required string Goal { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }

    /// <summary>Whether the dataset has any volume: blocks that need it are left out otherwise.</summary>
    public required bool HasVolume { get; init; }
    public required MemorySnapshot Memory { get; init; }

    /// <summary>Outcomes of the experiments 1 … Number−Lag, by number.</summary>
    public required IReadOnlyList<ExperimentOutcome> Outcomes { get; init; }

    /// <summary>Take this stored strategy instead of designing one.</summary>
    public string? Strategy { get; init; }
}

/// <summary>What an earlier experiment taught the designer.</summary>
public sealed record ExperimentOutcome
{
    public required int Number { get; init; }
    public required string StrategyHash { get; init; }
    public required string Document { get; init; }
    public required IReadOnlyList<string> Blocks { get; init; }

    /// <summary>Net t-statistic over the validation window; null where a gate stopped it.</summary>
    public double? TStatistic { get; init; }
    public string? Verdict { get; init; }
}

public sealed record DesignResult
{
    public required string StrategyName { get; init; }
    public required string StrategyHash { get; init; }
    public required string Document { get; init; }

    /// <summary>A testable statement.</summary>
    public required string Hypothesis { get; init; }
    public required string HypothesisId { get; init; }
    public required string Rationale { get; init; }
    public required IReadOnlyList<string> Blocks { get; init; }
}

/// <summary>The request of an <c>agent_assessment</c> and of an <c>agent_learning</c> operation.</summary>
public sealed record ExperimentRequest(string CampaignId, string ExperimentId);

/// <summary>What the evidence says, with the numbers in the sentences.</summary>
public sealed record Assessment
{
    /// <summary>rejected or unproven: final words come when the campaign closes.</summary>
    public required string ProvisionalVerdict { get; init; }
    public required IReadOnlyList<string> Findings { get; init; }
    public IReadOnlyList<string> Strengths { get; init; } = [];
    public IReadOnlyList<string> Weaknesses { get; init; } = [];
    public IReadOnlyList<string> Suggestions { get; init; } = [];
    public IReadOnlyList<InputAttribution> Attribution { get; init; } = [];
}

/// <summary>What leaving one input out does to the loss on the last fifth of the training window.</summary>
/// <param name="Contribution">Loss without the input minus loss with it: positive helps.</param>
public sealed record InputAttribution(string Input, double? LossWith, double? LossWithout, double? Contribution);

/// <summary>What to remember of an experiment.</summary>
public sealed record Lesson
{
    public required string ExperimentId { get; init; }
    public required string MemoryScope { get; init; }
    public required string Claim { get; init; }

    /// <summary>supports, contradicts or supersedes (the hypothesis or an earlier lesson).</summary>
    public required string Relation { get; init; }
    public string? HypothesisId { get; init; }
    public required IReadOnlyList<string> Blocks { get; init; }
    public double? TStatistic { get; init; }
    public string? StrategyHash { get; init; }
    public string? Document { get; init; }
    public DateTimeOffset? SavedAt { get; init; }
}

/// <summary>A hypothesis and the evidence for and against it. Equal statements in a scope are one hypothesis.</summary>
public sealed record Hypothesis
{
    public required string Id { get; init; }
    public required string MemoryScope { get; init; }
    public required string Statement { get; init; }
    public string? Rationale { get; init; }

    /// <summary>untested, supported or refuted: by the balance of evidence.</summary>
    public string Status { get; init; } = "untested";
    public int Supporting { get; init; }
    public int Contradicting { get; init; }
    public IReadOnlyList<string> Experiments { get; init; } = [];
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Body of <c>POST /hypotheses</c>; idempotent by scope and statement.</summary>
public sealed record SaveHypothesisRequest(string MemoryScope, string Statement, string? Rationale);

/// <summary>What a designer remembers when a campaign starts.</summary>
public sealed record MemorySnapshot(IReadOnlyList<Lesson> Lessons)
{
    public static MemorySnapshot Empty { get; } = new([]);
}
