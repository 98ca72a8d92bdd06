namespace Ktrdr.Engine.Statistics;

/// <summary>How many independent trials a set of correlated ones amounts to (Bailey &amp; López de Prado 2014, appendix 3).</summary>
public static class EffectiveTrials
{
    /// <summary>ρ̄ + (1−ρ̄)·N.</summary>
    /// <param name="trials">N, all trials including those without returns.</param>
    /// <param name="meanCorrelation">ρ̄ in [0, 1].</param>
    public static double Of(int trials, double meanCorrelation) => meanCorrelation + ((1 - meanCorrelation) * trials);

    /// <summary>
    /// Mean correlation over all pairs of series, each over the pair's common days, clamped to [0, 1]. Pairs without a defined correlation
    /// (fewer than two common days, or a constant series) say nothing and are left out; 0 where no pair is left.
    /// </summary>
    public static double MeanCorrelation(IReadOnlyList<DailyReturns> series) => MeanCorrelation(new DailyCorrelations(series));

    internal static double MeanCorrelation(DailyCorrelations correlations)
    {
        var (sum, pairs) = correlations.Total();
        return pairs == 0 ? 0 : Math.Clamp(sum / pairs, 0, 1);
    }
}
