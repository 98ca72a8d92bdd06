using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// What a Sharpe ratio estimated from T returns says about the true one. Bailey &amp; López de Prado, "The Sharpe Ratio Efficient Frontier",
/// Journal of Risk 15(2), 2012. All Sharpe ratios here are per period of the returns, never annualised.
/// </summary>
public static class SharpeStatistics
{
    /// <summary>Probability that the true Sharpe ratio exceeds <paramref name="benchmark"/>: Φ((SR − SR*)·√(T−1) / √(1 − γ₃·SR + (γ₄−1)/4·SR²)).</summary>
    /// <param name="sharpe">Estimated Sharpe ratio per period.</param>
    /// <param name="benchmark">Sharpe ratio per period to exceed.</param>
    /// <param name="count">Number of returns T, at least 2.</param>
    /// <param name="skew">γ₃ of the returns, 0 for a normal distribution.</param>
    /// <param name="kurtosis">γ₄ of the returns, not in excess, 3 for a normal distribution.</param>
    /// <returns>In [0, 1]; null where the estimate's variance is not positive or fewer than two returns are given.</returns>
    public static double? Probabilistic(double sharpe, double benchmark, int count, double skew, double kurtosis)
    {
        var variance = EstimationVariance(sharpe, skew, kurtosis);
        return count >= 2 && variance > 0
            ? Elementary.NormalCdf((sharpe - benchmark) * Math.Sqrt(count - 1) / Math.Sqrt(variance))
            : null;
    }

    /// <inheritdoc cref="Probabilistic(double, double, int, double, double)"/>
    public static double? Probabilistic(ReturnMoments moments, double benchmark) => Probabilistic(moments, moments.Skew, benchmark);

    /// <summary>The same with <see cref="ReturnMoments.CreditedSkew"/>: what a verdict asks for besides, since a few lucky days must not pass for an edge.</summary>
    public static double? Credited(ReturnMoments moments, double benchmark) => Probabilistic(moments, moments.CreditedSkew, benchmark);

    /// <summary>
    /// Minimum track record length: the number of returns after which <see cref="Probabilistic(double, double, int, double, double)"/> reaches
    /// <paramref name="confidence"/>: 1 + (1 − γ₃·SR + (γ₄−1)/4·SR²) · (Φ⁻¹(confidence) / (SR − SR*))².
    /// </summary>
    /// <param name="confidence">In (0.5, 1), for instance 0.95.</param>
    /// <returns>Number of returns, not rounded; null where the estimate does not exceed the benchmark: no length would do.</returns>
    public static double? MinimumTrackRecord(double sharpe, double benchmark, double skew, double kurtosis, double confidence)
    {
        if (!(confidence > 0.5 && confidence < 1))
        {
            throw new InvalidInputException(new Problem("out_of_range", "confidence", $"Confidence {confidence} is not in (0.5, 1)."));
        }

        var variance = EstimationVariance(sharpe, skew, kurtosis);
        if (!(sharpe > benchmark) || !(variance > 0))
        {
            return null;
        }

        var ratio = Elementary.NormalQuantile(confidence) / (sharpe - benchmark);
        return 1 + (variance * ratio * ratio);
    }

    private static double? Probabilistic(ReturnMoments moments, double? skew, double benchmark) =>
        moments is { Sharpe: { } sharpe, Kurtosis: { } kurtosis } && skew is { } asymmetry
            ? Probabilistic(sharpe, benchmark, moments.Count, asymmetry, kurtosis)
            : null;

    /// <summary>(T−1) times the variance of the estimated Sharpe ratio for returns that need not be normal (Mertens 2002).</summary>
    private static double EstimationVariance(double sharpe, double skew, double kurtosis) =>
        1 - (skew * sharpe) + ((kurtosis - 1) / 4 * sharpe * sharpe);
}
