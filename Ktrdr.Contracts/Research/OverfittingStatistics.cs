namespace Ktrdr.Contracts.Research;

/// <summary>What choosing the best of everything that a campaign tried on one dataset and window is worth. Null figures: too little to compute them, <see cref="Notes"/> says what is missing.</summary>
public sealed record OverfittingStatistics
{
    public required string Dataset { get; init; }
    public required string Window { get; init; }

    /// <summary>Trials with a series of daily returns.</summary>
    public required int Trials { get; init; }

    /// <summary>Of them, those computed with; the notes say why others were left out.</summary>
    public required int TrialsUsed { get; init; }

    /// <summary>Days of the largest common window.</summary>
    public required int Days { get; init; }
    public DateOnly? FirstDay { get; init; }
    public DateOnly? LastDay { get; init; }

    /// <summary>Chance that the trial that is best on one half of the days is no better than the median on the other half; about 0.5 where choosing is worth nothing.</summary>
    public double? ProbabilityOfOverfitting { get; init; }

    /// <summary>Chance that it loses on the other half.</summary>
    public double? ProbabilityOfLoss { get; init; }

    /// <summary>Slope of its Sharpe ratio on the other half against the one it was chosen for.</summary>
    public double? DegradationSlope { get; init; }
    public double? MedianLogit { get; init; }

    /// <summary>Number of blocks that the days were cut into, in all combinations of halves.</summary>
    public int? Blocks { get; init; }

    /// <summary>White's reality check: p-value of the best mean daily return, the search for it counted.</summary>
    public double? RealityCheckPValue { get; init; }

    /// <summary>Hansen's test for superior predictive ability: the p-value to use, between its lower and upper bound.</summary>
    public double? SpaPValue { get; init; }
    public double? SpaLowerPValue { get; init; }
    public double? SpaUpperPValue { get; init; }

    /// <summary>Strategy with the largest studentised mean.</summary>
    public string? BestStrategyHash { get; init; }

    /// <summary>Mean block length of the stationary bootstrap, in days.</summary>
    public double? BlockLength { get; init; }
    public int? Replications { get; init; }
    public required long Seed { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }
}
