namespace Ktrdr.Engine.Backtesting;

public enum FillSide : byte
{
    Buy,
    Sell,
}

public enum FillReason : byte
{
    /// <summary>Opens a position.</summary>
    Entry,

    /// <summary>Closes it on the opposite signal.</summary>
    OppositeSignal,

    /// <summary>Closes it at the last close of the window.</summary>
    EndOfData,

    /// <summary>Closes it at the close at which the account was worth nothing or less.</summary>
    Ruin,

    /// <summary>The stop was reached, or the open lay beyond it.</summary>
    Stop,

    /// <summary>The target was reached, or the open lay beyond it.</summary>
    Target,

    /// <summary>The trailing stop was reached, or the open lay beyond it.</summary>
    TrailingStop,

    /// <summary>The position had been held for the bars allowed.</summary>
    TimeExit,

    /// <summary>The decisions asked to be flat: the regime changed.</summary>
    CloseSignal,
}

/// <summary>One executed order.</summary>
/// <param name="Symbol">Index of the symbol in the run, 0 for the only one.</param>
/// <param name="Bar">Index into the bars given to the run.</param>
/// <param name="Time">Unix milliseconds UTC: the bar's open, or the moment it was complete where the fill is inside it or at its close.</param>
/// <param name="MarketPrice">The open, close or level before costs.</param>
/// <param name="Price">The price paid or received, slippage and half spread included.</param>
/// <param name="Quantity">Units, positive.</param>
/// <param name="Requested">Units that were asked for; more than <paramref name="Quantity"/> where the cash did not cover them.</param>
/// <param name="Commission">Account currency.</param>
/// <param name="SlippageCost">Account currency; already inside <paramref name="Price"/>.</param>
/// <param name="SpreadCost">Account currency; already inside <paramref name="Price"/>.</param>
/// <param name="CashAfter">Cash after the fill. While a short is open its full notional is set aside as margin.</param>
public readonly record struct Fill(
    int Symbol, int Bar, long Time, FillSide Side, FillReason Reason, double MarketPrice, double Price, double Quantity, double Requested,
    double Commission, double SlippageCost, double SpreadCost, double CashAfter);

/// <summary>A fill as it is stored: what follows from the costs and the bar is left out.</summary>
internal struct FillRow
{
    public long Time;
    public double Market;
    public double Price;
    public double Quantity;
    public double Requested;
    public double Commission;
    public double CashAfter;
    public int Bar;
    public short Symbol;
    public FillSide Side;
    public FillReason Reason;
}
