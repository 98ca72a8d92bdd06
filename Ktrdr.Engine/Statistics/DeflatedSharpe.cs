using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>A Sharpe ratio judged against the best that luck alone would have shown among all trials.</summary>
/// <param name="Hurdle">Expected maximum Sharpe ratio of the trials if none had an edge, per period; never below 0.</param>
/// <param name="Probability">Probability that the true Sharpe ratio exceeds the hurdle; null where the candidate's Sharpe ratio is undefined.</param>
public sealed record DeflatedSharpeResult(double Hurdle, double? Probability);

/// <summary>Bailey &amp; López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40(5), 2014.</summary>
public static class DeflatedSharpe
{
    private const double EulerMascheroni = 0.57721566490153286;
    private const double E = 2.7182818284590452;

    /// <summary>√V · ((1−γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e))), γ the Euler-Mascheroni constant; 0 for N ≤ 1 and never below 0.</summary>
    /// <param name="effectiveTrials">N: the number of independent trials, need not be whole.</param>
    /// <param name="variance">V: variance of the trials' Sharpe ratios per period, at least 0.</param>
    public static double ExpectedMaximum(double effectiveTrials, double variance)
    {
        if (!(variance >= 0) || !double.IsFinite(variance))
        {
            throw new InvalidInputException(new Problem("out_of_range", "variance", $"Variance of the trials' Sharpe ratios is {variance}: it must be 0 or more."));
        }

        if (!(effectiveTrials > 1))
        {
            return 0;
        }

        var factor = ((1 - EulerMascheroni) * Elementary.NormalQuantile(1 - (1 / effectiveTrials)))
            + (EulerMascheroni * Elementary.NormalQuantile(1 - (1 / (effectiveTrials * E))));
        return Math.Max(0, Math.Sqrt(variance) * factor);
    }

    /// <summary>The probabilistic Sharpe ratio of <paramref name="candidate"/> with the expected maximum as its benchmark.</summary>
    public static DeflatedSharpeResult Evaluate(ReturnMoments candidate, double effectiveTrials, double variance)
    {
        var hurdle = ExpectedMaximum(effectiveTrials, variance);
        return new DeflatedSharpeResult(hurdle, SharpeStatistics.Probabilistic(candidate, hurdle));
    }
}
