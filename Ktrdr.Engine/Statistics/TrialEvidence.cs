namespace Ktrdr.Engine.Statistics;

/// <summary>What makes two evaluations the same trial: one strategy on one dataset version over one window. Folds and seeds are no trials of their own.</summary>
/// <param name="StrategyHash">Hash of the canonical strategy.</param>
/// <param name="DatasetVersion">Content hash of the pinned bars.</param>
/// <param name="Window">Name of the window, for instance "validation".</param>
public readonly record struct TrialKey(string StrategyHash, string DatasetVersion, string Window) : IComparable<TrialKey>
{
    public int CompareTo(TrialKey other)
    {
        var order = string.CompareOrdinal(StrategyHash, other.StrategyHash);
        order = order != 0 ? order : string.CompareOrdinal(DatasetVersion, other.DatasetVersion);
        return order != 0 ? order : string.CompareOrdinal(Window, other.Window);
    }
}

/// <summary>How an evaluation ended.</summary>
public enum TrialStatus
{
    /// <summary>The backtest ran to its end.</summary>
    Completed,

    /// <summary>A gate stopped the experiment; <see cref="TrialEvidence.GateReason"/> says why.</summary>
    Gated,

    Failed,
    Cancelled,
}

/// <summary>One evaluation as the ledger knows it. Every one of them counts as tried, however it ended.</summary>
public sealed record TrialEvidence
{
    /// <summary>Number of the experiment within its campaign.</summary>
    public required int Experiment { get; init; }

    public required TrialKey Key { get; init; }

    public required TrialStatus Status { get; init; }

    /// <summary>One sentence; set where <see cref="Status"/> is <see cref="TrialStatus.Gated"/>.</summary>
    public string? GateReason { get; init; }

    /// <summary>Net daily returns over the window; null where no backtest ended.</summary>
    public DailyReturns? Daily { get; init; }

    /// <summary>Closed trades in the window.</summary>
    public int Trades { get; init; }

    /// <summary>Annualised daily net Sharpe ratio of the same run at the stress multiple of its costs; null where not run or undefined. Needed on the test window only.</summary>
    public double? StressedSharpe { get; init; }
}
