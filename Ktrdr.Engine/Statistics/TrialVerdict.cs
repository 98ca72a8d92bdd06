namespace Ktrdr.Engine.Statistics;

/// <summary>The one word that is left when everything tried has been counted.</summary>
public enum Verdict
{
    /// <summary>Stopped at a gate, loses money or trades too little to say anything.</summary>
    Rejected,

    /// <summary>Neither rejected nor shown to be more than luck.</summary>
    Unproven,

    /// <summary>Nominated, and its edge stands on unseen data, at stressed costs and against everything tried.</summary>
    Survives,
}

/// <summary>A verdict with all the numbers that led to it. Sharpe ratios called daily are per day, the others annualised by the days per year of their series.</summary>
public sealed record TrialVerdict
{
    public required int Experiment { get; init; }

    public required TrialKey Key { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>Sentences with the numbers in them, the deciding ones first.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Hash of the <see cref="VerdictRules"/> applied.</summary>
    public required string RulesHash { get; init; }

    /// <summary>N: distinct trials, of this campaign and of others on the same data, including failed and cancelled ones.</summary>
    public required int Trials { get; init; }

    /// <summary>ρ̄ in [0, 1].</summary>
    public required double MeanCorrelation { get; init; }

    /// <summary>N_eff = ρ̄ + (1−ρ̄)·N.</summary>
    public required double EffectiveTrials { get; init; }

    /// <summary>V, variance of the trials' daily Sharpe ratios as seen from this candidate; null where the candidate has no returns.</summary>
    public double? SharpeVariance { get; init; }

    /// <summary>Daily Sharpe ratio that the best of the trials would show by luck; null where the candidate has no returns.</summary>
    public double? Hurdle { get; init; }

    public double? DailySharpe { get; init; }

    /// <summary>Annualised net Sharpe ratio of daily returns.</summary>
    public double? NetSharpe { get; init; }

    /// <summary>Net t-statistic: daily Sharpe · √days.</summary>
    public double? TStatistic { get; init; }

    public int Trades { get; init; }

    /// <summary>Days in the series.</summary>
    public int Days { get; init; }

    /// <summary>Probability that the true Sharpe ratio exceeds 0.</summary>
    public double? ProbabilisticSharpe { get; init; }

    /// <summary>Probability that the true Sharpe ratio exceeds <see cref="Hurdle"/>.</summary>
    public double? DeflatedSharpe { get; init; }

    /// <summary>The same without a favourable skew that a few days make (<see cref="ReturnMoments.CreditedSkew"/>); equal to it where there is none.</summary>
    public double? CreditedDeflatedSharpe { get; init; }

    /// <summary>Days needed for the probabilistic Sharpe ratio to reach the rules' probability; null where no length would do.</summary>
    public double? MinimumTrackRecordDays { get; init; }

    /// <summary>Result on the test window; null where not nominated or not concluded.</summary>
    public TestOutcome? Test { get; init; }
}

/// <summary>How a nominee did on the test window, which is looked at once.</summary>
public sealed record TestOutcome
{
    public required TrialStatus Status { get; init; }

    public int Trades { get; init; }

    /// <summary>Annualised net Sharpe ratio of daily returns.</summary>
    public double? NetSharpe { get; init; }

    /// <summary>Annualised net Sharpe ratio at the rules' cost stress.</summary>
    public double? StressedSharpe { get; init; }

    public double? TStatistic { get; init; }

    /// <summary>Probability that the true Sharpe ratio exceeds 0.</summary>
    public double? ProbabilisticSharpe { get; init; }

    /// <summary>The same without a favourable skew that a few days make (<see cref="ReturnMoments.CreditedSkew"/>); equal to it where there is none.</summary>
    public double? CreditedProbabilisticSharpe { get; init; }

    /// <summary>1 − the Holm-adjusted p-value over all nominees; a nominee without a defined ratio has p = 1.</summary>
    public required double AdjustedProbability { get; init; }
}
