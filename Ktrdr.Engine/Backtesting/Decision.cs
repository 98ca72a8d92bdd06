namespace Ktrdr.Engine.Backtesting;

/// <summary>What a decision asks for. The numbers are the class indices of a classifying model.</summary>
public enum Signal : byte
{
    Buy = 0,
    Hold = 1,
    Sell = 2,

    /// <summary>Leave what is open, open nothing: a router's answer to a change of regime.</summary>
    Close = 3,
}

/// <summary>The position at a moment; the numbers are its sign.</summary>
public enum PositionSide : sbyte
{
    Short = -1,
    Flat = 0,
    Long = 1,
}

/// <summary>Why a decision is HOLD.</summary>
public enum HoldReason : byte
{
    /// <summary>It is not: the signal is BUY, SELL or CLOSE.</summary>
    None,

    /// <summary>The model itself says HOLD, or its predicted return does not exceed the trading costs by enough.</summary>
    Predicted,

    /// <summary>The probability of the chosen class lies below the confidence threshold.</summary>
    BelowConfidence,

    /// <summary>The last executed trade is less than the minimum separation away.</summary>
    TooSoon,

    /// <summary>The position already has the signal's direction.</summary>
    PositionHeld,

    /// <summary>SELL while flat, and shorts are off.</summary>
    ShortsOff,

    /// <summary>The row's features are incomplete: some indicator is still warming up.</summary>
    NotReady,

    /// <summary>The model's output is NaN or infinite.</summary>
    NotFinite,

    /// <summary>The regime's rule is to stay flat.</summary>
    RegimeFlat,
}

/// <summary>A signal, and for HOLD the reason.</summary>
public readonly record struct Decision(Signal Signal, HoldReason Reason)
{
    public static Decision Hold(HoldReason reason) => new(Signal.Hold, reason);
}

/// <summary>Everything besides the model's output that a decision at the close of a bar may depend on.</summary>
/// <param name="Bar">Index of the bar that just closed.</param>
/// <param name="Time">Open time of that bar, Unix milliseconds UTC.</param>
/// <param name="Position">The position after this bar's fills.</param>
/// <param name="LastFillBar">Bar of the last executed order, entry or exit; -1 where there was none.</param>
/// <param name="LastFillTime">Open time of <paramref name="LastFillBar"/>; meaningless where that is -1.</param>
public readonly record struct DecisionMoment(int Bar, long Time, PositionSide Position, int LastFillBar, long LastFillTime);

/// <summary>What a stretch of decisions has in common besides its bars: the position and the last fill.</summary>
internal readonly record struct HeldState(PositionSide Position, int LastFillBar, long LastFillTime);

/// <summary>What the model said when a position was opened.</summary>
/// <param name="DecisionBar">Index of the bar at whose close the decision was made.</param>
/// <param name="Confidence">Probability of the chosen class, or the regression's confidence; null for signals without a model.</param>
/// <param name="Outputs">The model's outputs: probabilities of BUY, HOLD, SELL, or the predicted return. Empty without a model.</param>
public sealed record EntryReason(int DecisionBar, double? Confidence, IReadOnlyList<float> Outputs)
{
    /// <summary>The ensemble member that decided; null outside an ensemble.</summary>
    public string? Member { get; init; }

    /// <summary>The regime it was routed by; null outside an ensemble.</summary>
    public Strategies.Regime? Regime { get; init; }
}

/// <summary>A feature or a rule and how much it weighed in one output; negative speaks against.</summary>
public sealed record DecisionFactor(string Name, double Weight);

/// <summary>
/// How many decisions of a run ended how. The reasons of HOLD add up with <paramref name="Buy"/>, <paramref name="Sell"/> and <paramref name="Close"/> to the bars decided.
/// </summary>
public sealed record DecisionCounts(
    long Buy, long Sell, long Predicted, long BelowConfidence, long TooSoon, long PositionHeld, long ShortsOff, long NotReady, long NotFinite,
    long Close = 0, long RegimeFlat = 0);
