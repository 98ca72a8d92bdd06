namespace Ktrdr.Api.Persistence;

internal sealed class CampaignRow
{
    public required string Id { get; init; }

    /// <summary>open, closing or closed; also in the document.</summary>
    public required string Status { get; set; }
    public long Vtime { get; init; }

    [JsonColumn]
    public required string Document { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ExperimentRow
{
    public required string Id { get; init; }
    public required string CampaignId { get; init; }
    public int Number { get; init; }
    public required string Phase { get; set; }

    /// <summary>0 survives, 1 unproven, 2 rejected, 3 none yet: the leaderboard's order.</summary>
    public int VerdictRank { get; set; }
    public double? DeflatedSharpe { get; set; }
    public double? TStatistic { get; set; }

    [JsonColumn]
    public required string Document { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class HypothesisRow
{
    public required string Id { get; init; }
    public required string MemoryScope { get; init; }

    /// <summary>The statement without case and extra white space: equal statements are one hypothesis.</summary>
    public required string StatementKey { get; init; }

    [JsonColumn]
    public required string Document { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class LessonRow
{
    public required string ExperimentId { get; init; }
    public required string MemoryScope { get; init; }

    [JsonColumn]
    public required string Document { get; init; }
    public DateTimeOffset SavedAt { get; init; }
}

internal sealed class LedgerRow
{
    public long Sequence { get; init; }
    public DateTimeOffset At { get; init; }
    public required string Actor { get; init; }
    public string? CampaignId { get; init; }
    public string? ExperimentId { get; init; }
    public required string OperationId { get; init; }
    public required string Purpose { get; init; }
    public required string StrategyHash { get; init; }
    public required string Dataset { get; init; }
    public required string DataWindow { get; init; }
    public long Seed { get; init; }
    public required string Outcome { get; init; }
    public string? ResultHash { get; init; }
    public required string PreviousHash { get; init; }
    public required string Hash { get; init; }
}
