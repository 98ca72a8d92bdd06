using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>How a resampled mean enters a maximum over trials: (mean − centre)·scale, one of each per trial.</summary>
internal readonly record struct Recentring(double[] Centres, double[] Scales);

/// <summary>
/// The largest recentred mean over all trials, per replication of a bootstrap. All trials of a replication share its days, so their dependence is kept.
/// A mean is the dot product of the day counts of the replication with the trial's returns: lanes of 16 trials, days in order, multiply-add fused.
/// </summary>
internal static class ResampledMaxima
{
    private const int Lane = 16;
    private const int Chunk = 16;

    /// <param name="panel">At least one trial.</param>
    /// <param name="bootstrap">Over the panel's days.</param>
    /// <param name="replications">Their number.</param>
    /// <param name="variants">What maxima to take.</param>
    /// <param name="maxThreads">The result does not depend on it.</param>
    /// <returns>One array of <paramref name="replications"/> maxima per variant.</returns>
    public static double[][] Of(DailyPanel panel, StationaryBootstrap bootstrap, int replications, Recentring[] variants, int maxThreads)
    {
        var lanes = Lanes(panel);
        var maxima = Array.ConvertAll(variants, _ => new double[replications]);
        var chunks = (replications + Chunk - 1) / Chunk;
        WorkThreads.Run(chunks, maxThreads, (c, _) =>
        {
            var first = c * Chunk;
            var count = Math.Min(Chunk, replications - first);
            var draws = new double[Chunk][];
            for (var r = 0; r < Chunk; r++)
            {
                draws[r] = new double[bootstrap.Count];
                if (r < count)
                {
                    bootstrap.CountDraws(first + r, draws[r]);
                }
            }

            foreach (var maximum in maxima)
            {
                maximum.AsSpan(first, count).Fill(double.NegativeInfinity);
            }

            var sums = new double[2 * Lane];
            for (var lane = 0; lane < lanes.Length; lane++)
            {
                var trials = Math.Min(Lane, panel.Trials - (lane * Lane));
                for (var r = 0; r < count; r += 2)
                {
                    Sum(lanes[lane], draws[r], draws[r + 1], sums);
                    for (var v = 0; v < variants.Length; v++)
                    {
                        var at = lane * Lane;
                        Raise(ref maxima[v][first + r], sums.AsSpan(0, trials), variants[v], at, bootstrap.Count);
                        if (r + 1 < count)
                        {
                            Raise(ref maxima[v][first + r + 1], sums.AsSpan(Lane, trials), variants[v], at, bootstrap.Count);
                        }
                    }
                }
            }
        });

        return maxima;
    }

    private static void Raise(ref double maximum, ReadOnlySpan<double> sums, Recentring variant, int at, int count)
    {
        for (var k = 0; k < sums.Length; k++)
        {
            maximum = Math.Max(maximum, ((sums[k] / count) - variant.Centres[at + k]) * variant.Scales[at + k]);
        }
    }

    /// <summary>Σ count·return of 16 trials for two replications at once, so that each return is loaded once for both.</summary>
    private static void Sum(double[] lane, double[] first, double[] second, double[] sums)
    {
        var (a0, a1, a2, a3) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        var (b0, b1, b2, b3) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        ref var returns = ref lane[0];
        for (var day = 0; day < first.Length; day++)
        {
            var at = (nuint)(day * Lane);
            var (r0, r1) = (Vector256.LoadUnsafe(ref returns, at), Vector256.LoadUnsafe(ref returns, at + 4));
            var (r2, r3) = (Vector256.LoadUnsafe(ref returns, at + 8), Vector256.LoadUnsafe(ref returns, at + 12));
            var (x, y) = (Vector256.Create(first[day]), Vector256.Create(second[day]));
            a0 = Vector256.FusedMultiplyAdd(r0, x, a0);
            a1 = Vector256.FusedMultiplyAdd(r1, x, a1);
            a2 = Vector256.FusedMultiplyAdd(r2, x, a2);
            a3 = Vector256.FusedMultiplyAdd(r3, x, a3);
            b0 = Vector256.FusedMultiplyAdd(r0, y, b0);
            b1 = Vector256.FusedMultiplyAdd(r1, y, b1);
            b2 = Vector256.FusedMultiplyAdd(r2, y, b2);
            b3 = Vector256.FusedMultiplyAdd(r3, y, b3);
        }

        a0.CopyTo(sums, 0);
        a1.CopyTo(sums, 4);
        a2.CopyTo(sums, 8);
        a3.CopyTo(sums, 12);
        b0.CopyTo(sums, 16);
        b1.CopyTo(sums, 20);
        b2.CopyTo(sums, 24);
        b3.CopyTo(sums, 28);
    }

    /// <summary>Groups of 16 trials, day by day, the last group filled up with zeros.</summary>
    private static double[][] Lanes(DailyPanel panel)
    {
        var lanes = new double[(panel.Trials + Lane - 1) / Lane][];
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            lanes[lane] = new double[panel.Days.Length * Lane];
            for (var k = lane * Lane; k < Math.Min(panel.Trials, (lane + 1) * Lane); k++)
            {
                var column = panel.Columns[k];
                for (var day = 0; day < column.Length; day++)
                {
                    lanes[lane][(day * Lane) + (k % Lane)] = column[day];
                }
            }
        }

        return lanes;
    }
}
