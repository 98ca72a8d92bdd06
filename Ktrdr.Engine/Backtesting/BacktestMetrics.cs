namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// Figures of one run, net of all costs. Rates are fractions (0.1 = 10 %). What is undefined is null, never a stand-in. Annual figures use the
/// window's own bar frequency, bars per calendar year of 365.25 days, and are null where it is not known (<see cref="BacktestResult.BarsPerYear"/>). The formulas
/// are in <c>docs/statistics.md</c>.
/// </summary>
public sealed record BacktestMetrics
{
    /// <summary>Final equity over initial capital, less 1.</summary>
    public required double TotalReturn { get; init; }

    /// <summary>Compound; null for an account that lost everything.</summary>
    public double? AnnualReturn { get; init; }

    /// <summary>Annualised standard deviation of the returns per bar.</summary>
    public double? Volatility { get; init; }

    /// <summary>Annualised mean over standard deviation of the returns per bar.</summary>
    public double? Sharpe { get; init; }

    /// <summary>Annualised mean over standard deviation of the returns per UTC day: the Sharpe ratio that verdicts use. Null for less than a week of days.</summary>
    public double? DailySharpe { get; init; }

    /// <summary>Annualised mean over downside deviation (below 0) of the returns per bar.</summary>
    public double? Sortino { get; init; }

    /// <summary>Annual return over maximum drawdown.</summary>
    public double? Calmar { get; init; }

    /// <summary>Deepest fall of equity below its running peak, as a positive fraction of the peak.</summary>
    public required double MaxDrawdown { get; init; }

    /// <summary>Most bars in a row below an earlier peak.</summary>
    public required int MaxDrawdownBars { get; init; }

    /// <summary>Round trips, one closed at the end of the data included.</summary>
    public required int Trades { get; init; }

    /// <summary>Share of trades with a net profit above 0.</summary>
    public double? WinRate { get; init; }

    /// <summary>Sum of net profits over sum of net losses; null without a losing trade.</summary>
    public double? ProfitFactor { get; init; }

    /// <summary>Mean net profit per trade, account currency.</summary>
    public double? Expectancy { get; init; }

    /// <summary>Share of closes with an open position.</summary>
    public required double Exposure { get; init; }

    /// <summary>Notional of all fills over mean equity, per year.</summary>
    public double? Turnover { get; init; }

    /// <summary>Commission, slippage, spread and financing together, account currency.</summary>
    public required double CostsPaid { get; init; }

    /// <summary>Of all fills, account currency.</summary>
    public required double CommissionPaid { get; init; }

    /// <summary>What fills were worse than the market by slippage, account currency; already inside their prices.</summary>
    public required double SlippagePaid { get; init; }

    /// <summary>The same by half the spread per fill.</summary>
    public required double SpreadPaid { get; init; }

    /// <summary>For positions held over a rollover, account currency.</summary>
    public required double FinancingPaid { get; init; }

    /// <summary>95th percentile of the daily returns over the absolute 5th.</summary>
    public double? TailRatio { get; init; }

    /// <summary>Of the daily returns.</summary>
    public double? Skew { get; init; }

    /// <summary>Of the daily returns, not in excess: 3 for a normal distribution.</summary>
    public double? Kurtosis { get; init; }

    /// <summary>Mean over standard deviation of the daily net returns, times the root of their number.</summary>
    public double? NetTStatistic { get; init; }
}
