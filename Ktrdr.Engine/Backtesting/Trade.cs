using System.Globalization;

namespace Ktrdr.Engine.Backtesting;

public enum FillSide
{
    Buy,
    Sell,
}

public enum FillReason
{
    /// <summary>Opens a position.</summary>
    Entry,

    /// <summary>Closes it on the opposite signal.</summary>
    OppositeSignal,

    /// <summary>Closes it at the last close of the window.</summary>
    EndOfData,

    /// <summary>Closes it at the close at which the account was worth nothing or less.</summary>
    Ruin,
}

/// <summary>One executed order.</summary>
/// <param name="Bar">Index into the bars given to the run.</param>
/// <param name="Time">Unix milliseconds UTC: the bar's open, or the moment it was complete where the fill is at its close.</param>
/// <param name="MarketPrice">The open (or close) before costs.</param>
/// <param name="Price">The price paid or received, slippage and half spread included.</param>
/// <param name="Quantity">Units, positive.</param>
/// <param name="Commission">Account currency.</param>
/// <param name="SlippageCost">Account currency; already inside <paramref name="Price"/>.</param>
/// <param name="SpreadCost">Account currency; already inside <paramref name="Price"/>.</param>
/// <param name="CashAfter">Cash after the fill. While a short is open its full notional is set aside as margin.</param>
public readonly record struct Fill(
    int Bar, long Time, FillSide Side, FillReason Reason, double MarketPrice, double Price, double Quantity,
    double Commission, double SlippageCost, double SpreadCost, double CashAfter);

/// <summary>An order that could not be filled: there was not the cash for one unit.</summary>
/// <param name="Bar">Index of the bar at whose open it was to be filled.</param>
/// <param name="Time">Open time of that bar, Unix milliseconds UTC.</param>
/// <param name="Side">What was to be done.</param>
/// <param name="Cash">Cash at that moment.</param>
/// <param name="MarketPrice">The open before costs.</param>
public readonly record struct RejectedOrder(int Bar, long Time, FillSide Side, double Cash, double MarketPrice)
{
    public string Reason => string.Create(CultureInfo.InvariantCulture, $"cash {Cash:0.##} does not buy one unit at {MarketPrice:0.######}");
}

/// <summary>A position from its opening to its closing. Money is in account currency.</summary>
public readonly record struct Trade
{
    public required PositionSide Side { get; init; }

    /// <summary>Units, positive.</summary>
    public required double Quantity { get; init; }

    public required int EntryBar { get; init; }

    /// <summary>Unix milliseconds UTC.</summary>
    public required long EntryTime { get; init; }

    /// <summary>Slippage and half spread included.</summary>
    public required double EntryPrice { get; init; }

    public required int ExitBar { get; init; }

    /// <summary>Unix milliseconds UTC: the open of the exit bar, or the moment it was complete where the exit is at its close.</summary>
    public required long ExitTime { get; init; }

    /// <summary>Slippage and half spread included.</summary>
    public required double ExitPrice { get; init; }

    public required FillReason ExitReason { get; init; }

    public required double EntryCommission { get; init; }

    public required double ExitCommission { get; init; }

    /// <summary>Entry and exit together; already inside the prices.</summary>
    public required double SlippageCost { get; init; }

    /// <summary>Entry and exit together; already inside the prices.</summary>
    public required double SpreadCost { get; init; }

    /// <summary>From the fill prices, before commission.</summary>
    public double GrossPnl => (int)Side * (ExitPrice - EntryPrice) * Quantity;

    /// <summary>What the trade changed the account by: gross less both commissions.</summary>
    public double NetPnl => GrossPnl - EntryCommission - ExitCommission;

    /// <summary>Net profit as a fraction of the entry's notional.</summary>
    public double NetReturn => NetPnl / (EntryPrice * Quantity);

    /// <summary>Maximum favourable excursion: the best unrealised profit at any high (short: low) while open, before exit costs; 0 or more.</summary>
    public required double MaximumFavorableExcursion { get; init; }

    /// <summary>Maximum adverse excursion: the worst unrealised loss at any low (short: high) while open, before exit costs; 0 or less.</summary>
    public required double MaximumAdverseExcursion { get; init; }

    /// <summary>Closes passed while the position was open.</summary>
    public required int BarsHeld { get; init; }

    /// <summary>Milliseconds from entry to exit.</summary>
    public long HoldingTime => ExitTime - EntryTime;

    /// <summary>Bar at whose close the entry was decided.</summary>
    public int DecisionBar => EntryBar - 1;

    /// <summary>What the model said at <see cref="DecisionBar"/>. Asked of the decisions anew each time: they are pure.</summary>
    public EntryReason EntryReason => Decisions.Explain(DecisionBar);

    internal IDecisions Decisions { get; init; }
}
