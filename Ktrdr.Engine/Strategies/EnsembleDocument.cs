namespace Ktrdr.Engine.Strategies;

/// <summary>Models that decide together: a regime model routes to one of the others, a context model shifts how readily they trade.</summary>
public sealed record EnsembleDocument
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>In document order; ids are unique.</summary>
    public required Sequence<EnsembleModel> Models { get; init; }

    public required EnsembleComposition Composition { get; init; }
}

/// <summary>A member of an ensemble.</summary>
/// <param name="ModelPath">A model's id, a strategy's name, or the original's <c>models/&lt;strategy&gt;/&lt;timeframe&gt;_latest</c>.</param>
public sealed record EnsembleModel(string Id, string ModelPath, OutputFormat OutputType);

public enum RegimeTransition
{
    /// <summary>A position is closed when the regime changes.</summary>
    CloseAndSwitch,

    /// <summary>A position is kept until its signals close it.</summary>
    LetRun,
}

/// <summary>The four regimes in the order of a regime model's classes.</summary>
public enum Regime
{
    TrendingUp,
    TrendingDown,
    Ranging,
    Volatile,
}

/// <summary>Routing by regime.</summary>
public sealed record EnsembleComposition
{
    /// <summary>What <see cref="StabilityBars"/> is where nothing is said.</summary>
    public const int UsualStabilityBars = 3;

    /// <summary>Id of the member that tells the regime.</summary>
    public required string GateModel { get; init; }

    /// <summary>Id of the member that tells the daily context; null: none.</summary>
    public string? ContextGate { get; init; }

    /// <summary>Least probability of the dominant regime; below it the regime is volatile.</summary>
    public double RegimeThreshold { get; init; } = 0.4;

    /// <summary>Bars in a row that must propose a new regime before it holds.</summary>
    public int StabilityBars { get; init; } = UsualStabilityBars;

    public ContextModifiers ContextModifiers { get; init; } = new();

    public bool AllowShortFromFlat { get; init; }

    /// <summary>One rule per regime, at most; a regime without one is flat.</summary>
    public required Sequence<RegimeRule> Rules { get; init; }

    public RegimeTransition OnRegimeTransition { get; init; } = RegimeTransition.CloseAndSwitch;
}

/// <summary>How the context's bias P(bullish) − P(bearish) moves the thresholds of the routed model; each in [0, 1].</summary>
public sealed record ContextModifiers(double AlignedDiscount = 0.2, double CounterPremium = 0.3);

/// <summary>What decides in a regime.</summary>
/// <param name="Model">Id of a member; null: stay flat.</param>
public sealed record RegimeRule(Regime Regime, string? Model);
