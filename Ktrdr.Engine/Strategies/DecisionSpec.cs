namespace Ktrdr.Engine.Strategies;

public enum OutputFormat
{
    Classification,
    Regression,

    /// <summary>Four market regimes; such a model routes others and never trades by itself.</summary>
    RegimeClassification,

    /// <summary>Bullish, bearish or neutral; such a model modifies others and never trades by itself.</summary>
    ContextClassification,
}

public enum SeparationUnit
{
    Hours,
    Bars,
}

/// <summary>Least distance of a new trade from the last executed one. A bare number in a document means hours, as the original reads it.</summary>
public sealed record SignalSeparation(double Amount, SeparationUnit Unit);

/// <summary>How the network's output becomes a signal.</summary>
public sealed record DecisionSpec
{
    public OutputFormat OutputFormat { get; init; } = OutputFormat.Classification;

    /// <summary>Least probability of the chosen class, classification only.</summary>
    public double ConfidenceThreshold { get; init; } = 0.5;

    public SignalSeparation MinSignalSeparation { get; init; } = new(4, SeparationUnit.Hours);

    /// <summary>True: a signal in the direction already held is HOLD.</summary>
    public bool PositionAwareness { get; init; } = true;

    /// <summary>True: SELL while flat opens a short. Default false for classification, true for regression, as in the original.</summary>
    public bool AllowShortFromFlat { get; init; }

    /// <summary>True: an opposite signal closes the position and opens the other side at the same open.</summary>
    public bool AllowReversal { get; init; }

    /// <summary>Regression only: cost of entering and leaving, as a fraction of price.</summary>
    public double RoundTripCost { get; init; } = 0.003;

    /// <summary>Regression only: trade where the predicted return exceeds this multiple of <see cref="RoundTripCost"/>.</summary>
    public double MinEdgeMultiplier { get; init; } = 1.5;
}
