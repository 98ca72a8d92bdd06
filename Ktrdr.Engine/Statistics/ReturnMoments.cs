namespace Ktrdr.Engine.Statistics;

/// <summary>The four moments of a return series that the Sharpe statistics need. Sums run in index order.</summary>
/// <param name="Count">Number of returns T, at least 2.</param>
/// <param name="Mean">Arithmetic mean per period.</param>
/// <param name="Deviation">Sample standard deviation per period (divisor T-1).</param>
/// <param name="Skew">m3 / m2^1.5 with population moments; null where the deviation is 0.</param>
/// <param name="Kurtosis">m4 / m2² with population moments, not in excess: 3 for a normal distribution; null where the deviation is 0.</param>
public sealed record ReturnMoments(int Count, double Mean, double Deviation, double? Skew, double? Kurtosis)
{
    /// <summary>Deviations below this share of the largest absolute return are rounding noise of a constant series.</summary>
    private const double RoundingNoise = 1e-12;

    /// <summary>Returns are ratios of account values, each rounded to 2^-53 of itself: a deviation of this size is what rounding leaves of an account that never moved.</summary>
    internal const double ReturnNoise = 1e-14;

    /// <summary>A variance below this share of the mean square is rounding noise of a constant series.</summary>
    internal const double VarianceNoise = 1e-12;

    /// <summary>Returns that the moments must rest on before a favourable skew counts for a verdict.</summary>
    internal const int FewestCredited = 20;

    /// <summary>Mean over deviation per period, not annualised; null where the deviation is 0.</summary>
    public double? Sharpe => Deviation > 0 ? Mean / Deviation : null;

    /// <summary>Student's t of the mean against 0: Sharpe · √T.</summary>
    public double? TStatistic => Sharpe * Math.Sqrt(Count);

    /// <summary>
    /// The skew that a verdict may credit. A skew to the side of the ratio makes the estimate look surer; where a few returns make all of the moments it is an artefact of
    /// those few, and none is credited: one winning day among two hundred idle ones would otherwise be "97.6 % more than luck". The fourth moment rests on about T/γ₄ returns: one for a single
    /// one, k for k equal ones, T/3 for normal ones.
    /// </summary>
    public double? CreditedSkew => Skew is { } skew && skew * Mean > 0 && Count < FewestCredited * Kurtosis ? 0 : Skew;

    /// <summary>Null for fewer than two returns.</summary>
    public static ReturnMoments? Of(ReadOnlySpan<double> returns)
    {
        if (returns.Length < 2)
        {
            return null;
        }

        double sum = 0;
        double largest = 0;
        foreach (var r in returns)
        {
            sum += r;
            largest = Math.Max(largest, Math.Abs(r));
        }

        var mean = sum / returns.Length;
        double m2 = 0;
        double m3 = 0;
        double m4 = 0;
        foreach (var r in returns)
        {
            var d = r - mean;
            var square = d * d;
            m2 += square;
            m3 += square * d;
            m4 += square * square;
        }

        var deviation = Math.Sqrt(m2 / (returns.Length - 1));
        if (deviation <= Math.Max(ReturnNoise, RoundingNoise * largest))
        {
            return new ReturnMoments(returns.Length, mean, 0, null, null);
        }

        m2 /= returns.Length;
        m3 /= returns.Length;
        m4 /= returns.Length;
        return new ReturnMoments(returns.Length, mean, deviation, m3 / (m2 * Math.Sqrt(m2)), m4 / (m2 * m2));
    }
}
