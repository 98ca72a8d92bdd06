using System.Text.Json;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Strategies;

namespace Ktrdr.Contracts.Sweeps;

/// <summary>Body of <c>POST /sweeps/start</c>: train and backtest every combination of some values of a strategy document. Each variant is a trial and stands in the ledger.</summary>
public sealed record SweepRequest
{
    /// <summary>Name or hash of a stored strategy.</summary>
    public required string Strategy { get; init; }

    /// <summary>What is varied: at least one path.</summary>
    public required IReadOnlyList<SweepParameter> Parameters { get; init; }

    /// <summary>Take this many combinations, drawn by <see cref="Seed"/>; all of them if null.</summary>
    public int? Sample { get; init; }

    /// <summary>Dataset version; the latest of the strategy's symbol and timeframe if null.</summary>
    public string? Dataset { get; init; }
    public IReadOnlyList<string> MoreDatasets { get; init; } = [];
    public string? Symbol { get; init; }
    public string? Timeframe { get; init; }

    /// <summary>Bars to learn from, by open time [Start, End); the dataset's train window if null.</summary>
    public DateTimeOffset? Start { get; init; }
    public DateTimeOffset? End { get; init; }

    /// <summary>The window that every variant is backtested on: validation or test.</summary>
    public string Window { get; init; } = "validation";
    public long Seed { get; init; } = 1;
    public int? Epochs { get; init; }
    public double InitialCapital { get; init; } = 100_000;

    /// <summary>Override the strategy's costs: fraction of the traded value per side.</summary>
    public double? Commission { get; init; }
    public double? Slippage { get; init; }
}

/// <summary>One value of the document that is varied.</summary>
/// <param name="Path">Place in the document, such as <c>indicators.rsi_14.period</c> or <c>decisions.confidence_threshold</c>.</param>
/// <param name="Values">What is tried there, each as the document would hold it.</param>
public sealed record SweepParameter(string Path, IReadOnlyList<JsonElement> Values);

/// <summary>Request of a <c>sweep_part</c> operation: variants [From, To) of a sweep whose inputs are pinned.</summary>
public sealed record SweepPartRequest(string SweepId, SweepRequest Sweep, int From, int To);

/// <summary>Result of a <c>sweep_part</c> operation.</summary>
public sealed record SweepPartResult
{
    public required int From { get; init; }
    public required int To { get; init; }
    public required IReadOnlyList<SweepVariant> Variants { get; init; }
}

/// <summary>One variant, trained and backtested.</summary>
public sealed record SweepVariant
{
    public required int Number { get; init; }

    /// <summary>Value by path.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Values { get; init; }

    /// <summary>Null where the values make no valid document.</summary>
    public string? StrategyHash { get; init; }

    /// <summary>Why there is no result; null where there is one.</summary>
    public string? Failure { get; init; }
    public string? WeightsHash { get; init; }
    public double? ValidationLoss { get; init; }
    public BacktestMetrics? Metrics { get; init; }

    /// <summary>Net daily Sharpe of all seeds together, by which variants are ranked; one seed's is in <see cref="Metrics"/>.</summary>
    public double? TrialSharpe { get; init; }
    public double? SharpeAtDoubleCosts { get; init; }
    public IReadOnlyList<DailyReturn> DailyReturns { get; init; } = [];

    /// <summary>What the future-perturbation proof looked at; null where there is no result. A variant that looks ahead has none: <see cref="Failure"/> names the node.</summary>
    public LookaheadProof? Proof { get; init; }

    /// <summary>In [0, 1): below one half as soon as one neighbour loses. Of the leaders of a finished sweep; null where no neighbour was tried.</summary>
    public double? StabilityScore { get; init; }

    /// <summary>Of the leaders of a finished sweep: the variants that differ from it by one step of one parameter.</summary>
    public IReadOnlyList<StabilityFigures> Stability { get; init; } = [];
}

/// <summary>Request of a <c>sweep_summary</c> operation, which runs when every part is done.</summary>
public sealed record SweepSummaryRequest(string SweepId);

/// <summary>Result of a <c>sweep</c> operation.</summary>
public sealed record SweepResult
{
    public required string StrategyName { get; init; }
    public required string Dataset { get; init; }
    public required string Window { get; init; }
    public required int Variants { get; init; }
    public required int Failed { get; init; }

    /// <summary>Variants with a result at which nothing could be tried to see whether they know the future. None of them traded.</summary>
    public int Untried { get; init; }

    /// <summary>Number of the variant with the highest net daily Sharpe; null where none has one.</summary>
    public int? Best { get; init; }

    /// <summary>Distinct trials on this data and window, those of others included, and how many independent ones they are worth.</summary>
    public required int Trials { get; init; }
    public required double EffectiveTrials { get; init; }

    /// <summary>Of the best variant, on this window alone: rejected or unproven.</summary>
    public string? Verdict { get; init; }

    /// <summary>Why, with how its neighbours did, which enters no verdict.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Of the best variant, by everything that was tried.</summary>
    public double? ProbabilisticSharpe { get; init; }
    public double? DeflatedSharpe { get; init; }

    /// <summary>Probability that the best of the sweep is worse than its median out of sample (CSCV); null with fewer than two variants or too few days.</summary>
    public double? ProbabilityOfOverfitting { get; init; }

    /// <summary>White's reality check and Hansen's SPA: probability of a best variant as good as this if none had an edge.</summary>
    public double? RealityCheckP { get; init; }
    public double? SuperiorAbilityP { get; init; }

    /// <summary>The best variants by net daily Sharpe, at most 50, without their daily returns.</summary>
    public required IReadOnlyList<SweepVariant> Leaders { get; init; }
}
