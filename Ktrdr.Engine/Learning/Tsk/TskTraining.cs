using Ktrdr.Engine.Features;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// What a tsk model needs around the trainer: before it, words and rules from the document and the training rows; after it, pruning.
/// Both are functions of their arguments, so that a resumed training gives the same bits.
/// </summary>
public static class TskTraining
{
    /// <summary>The network to train.</summary>
    /// <param name="features">Ids of the columns of <paramref name="set"/>.</param>
    /// <param name="normalization">What was applied to them.</param>
    /// <param name="outputs">Names of the outputs in order.</param>
    /// <exception cref="InvalidInputException">The set does not fit.</exception>
    public static TskShape Shape(StrategyDocument document, IReadOnlyList<string> features, Normalization normalization, TrainingSet set, TrainerOptions options, IReadOnlyList<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(set);
        if (features.Count != set.Columns)
        {
            throw new InvalidInputException(new Problem("training_mismatch", "features", $"{features.Count} features are named, the training set has {set.Columns} columns; allowed: the same number."));
        }

        if (!set.IsRegression)
        {
            set.CheckClasses(outputs.Count);
        }

        var variables = TskVocabulary.Of(document, features, normalization, set);
        return TskInduction.Shape(variables, set, Weights(set, options, outputs.Count), LossFunction.Of(options), outputs, document.Model.Tsk.MaxRules);
    }

    /// <summary>The trained network without its weak rules.</summary>
    /// <param name="set">What was trained on, targets in the unit they were trained in.</param>
    public static TrainingOutcome Prune(TrainingOutcome outcome, TrainingSet set, TrainerOptions options, TskSpec spec)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        var trained = (TskNetwork)outcome.Network;
        var (network, report) = TskPruning.Run(trained, set, Weights(set, options, trained.Shape.Outputs), LossFunction.Of(options), spec.PruneBelow);
        var counts = outcome.ValidationClassCounts.Length > 0 ? Choices(network, set) : outcome.ValidationClassCounts;
        return outcome with { Network = network, WeightsHash = network.WeightsHash(), ValidationClassCounts = counts, Pruning = report };
    }

    private static float[] Weights(TrainingSet set, TrainerOptions options, int outputs) => LossWeights.Of(set, outputs, options);

    private static int[] Choices(TskNetwork network, TrainingSet set)
    {
        var counts = new int[network.Shape.Outputs];
        var outputs = new float[counts.Length];
        foreach (var row in set.ValidationRows)
        {
            network.Forward(set.Features.AsSpan(row * set.Columns, set.Columns), 1, outputs);
            counts[outputs.AsSpan().IndexOf(outputs.Max())]++;
        }

        return counts;
    }
}
