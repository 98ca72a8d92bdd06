namespace Ktrdr.Contracts.Models;

/// <summary>Body of <c>POST /models/{id}/explain</c> and, with the model's id, request of an <c>explain</c> operation: why does a model say what it says at one bar?</summary>
public sealed record ExplainRequest
{
    /// <summary>Set by the Api from the route.</summary>
    public string? Model { get; init; }

    /// <summary>Open time of the bar; the last bar that opens at or before it is taken. Null: the last unsealed bar.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Dataset version; null: the model's.</summary>
    public string? Dataset { get; init; }

    /// <summary>Versions of the strategy's other symbols and context series; what is not named is the latest.</summary>
    public IReadOnlyList<string> MoreDatasets { get; init; } = [];

    /// <summary>Name of the output to explain; null: the one that the model chooses.</summary>
    public string? Output { get; init; }

    /// <summary>Decides the background rows and, with more than ten features, the orders that are tried.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Training rows that stand for features that are not known, 1 to 1000.</summary>
    public int BackgroundRows { get; init; } = 64;

    /// <summary>Orders in which features become known, 1 to 100000; with up to ten features all subsets are computed instead.</summary>
    public int Permutations { get; init; } = 512;
}

/// <summary>The result of an <c>explain</c> operation.</summary>
public sealed record ModelExplanation
{
    public required string Model { get; init; }
    public required string WeightsHash { get; init; }
    public required string StrategyName { get; init; }

    /// <summary>mlp, lstm, gru or tsk.</summary>
    public required string ModelKind { get; init; }
    public required string Dataset { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }

    /// <summary>Open time of the bar.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Probabilities of the classes, or the prediction.</summary>
    public required IReadOnlyDictionary<string, double> Outputs { get; init; }

    /// <summary>The output that is explained.</summary>
    public required string Output { get; init; }
    public required double Value { get; init; }

    /// <summary>Mean of the output over the background rows.</summary>
    public required double Expected { get; init; }

    /// <summary>Whether all subsets of features were computed.</summary>
    public required bool Exact { get; init; }

    /// <summary>The greatest first; they sum to value − expected.</summary>
    public required IReadOnlyList<ModelContribution> Contributions { get; init; }

    /// <summary>For a tsk model what each rule did here, the greatest first; else empty.</summary>
    public IReadOnlyList<ModelFiredRule> Rules { get; init; } = [];
}

/// <summary>What one feature adds to the output (its Shapley value).</summary>
/// <param name="Value">Of the feature at the bar, in the indicator's unit or as a membership.</param>
/// <param name="StandardError">Of the sampling; null where it is not known.</param>
public sealed record ModelContribution(string Feature, double Value, double Contribution, double? StandardError);

/// <summary>What one rule did in one decision.</summary>
/// <param name="Firing">Its share of the decision; all rules' sum to 1.</param>
/// <param name="Says">For the explained output: a logit, or the prediction from the network's bias.</param>
/// <param name="Contribution">Firing × says.</param>
/// <param name="Share">Of |contribution| among all rules.</param>
public sealed record ModelFiredRule(string Sentence, double Firing, double Says, double Contribution, double Share);
