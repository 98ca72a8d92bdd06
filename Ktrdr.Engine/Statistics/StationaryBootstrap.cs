using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// Resamples a series in blocks of random, geometrically distributed length, so that dependence within a block is kept and the resampled series is
/// stationary. Politis &amp; Romano, "The Stationary Bootstrap", Journal of the American Statistical Association 89, 1994: each next element is, with
/// probability 1/(mean block length), a fresh uniform draw, else the successor of the last one, the series being wrapped around.
/// Every replication has a stream of its own, so replications can be drawn in any order and on any thread.
/// </summary>
public sealed class StationaryBootstrap
{
    private readonly double _restart;
    private readonly ulong _seed;

    /// <param name="count">Length of the series, at least 1.</param>
    /// <param name="blockLength">Mean block length, at least 1; 1 resamples single elements independently.</param>
    /// <param name="seed">Of the whole bootstrap.</param>
    /// <exception cref="InvalidInputException">Count or block length out of range.</exception>
    public StationaryBootstrap(int count, double blockLength, ulong seed)
    {
        if (count < 1)
        {
            throw new InvalidInputException(new Problem("out_of_range", "count", $"count is {count}: a series of at least 1 element is needed."));
        }

        if (!(blockLength >= 1) || !double.IsFinite(blockLength))
        {
            throw new InvalidInputException(new Problem("out_of_range", "block_length", $"block_length is {blockLength}: it must be 1 or more."));
        }

        Count = count;
        BlockLength = blockLength;
        _restart = 1 / blockLength;
        _seed = Generator.Derive(seed, "stationary-bootstrap");
    }

    /// <summary>Length of the series and of each replication.</summary>
    public int Count { get; }

    /// <summary>Mean length of a block.</summary>
    public double BlockLength { get; }

    /// <summary>The indices of one replication.</summary>
    /// <param name="replication">Its number, 0 or more.</param>
    /// <param name="indices">Receives <see cref="Count"/> indices into the series.</param>
    public void Draw(int replication, Span<int> indices)
    {
        var generator = Stream(replication);
        var at = generator.NextInt(Count);
        indices[0] = at;
        for (var i = 1; i < Count; i++)
        {
            at = Next(generator, at);
            indices[i] = at;
        }
    }

    /// <summary>How often each element is drawn in one replication; the same draws as <see cref="Draw"/>.</summary>
    /// <param name="replication">Its number, 0 or more.</param>
    /// <param name="counts">Receives <see cref="Count"/> whole numbers that add up to <see cref="Count"/>.</param>
    public void CountDraws(int replication, Span<double> counts)
    {
        counts[..Count].Clear();
        var generator = Stream(replication);
        var at = generator.NextInt(Count);
        counts[at]++;
        for (var i = 1; i < Count; i++)
        {
            at = Next(generator, at);
            counts[at]++;
        }
    }

    /// <summary>
    /// Variance of √count times the mean of a replication, given the series: c(0) + 2·Σ κ(i)·c(i) with
    /// κ(i) = (1 − i/n)(1 − p)^i + (i/n)(1 − p)^(n−i) and c the autocovariances with divisor n (Politis &amp; Romano 1994, lemma 1). Exact, nothing is drawn.
    /// </summary>
    public double VarianceOfMean(ReadOnlySpan<double> series)
    {
        var n = series.Length;
        var mean = Reductions.Mean(series);
        var centred = new double[n];
        for (var i = 0; i < n; i++)
        {
            centred[i] = series[i] - mean;
        }

        var stay = 1 - _restart;
        var powers = new double[n + 1];
        powers[0] = 1;
        for (var i = 1; i <= n; i++)
        {
            powers[i] = powers[i - 1] * stay;
        }

        const double negligible = 1e-15;
        var variance = Reductions.Dot(centred, centred);
        for (var i = 1; i < n; i++)
        {
            var kappa = ((1 - ((double)i / n)) * powers[i]) + ((double)i / n * powers[n - i]);
            if (kappa > negligible)
            {
                variance += 2 * kappa * Reductions.Dot(centred.AsSpan(0, n - i), centred.AsSpan(i));
            }
        }

        return Math.Max(0, variance / n);
    }

    private Generator Stream(int replication)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(replication);
        return new Generator(unchecked(_seed + (ulong)replication), "replication");
    }

    private int Next(Generator generator, int at) =>
        generator.NextDouble() < _restart ? generator.NextInt(Count) : at + 1 == Count ? 0 : at + 1;
}
