namespace Ktrdr.Contracts.Research;

public enum CampaignStatus
{
    Open,
    Closing,
    Closed,
}

/// <summary>Body of <c>POST /research</c>: a campaign and the operation that drives its experiments.</summary>
public sealed record ResearchRequest
{
    public string Goal { get; init; } = "find a strategy that survives";
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }

    /// <summary>Dataset version to pin; the latest of symbol and timeframe if null.</summary>
    public string? Dataset { get; init; }

    /// <summary>Number of experiments, 1 … 1 000.</summary>
    public int Cycles { get; init; } = 3;
    public long Seed { get; init; } = 1;

    /// <summary>Experiment i sees the outcomes 1 … i−Lag, so that Lag experiments run at once and the outcome depends on nobody's speed. 1 … 64.</summary>
    public int Lag { get; init; } = 2;

    /// <summary>Close the campaign (nominate, test, conclude) after the last experiment.</summary>
    public bool Close { get; init; } = true;

    /// <summary>Whose lessons the designer knows and adds to; null keeps the campaign's memory to itself.</summary>
    public string? MemoryScope { get; init; }

    /// <summary>A stored strategy to judge in the first experiment instead of a design.</summary>
    public string? Strategy { get; init; }
}

public sealed record ResearchStarted(string CampaignId, string OperationId);

public sealed record Campaign
{
    public required string Id { get; init; }
    public required string Goal { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public required string Dataset { get; init; }
    public bool Synthetic { get; init; }
    public required int Cycles { get; init; }
    public required long Seed { get; init; }
    public required int Lag { get; init; }
    public required bool CloseWhenDone { get; init; }
    public required string MemoryScope { get; init; }
    public string? Strategy { get; init; }
    public required CampaignStatus Status { get; init; }

    /// <summary>What the designer knew when the campaign began; never changes.</summary>
    public required MemorySnapshot Memory { get; init; }
    public string? ResearchOperationId { get; init; }

    /// <summary>The latest statistics: provisional while it runs, final when closed.</summary>
    public CampaignStatisticsResult? Statistics { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
}

/// <summary>The request of a <c>campaign_statistics</c> operation.</summary>
/// <param name="Stage"><c>nominate</c> before the test runs, <c>conclude</c> after them.</param>
public sealed record CampaignStatisticsRequest(string CampaignId, string Stage);

/// <summary>What the ledger says of a campaign.</summary>
public sealed record CampaignStatisticsResult
{
    public required string CampaignId { get; init; }
    public required string Stage { get; init; }

    /// <summary>Distinct trials on this data, other campaigns' included.</summary>
    public required int Trials { get; init; }
    public required double EffectiveTrials { get; init; }
    public double? MeanCorrelation { get; init; }

    /// <summary>One per dataset and window that the campaign's own experiments were judged on.</summary>
    public IReadOnlyList<OverfittingStatistics> Overfitting { get; init; } = [];

    /// <summary>Hash of the rules that gave the verdicts.</summary>
    public required string RulesHash { get; init; }

    /// <summary>Hash of the ledger's last row that was read.</summary>
    public required string LedgerHead { get; init; }
    public required IReadOnlyList<TrialStatistics> Experiments { get; init; }
}

/// <summary>One experiment judged.</summary>
public sealed record TrialStatistics
{
    public required string ExperimentId { get; init; }
    public required int Number { get; init; }
    public double? Sharpe { get; init; }
    public double? TStatistic { get; init; }
    public double? ProbabilisticSharpe { get; init; }
    public double? DeflatedSharpe { get; init; }

    /// <summary>Variance of the daily Sharpe over the other trials that the hurdle was built from.</summary>
    public double? TrialVariance { get; init; }
    public bool Nominated { get; init; }
    public double? TestSharpe { get; init; }
    public int? TestTrades { get; init; }
    public double? TestProbabilisticSharpe { get; init; }

    /// <summary>Holm-adjusted over the nominated: 1 − adjusted p.</summary>
    public double? TestAdjustedProbability { get; init; }

    /// <summary>rejected, unproven or survives.</summary>
    public required string Verdict { get; init; }
    public required IReadOnlyList<string> Reasons { get; init; }
}

/// <summary>A trial as the ledger and the stored runs give it to the statistics.</summary>
public sealed record LedgerTrial
{
    /// <summary>Of this campaign; others share the data and count in N.</summary>
    public required bool Own { get; init; }
    public string? ExperimentId { get; init; }
    public int? ExperimentNumber { get; init; }
    public required string StrategyHash { get; init; }
    public required string Dataset { get; init; }

    /// <summary>validation or test.</summary>
    public required string Window { get; init; }

    /// <summary>completed, gated, failed or cancelled.</summary>
    public required string Outcome { get; init; }
    public string? Reason { get; init; }
    public string? BacktestOperationId { get; init; }
    public int Trades { get; init; }
    public double? Sharpe { get; init; }
    public double? SharpeAtDoubleCosts { get; init; }

    /// <summary>Null where there are none, and where they were asked for packed.</summary>
    public IReadOnlyList<Backtests.DailyReturn>? DailyReturns { get; init; }

    /// <summary>The same as <see cref="Backtests.PackedReturns"/>, where they were asked for so.</summary>
    public byte[]? PackedReturns { get; init; }
}

/// <summary>Trials in pages, all of them as the ledger stood when the first page was read.</summary>
/// <param name="LedgerHead">Hash of the last row that counts.</param>
/// <param name="Trials">This page's.</param>
/// <param name="Total">Trials of all pages.</param>
/// <param name="Next">Pass it as <c>after</c> to get the next page; null on the last one.</param>
public sealed record CampaignTrials(string LedgerHead, IReadOnlyList<LedgerTrial> Trials, int Total, string? Next = null);

/// <summary>One row of the ledger of everything that was ever tried. Rows are chained: each hash covers the row and the one before.</summary>
public sealed record LedgerEntry
{
    public required long Sequence { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Who: agent, or the role of the token that started it.</summary>
    public required string Actor { get; init; }
    public string? CampaignId { get; init; }
    public string? ExperimentId { get; init; }
    public required string OperationId { get; init; }
    public required string Purpose { get; init; }
    public required string StrategyHash { get; init; }
    public required string Dataset { get; init; }
    public required string Window { get; init; }
    public required long Seed { get; init; }
    public required string Outcome { get; init; }
    public string? ResultHash { get; init; }
    public required string PreviousHash { get; init; }
    public required string Hash { get; init; }
}
