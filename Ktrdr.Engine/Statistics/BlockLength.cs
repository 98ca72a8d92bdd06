using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// The mean block length that suits a series. Politis &amp; White, "Automatic Block-Length Selection for the Dependent Bootstrap", Econometric Reviews 23,
/// 2004, with the corrected constant of Patton, Politis &amp; White, Econometric Reviews 28, 2009.
/// </summary>
public static class BlockLength
{
    private const double Ln10 = 2.302585092994046;

    /// <summary>Fewest consecutive autocorrelations that must be insignificant.</summary>
    private const int QuietLags = 5;

    /// <summary>
    /// (2·G²/D)^(1/3) · n^(1/3) with G = Σ λ(k/M)·|k|·R(k), D = 2·(Σ λ(k/M)·R(k))², λ the flat-top window of Politis &amp; Romano (1995), M twice the
    /// first lag after which five autocorrelations lie within ±2·√(log₁₀ n / n).
    /// </summary>
    /// <param name="series">At least one element.</param>
    /// <returns>In [1, ⌈min(3·√n, n/3)⌉]; 1 for a constant series or fewer than nine elements.</returns>
    public static double Stationary(ReadOnlySpan<double> series)
    {
        var n = series.Length;
        if (n < 9 || ReturnMoments.Of(series) is not { Deviation: > 0 } moments)
        {
            return 1;
        }

        var centred = new double[n];
        for (var i = 0; i < n; i++)
        {
            centred[i] = series[i] - moments.Mean;
        }

        var log10 = Elementary.Log(n) / Ln10;
        var quiet = Math.Max(QuietLags, (int)log10);
        var largestLag = Math.Min(n - 2, (int)Math.Ceiling(Math.Sqrt(n)) + quiet);
        var covariances = new double[largestLag + 1];
        var window = Window(centred, covariances, quiet, 2 * Math.Sqrt(log10 / n));

        var g = 0.0;
        var longRun = covariances[0];
        for (var k = 1; k <= window; k++)
        {
            var share = (double)k / window;
            var weight = share <= 0.5 ? 1 : 2 * (1 - share);
            g += 2 * weight * k * covariances[k];
            longRun += 2 * weight * covariances[k];
        }

        var limit = Math.Ceiling(Math.Min(3 * Math.Sqrt(n), n / 3.0));
        var cube = g * g / (longRun * longRun) * n;
        return longRun == 0 ? limit : cube <= 1 ? 1 : Math.Min(Elementary.Pow(cube, 1.0 / 3), limit);
    }

    /// <summary>Fills the autocovariances (divisor n) and finds M.</summary>
    private static int Window(double[] centred, double[] covariances, int quiet, double significant)
    {
        var n = centred.Length;
        var firstQuiet = 0;
        var run = 0;
        for (var lag = 0; lag < covariances.Length; lag++)
        {
            var product = Reductions.Dot(centred.AsSpan(lag), centred.AsSpan(0, n - lag));
            covariances[lag] = product / n;
            if (firstQuiet > 0)
            {
                continue;
            }

            // The norms leave out one element at each end more than the product needs, as the arch package does, whose outputs are the oracle.
            var early = centred.AsSpan(0, n - lag - 1);
            var late = centred.AsSpan(lag + 1);
            var norm = Math.Sqrt(Reductions.Dot(early, early) * Reductions.Dot(late, late));
            if (run == quiet)
            {
                firstQuiet = Math.Max(1, lag - quiet);
            }

            run = Math.Abs(product) < significant * norm ? run + 1 : 0;
        }

        return firstQuiet > 0 ? Math.Min(2 * firstQuiet, covariances.Length - 1) : covariances.Length - 1;
    }
}
