namespace Ktrdr.Engine.Learning;

/// <summary>What each row's loss counts: its class's weight times its sample weight.</summary>
internal static class LossWeights
{
    /// <summary>Inverse class frequency on the training rows, normalised to sum to the number of classes; an absent class gets 0.</summary>
    public static double[] BalancedClasses(TrainingSet set, int classes)
    {
        var counts = new long[classes];
        foreach (var row in set.TrainRows)
        {
            counts[set.Classes[row]]++;
        }

        var inverse = counts.Select(c => c == 0 ? 0 : 1.0 / c).ToArray();
        var sum = inverse.Sum();
        return [.. inverse.Select(w => w * classes / sum)];
    }

    /// <summary>Weight per row of the set.</summary>
    /// <exception cref="InvalidInputException">No training row has a positive weight.</exception>
    public static float[] Of(TrainingSet set, NetworkShape shape, TrainerOptions options) => Of(set, shape.Outputs, options);

    /// <inheritdoc cref="Of(TrainingSet, NetworkShape, TrainerOptions)"/>
    public static float[] Of(TrainingSet set, int outputs, TrainerOptions options)
    {
        var weights = new float[set.Rows];
        var classWeights = !set.IsRegression && options.BalanceClasses ? BalancedClasses(set, outputs) : null;
        foreach (var rows in (int[][])[set.TrainRows, set.ValidationRows])
        {
            foreach (var row in rows)
            {
                weights[row] = (float)(classWeights is null ? 1 : classWeights[set.Classes[row]]) * (set.Weights is null ? 1 : set.Weights[row]);
            }
        }

        if (!set.TrainRows.Any(row => weights[row] > 0))
        {
            throw new InvalidInputException(new Problem("invalid_training_set", "weights", "All training rows have weight 0; allowed: at least one positive weight."));
        }

        return weights;
    }
}
