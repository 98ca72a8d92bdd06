namespace Ktrdr.Engine.Learning;

/// <summary>What the seeds gave, in their order, whichever finished first.</summary>
public sealed record SeedOutcome(IReadOnlyList<ulong> Seeds, IReadOnlyList<TrainingOutcome> Outcomes)
{
    /// <summary>Of the best epochs' monitored losses (validation, or train without one).</summary>
    public SeedSpread? Loss => SeedSpread.Of(Outcomes.Select(o => BestOf(o) is { } best ? best.ValidationLoss ?? best.TrainLoss : (double?)null));

    /// <summary>Of the best epochs' validation accuracies; null for regression or without validation rows.</summary>
    public SeedSpread? Accuracy => SeedSpread.Of(Outcomes.Select(o => BestOf(o)?.ValidationAccuracy));

    /// <summary>Index of the seed in the middle by its best epoch's monitored loss (the better of two in the middle): a model that shows what to expect, not what luck can give. Null if no seed finished an epoch.</summary>
    public int? Median
    {
        get
        {
            var order = Enumerable.Range(0, Outcomes.Count).Where(i => BestOf(Outcomes[i]) is not null)
                .OrderBy(i => BestOf(Outcomes[i])!.ValidationLoss ?? BestOf(Outcomes[i])!.TrainLoss).ThenBy(i => i).ToArray();
            return order.Length == 0 ? null : order[(order.Length - 1) / 2];
        }
    }

    private static EpochReport? BestOf(TrainingOutcome outcome) => outcome.BestEpoch == 0 ? null : outcome.History[outcome.BestEpoch - 1];
}

/// <summary>How far a figure differs from seed to seed.</summary>
/// <param name="Count">Seeds that have the figure.</param>
/// <param name="StandardDeviation">Of the sample (divisor n − 1); null for one seed.</param>
public sealed record SeedSpread(int Count, double Mean, double? StandardDeviation, double Least, double Greatest)
{
    internal static SeedSpread? Of(IEnumerable<double?> figures)
    {
        double[] values = [.. figures.OfType<double>()];
        return values.Length == 0
            ? null
            : new SeedSpread(values.Length, Numerics.Reductions.Mean(values), values.Length == 1 ? null : Math.Sqrt(Numerics.Reductions.Variance(values, 1)), values.Min(), values.Max());
    }
}
