using System.Globalization;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Why an order to enter was not filled.</summary>
public enum RejectionCause : byte
{
    /// <summary>The sizing asks for less than one unit or lot.</summary>
    LessThanOneUnit,

    /// <summary>The cash does not pay for one unit or lot.</summary>
    NotEnoughCash,

    /// <summary>The average true range that an exit level needs is not known yet at the decision.</summary>
    UnknownRange,

    /// <summary>The volatility that the sizing needs is 0 or not known yet at the decision.</summary>
    UnknownVolatility,
}

/// <summary>An order to enter that could not be filled.</summary>
/// <param name="Symbol">Index of the symbol in the run, 0 for the only one.</param>
/// <param name="Bar">Index of the bar at whose open it was to be filled.</param>
/// <param name="Time">Open time of that bar, Unix milliseconds UTC.</param>
/// <param name="Side">What was to be done.</param>
/// <param name="Cash">Cash at that moment.</param>
/// <param name="MarketPrice">The open before costs.</param>
/// <param name="Cause">Why not.</param>
/// <param name="Requested">Units before rounding that the sizing asks for; 0 where it could not say.</param>
public readonly record struct RejectedOrder(int Symbol, int Bar, long Time, FillSide Side, double Cash, double MarketPrice, RejectionCause Cause, double Requested)
{
    public string Reason => string.Create(CultureInfo.InvariantCulture, $"{Text(Cause)} (asked for {Requested:0.######} units at {MarketPrice:0.######}, cash {Cash:0.##})");

    private static string Text(RejectionCause cause) => cause switch
    {
        RejectionCause.LessThanOneUnit => "the sizing asks for less than one unit or lot",
        RejectionCause.NotEnoughCash => "the cash does not pay for one unit or lot",
        RejectionCause.UnknownRange => "the average true range is not known yet at the decision",
        RejectionCause.UnknownVolatility => "the volatility is 0 or not known yet at the decision",
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, null),
    };
}

/// <summary>How an order ended.</summary>
public enum OrderStatus : byte
{
    Filled,

    /// <summary>Filled with fewer units than were asked for: the cash did not cover more.</summary>
    Reduced,

    Rejected,

    /// <summary>Decided at the last close of the window: there is no open to fill it at.</summary>
    Dropped,
}

/// <summary>Every order of a run, executed or not.</summary>
/// <param name="Symbol">Index of the symbol in the run, 0 for the only one.</param>
/// <param name="Bar">Bar of the fill or of the refusal; for a dropped order the bar that decided.</param>
/// <param name="Reason">Entry, or why a position was to be closed.</param>
/// <param name="Requested">Units asked for; 0 where an order was dropped before it was sized.</param>
/// <param name="Filled">Units filled.</param>
public readonly record struct Order(int Symbol, int Bar, FillSide Side, FillReason Reason, OrderStatus Status, double Requested, double Filled);

/// <summary>What is to be done at a symbol's next open.</summary>
internal readonly record struct PendingOrder(Signal Signal, bool IsTimeExit)
{
    public static PendingOrder None { get; } = new(Signal.Hold, false);

    public bool IsAny => Signal != Signal.Hold || IsTimeExit;

    /// <summary>Why it closes a position.</summary>
    public FillReason ExitReason => IsTimeExit ? FillReason.TimeExit : Signal == Signal.Close ? FillReason.CloseSignal : FillReason.OppositeSignal;

    /// <summary>Whether it closes a position of this side.</summary>
    public bool Closes(PositionSide side) => IsTimeExit || Signal == Signal.Close || Opposes(side);

    /// <summary>Whether its signal is that of the other side.</summary>
    public bool Opposes(PositionSide side) => Signal == (side == PositionSide.Long ? Signal.Sell : Signal.Buy);
}
