namespace Ktrdr.Engine.Learning;

/// <summary>The loss in the form the kernels want it.</summary>
/// <param name="HuberDelta">For regression: δ, or 0 for the squared error.</param>
/// <param name="FocalGamma">For classification: γ, or 0 for plain cross-entropy.</param>
internal readonly record struct LossFunction(bool IsRegression, float HuberDelta, float FocalGamma)
{
    public static LossFunction Of(TrainerOptions options) => new(
        options.IsRegression,
        options.Loss == Loss.Huber ? (float)options.HuberDelta : 0,
        options.Loss == Loss.Focal ? (float)options.FocalGamma : 0);
}

/// <summary>Sums over rows, in row order.</summary>
internal struct LossTally
{
    public double Loss;
    public double Weight;
    public long Hits;
    public long Rows;

    public void Add(in LossTally other)
    {
        Loss += other.Loss;
        Weight += other.Weight;
        Hits += other.Hits;
        Rows += other.Rows;
    }
}
