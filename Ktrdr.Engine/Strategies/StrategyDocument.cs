using Ktrdr.Engine.Fuzzy;

namespace Ktrdr.Engine.Strategies;

/// <summary>A strategy in grammar v3, read and checked: every default is filled in, every reference resolves. Equal documents are equal values.</summary>
public sealed record StrategyDocument
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>"3.0", or "3.1" where <see cref="Costs"/>, <see cref="Sizing"/> or <see cref="Seed"/> are given.</summary>
    public string Version { get; init; } = "3.0";

    public required TrainingDataSpec TrainingData { get; init; }

    /// <summary>In document order; ids are unique.</summary>
    public required Sequence<IndicatorSpec> Indicators { get; init; }

    /// <summary>In document order; ids are unique.</summary>
    public required Sequence<FuzzySetSpec> FuzzySets { get; init; }

    /// <summary>What the network sees, in document order: this order decides the order of the features.</summary>
    public required Sequence<NnInput> Inputs { get; init; }

    public ModelSpec Model { get; init; } = new();

    public DecisionSpec Decisions { get; init; } = new();

    public required TrainingSpec Training { get; init; }

    public DeploymentSpec? Deployment { get; init; }

    /// <summary>Trading costs of a backtest; null where the backtest's own defaults apply.</summary>
    public CostSpec? Costs { get; init; }

    /// <summary>Position size of a backtest; null where the backtest's own default applies.</summary>
    public SizingSpec? Sizing { get; init; }

    /// <summary>Seed of training; null where the request decides.</summary>
    public ulong? Seed { get; init; }
}

/// <summary>What the strategy is trained on.</summary>
/// <param name="Symbol">The instrument, as written.</param>
/// <param name="Timeframes">Names such as "1h" in document order, at least one.</param>
/// <param name="BaseTimeframe">One of <paramref name="Timeframes"/>: its bars are the rows of the feature matrix and the moments of decision.</param>
/// <param name="HistoryRequired">Bars of the base timeframe that must lie before the first usable row; null where the warm-up of the indicators alone decides.</param>
public sealed record TrainingDataSpec(string Symbol, Sequence<string> Timeframes, string BaseTimeframe, int? HistoryRequired = null);

/// <summary>Names an indicator's output: <c>rsi_14</c>, or <c>bands.upper</c> for one of several. Without a dot a multi-output indicator gives its first.</summary>
public sealed record IndicatorRef(string Id, string? Output)
{
    /// <summary>Splits at the first dot; existence is checked by <see cref="StrategyReader"/>.</summary>
    public static IndicatorRef Parse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? new IndicatorRef(text, null) : new IndicatorRef(text[..dot], text[(dot + 1)..]);
    }

    /// <summary>As written in the document; feature ids keep the dot.</summary>
    public override string ToString() => Output is null ? Id : $"{Id}.{Output}";
}

/// <summary>What an indicator's value means in words.</summary>
/// <param name="Memberships">In document order, at least one; the order decides the order of the features.</param>
public sealed record FuzzySetSpec(string Id, IndicatorRef Indicator, Sequence<MembershipSpec> Memberships);

/// <summary>One word of a fuzzy set, for instance <c>oversold</c>.</summary>
public sealed record MembershipSpec(string Name, MembershipFunction Function);

/// <summary>One entry of <c>nn_inputs</c>: a fuzzy set or a raw indicator, never both, on some of the training timeframes.</summary>
/// <param name="Timeframes">Resolved: "all" has become the training timeframes in their order.</param>
public sealed record NnInput(string? FuzzySet, IndicatorRef? RawIndicator, Sequence<string> Timeframes, NormalizationKind Normalization = NormalizationKind.None);

/// <summary>How a raw input is scaled; fitted on training rows only.</summary>
public enum NormalizationKind
{
    None,
    MinMax,
    ZScore,
}

public enum ModelKind
{
    Mlp,
}

public enum ActivationKind
{
    Relu,
    Tanh,
    Sigmoid,
    LeakyRelu,
}

/// <summary>The network.</summary>
public sealed record ModelSpec
{
    public ModelKind Kind { get; init; } = ModelKind.Mlp;

    /// <summary>Widths of the hidden layers; the original states no default, ours is 32-16.</summary>
    public Sequence<int> HiddenLayers { get; init; } = [32, 16];

    public ActivationKind Activation { get; init; } = ActivationKind.Relu;

    /// <summary>Share of hidden units dropped per training step, in [0, 0.95].</summary>
    public double Dropout { get; init; } = 0.2;
}

public enum OutputFormat
{
    Classification,
    Regression,
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

    /// <summary>Regression only: cost of entering and leaving, as a fraction of price.</summary>
    public double RoundTripCost { get; init; } = 0.003;

    /// <summary>Regression only: trade where the predicted return exceeds this multiple of <see cref="RoundTripCost"/>.</summary>
    public double MinEdgeMultiplier { get; init; } = 1.5;
}

public enum SymbolScope
{
    Universal,
    TrainingOnly,
}

/// <summary>Where the strategy may be run. The feature pipeline refuses other bars.</summary>
/// <param name="Timeframes">Allowed base timeframes; empty means all.</param>
public sealed record DeploymentSpec(SymbolScope Symbols, Sequence<string> ExcludedSymbols, Sequence<string> Timeframes);

/// <summary>Trading costs, each as a fraction of price.</summary>
/// <param name="Commission">Per side.</param>
/// <param name="Slippage">Per fill, against the trader.</param>
/// <param name="Spread">Whole bid-ask spread; half of it is paid per fill.</param>
public sealed record CostSpec(double? Commission = null, double? Slippage = null, double? Spread = null);

/// <summary>Position size.</summary>
/// <param name="Fraction">Share of available cash per position, in (0, 1].</param>
public sealed record SizingSpec(double Fraction);
