using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Everything a run did, not only its summary.</summary>
public sealed record BacktestResult
{
    private string? _tradeListHash;

    public required string Symbol { get; init; }

    /// <summary>In order of exit.</summary>
    public required IReadOnlyList<Trade> Trades { get; init; }

    /// <summary>Every executed order, in order of execution.</summary>
    public required IReadOnlyList<Fill> Fills { get; init; }

    /// <summary>Orders that could not be filled, with the reason.</summary>
    public required IReadOnlyList<RejectedOrder> Rejected { get; init; }

    /// <summary>Account value at each close of the window; the last after everything is closed.</summary>
    public required double[] Equity { get; init; }

    /// <summary>Value held at each close as a fraction of equity, negative while short.</summary>
    public required double[] Exposure { get; init; }

    /// <summary>How the decisions ended, HOLD by reason.</summary>
    public required DecisionCounts Decisions { get; init; }

    /// <summary>Net returns per UTC day.</summary>
    public required DailyReturns Daily { get; init; }

    public required BacktestMetrics Metrics { get; init; }

    /// <summary>SHA-256 over the trades' canonical form: equal hashes mean the same trades to the last bit.</summary>
    public string TradeListHash => _tradeListHash ??= Backtesting.TradeListHash.Of(Symbol, Trades);
}
