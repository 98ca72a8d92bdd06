using System.Text.Json.Serialization;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Strategies;

namespace Ktrdr.Contracts.Backtests;

/// <summary>Body of <c>POST /backtests/start</c> and request of a <c>backtest</c> operation.</summary>
public sealed record BacktestRequest
{
    /// <summary>Id of a stored model; null with <see cref="Strategy"/> set takes that strategy's latest model.</summary>
    public string? Model { get; init; }
    public string? Strategy { get; init; }

    /// <summary>Text of an ensemble document, in place of model and strategy.</summary>
    public string? Ensemble { get; init; }

    /// <summary>Model ids by member of the ensemble; those that are left out are found by the document's model_path when the request is accepted.</summary>
    public IReadOnlyDictionary<string, string> Members { get; init; } = new Dictionary<string, string>();
    public string? Dataset { get; init; }

    /// <summary>Dataset versions of the strategy's further symbols and context series; the latest of each that is not named.</summary>
    public IReadOnlyList<string> MoreDatasets { get; init; } = [];

    /// <summary>train, validation, test, or unsealed (every bar before the seal); or null with explicit dates.</summary>
    public string? Window { get; init; }
    public DateTimeOffset? Start { get; init; }
    public DateTimeOffset? End { get; init; }
    public double InitialCapital { get; init; } = 100_000;

    /// <summary>Override the strategy's costs: fraction of the traded value per side.</summary>
    public double? Commission { get; init; }
    public double? Slippage { get; init; }
    public string Purpose { get; init; } = RunPurposes.Manual;
    public string? ExperimentId { get; init; }
    public string Backend { get; init; } = "simd";
}

/// <summary>Result of a <c>backtest</c> operation, whole: the Api stores trades and equity in tables of their own.</summary>
public sealed record BacktestResult
{
    /// <summary>Of an ensemble: its gate's.</summary>
    public required string Model { get; init; }

    /// <summary>Members of the ensemble, its gate first; empty for a model.</summary>
    public IReadOnlyList<BacktestMember> Members { get; init; } = [];
    public required string StrategyName { get; init; }
    public required string StrategyHash { get; init; }
    public required string Dataset { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public required string Window { get; init; }
    public required DateTimeOffset Start { get; init; }
    public required DateTimeOffset End { get; init; }
    public required int Bars { get; init; }
    public required long Seed { get; init; }
    public required string EngineVersion { get; init; }
    public required double InitialCapital { get; init; }
    public required double Commission { get; init; }
    public required double Slippage { get; init; }
    public required BacktestMetrics Metrics { get; init; }

    /// <summary>Of <see cref="DailyReturns"/>, that is of all seeds together: what the verdict judges. One seed's is in <see cref="Metrics"/>.</summary>
    public double? TrialSharpe { get; init; }

    /// <summary>The same at 2x and 3x costs, same decisions; null where undefined.</summary>
    public double? SharpeAtDoubleCosts { get; init; }
    public double? SharpeAtTripleCosts { get; init; }
    public double? BuyAndHoldSharpe { get; init; }
    public required string TradeListHash { get; init; }

    /// <summary>What the verdict rules say of this run alone: rejected or unproven, with reasons.</summary>
    public required string ProvisionalVerdict { get; init; }
    public IReadOnlyList<string> ProvisionalReasons { get; init; } = [];

    /// <summary>How many bars each decision filter held back, by name.</summary>
    public IReadOnlyDictionary<string, int> HoldReasons { get; init; } = new Dictionary<string, int>();

    /// <summary>Nodes found to see the future at the cut points of <see cref="Proof"/>. Empty says nothing where there is none.</summary>
    public IReadOnlyList<string> Leaks { get; init; } = [];

    /// <summary>What was tried to see whether the run knows the future; null in results of versions that did not count it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LookaheadProof? Proof { get; init; }

    /// <summary>Every seed by itself. The figures, trades and equity of this record are those of <see cref="Seed"/>; daily returns and the verdict are of all seeds together, with equal capital.</summary>
    public IReadOnlyList<SeedBacktest> Seeds { get; init; } = [];
    public BacktestStatistics? Statistics { get; init; }

    /// <summary>Orders that were not filled, by reason.</summary>
    public IReadOnlyDictionary<string, int> RejectedOrders { get; init; } = new Dictionary<string, int>();
    public IReadOnlyList<Trade> Trades { get; init; } = [];

    /// <summary>Every order with what became of it.</summary>
    public IReadOnlyList<BacktestOrder> Orders { get; init; } = [];
    public IReadOnlyList<EquityPoint> Equity { get; init; } = [];

    /// <summary>Net return per UTC day of the window, flat days 0.</summary>
    public IReadOnlyList<DailyReturn> DailyReturns { get; init; } = [];
}

/// <summary>A member of an ensemble as it ran.</summary>
/// <param name="Id">In the document.</param>
/// <param name="Model">Id of the stored model.</param>
public sealed record BacktestMember(string Id, string Model, string StrategyHash, string WeightsHash);

/// <summary>One seed of a backtest.</summary>
public sealed record SeedBacktest(long Seed, double? TotalReturn, double? Sharpe, double? MaxDrawdown, int Trades, string TradeListHash);

/// <summary>What is said of a run besides its figures; docs/statistics.md has the formulas.</summary>
public sealed record BacktestStatistics
{
    /// <summary>Bootstrap intervals of the headline figures.</summary>
    public required double IntervalLevel { get; init; }
    public required IReadOnlyList<FigureInterval> Intervals { get; init; }

    /// <summary>Share of runs with random entries of the same number, sides and holding times that did at least as well; null where there is nothing to permute.</summary>
    public double? PermutationP { get; init; }

    /// <summary>Probability that the true Sharpe ratio exceeds 0, nothing else tried being counted.</summary>
    public double? ProbabilisticSharpe { get; init; }
    public double? MinimumTrackRecordDays { get; init; }
    public required IReadOnlyList<BenchmarkFigures> Benchmarks { get; init; }
    public required IReadOnlyList<CostStressFigures> CostStress { get; init; }

    /// <summary>In [0, 1): below one half as soon as one part loses.</summary>
    public double? StabilityScore { get; init; }
    public required IReadOnlyList<StabilityFigures> Stability { get; init; }
}

/// <summary>A figure with its interval; null bounds where too few resamples define it.</summary>
public sealed record FigureInterval(string Name, double? Value, double? Lower, double? Upper);

/// <summary>buy_and_hold, inverse, or random (the median of random runs).</summary>
public sealed record BenchmarkFigures(string Name, double TotalReturn, double? Sharpe, double? MaxDrawdown);

public sealed record CostStressFigures(double Multiple, double TotalReturn, double? Sharpe);

/// <param name="Kind">fold, period, symbol, seed, regime or neighbour.</param>
public sealed record StabilityFigures(string Kind, string Name, double? Sharpe, double Return);

/// <summary>Headline figures; null is "undefined", never 0.</summary>
public sealed record BacktestMetrics
{
    public double? TotalReturn { get; init; }
    public double? AnnualReturn { get; init; }
    public double? Volatility { get; init; }

    /// <summary>Annualised, from daily net returns.</summary>
    public double? Sharpe { get; init; }
    public double? Sortino { get; init; }
    public double? Calmar { get; init; }
    public double? MaxDrawdown { get; init; }
    public int? MaxDrawdownBars { get; init; }
    public int Trades { get; init; }
    public double? WinRate { get; init; }
    public double? ProfitFactor { get; init; }
    public double? Expectancy { get; init; }
    public double? Exposure { get; init; }
    public double? Turnover { get; init; }
    public double CostsPaid { get; init; }
    public double? TailRatio { get; init; }
    public double? Skew { get; init; }
    public double? Kurtosis { get; init; }

    /// <summary>mean / standard deviation · √T of the daily net returns.</summary>
    public double? NetTStatistic { get; init; }
    public double FinalEquity { get; init; }
}

public sealed record Trade
{
    public required int Number { get; init; }
    public required string Side { get; init; }
    public required double Quantity { get; init; }
    public required DateTimeOffset EntryTime { get; init; }
    public required double EntryPrice { get; init; }
    public required DateTimeOffset ExitTime { get; init; }
    public required double ExitPrice { get; init; }
    public required int BarsHeld { get; init; }
    public required double GrossPnl { get; init; }
    public required double Commission { get; init; }

    /// <summary>Slippage and the paid part of the spread, already inside the prices.</summary>
    public required double Slippage { get; init; }

    /// <summary>Paid for the nights it was held.</summary>
    public double Financing { get; init; }

    /// <summary>Gross less commission and financing.</summary>
    public required double NetPnl { get; init; }

    /// <summary>Best and worst unrealised gain on highs and lows, in account currency.</summary>
    public required double MaxFavourable { get; init; }
    public required double MaxAdverse { get; init; }
    public required string ExitReason { get; init; }
    public double? Confidence { get; init; }
    public string? Symbol { get; init; }

    /// <summary>Why it was entered: the rules that fired, or the features that weighed most.</summary>
    public string? Reason { get; init; }
}

/// <summary>An order of a backtest, executed or not; prices and costs are those of its fill.</summary>
public sealed record BacktestOrder
{
    public required int Number { get; init; }
    public required string Symbol { get; init; }

    /// <summary>Of the fill; else open time of the bar at which it was refused or dropped.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>buy or sell.</summary>
    public required string Side { get; init; }

    /// <summary>entry, or why a position was closed.</summary>
    public required string Reason { get; init; }

    /// <summary>filled, reduced (the cash did not cover it all), rejected, or dropped (decided at the last close).</summary>
    public required string Status { get; init; }

    /// <summary>Units asked for and filled.</summary>
    public required double Requested { get; init; }
    public required double Filled { get; init; }

    /// <summary>Open, close or level before costs, and the price after slippage and half the spread.</summary>
    public double? MarketPrice { get; init; }
    public double? Price { get; init; }
    public double? Commission { get; init; }
    public double? Slippage { get; init; }
    public double? CashAfter { get; init; }
}

public sealed record EquityPoint(DateTimeOffset Time, double Equity, double Exposure);

public sealed record DailyReturn(DateOnly Day, double Return);

/// <summary>A stored backtest without its trades and equity, which have routes of their own.</summary>
public sealed record Backtest
{
    public required string OperationId { get; init; }
    public string? CampaignId { get; init; }
    public string? ExperimentId { get; init; }
    public string Purpose { get; init; } = RunPurposes.Manual;
    public required BacktestResult Result { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}
