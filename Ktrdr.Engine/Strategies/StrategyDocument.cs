using Ktrdr.Engine.Fuzzy;

namespace Ktrdr.Engine.Strategies;

/// <summary>A strategy in grammar v3, read and checked: every default is filled in, every reference resolves. Equal documents are equal values.</summary>
public sealed record StrategyDocument
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>"3.0", or "3.1" where one of the additions is used: <see cref="Costs"/>, <see cref="Sizing"/>, <see cref="Exits"/>, <see cref="Validation"/>, <see cref="Seeds"/>, a tsk model.</summary>
    public string Version { get; init; } = "3.0";

    public required TrainingDataSpec TrainingData { get; init; }

    /// <summary>External series that indicators may read, in document order.</summary>
    public Sequence<ContextDataSpec> ContextData { get; init; } = [];

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

    /// <summary>When a position is left without a signal; null where only signals close it.</summary>
    public ExitSpec? Exits { get; init; }

    /// <summary>How the training window is split to judge the strategy; null means one holdout.</summary>
    public ValidationSpec? Validation { get; init; }

    /// <summary>Seeds of training, distinct, in document order; empty where the request decides.</summary>
    public Sequence<ulong> Seeds { get; init; } = [];
}
