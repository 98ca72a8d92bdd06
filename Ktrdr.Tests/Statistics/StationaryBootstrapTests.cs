using Ktrdr.Engine;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class StationaryBootstrapTests
{
    /// <summary>
    /// arch 8 (Sheppard), test_block_length: an AR(1) with coefficient 0.3 over numpy's RandomState(0), first 100 dropped, gives 13.635665. The
    /// recursion and the random numbers are done again here.
    /// </summary>
    [Fact]
    public void BlockLength_TestOfTheArchPackage_Agrees()
    {
        var normals = new NumpyNormals(0);
        var y = Enumerable.Range(0, 10_100).Select(_ => normals.Next()).ToArray();
        Assert.Equal(1.764052345967664, y[0], 1e-12);
        for (var i = 1; i < y.Length; i++)
        {
            y[i] += 0.3 * y[i - 1];
        }

        Assert.Equal(13.635665, BlockLength.Stationary(y.AsSpan(100)), 13.635665e-4);
    }

    [Fact]
    public void BlockLength_GrowsWithDependence_AndIsOneWithout()
    {
        var independent = SharpeStatisticsTests.Series(1, 2000, 0);

        Assert.InRange(BlockLength.Stationary(independent), 1, 6);
        Assert.True(BlockLength.Stationary(Autoregressive(1, 2000, 0.5)) > BlockLength.Stationary(independent));
        Assert.True(BlockLength.Stationary(Autoregressive(1, 2000, 0.9)) > BlockLength.Stationary(Autoregressive(1, 2000, 0.5)));
        Assert.Equal(1, BlockLength.Stationary(new double[50]));
        Assert.Equal(1, BlockLength.Stationary([1, 2, 3]));
    }

    [Fact]
    public void Draw_BlocksHaveTheStatedMeanLength_AndEveryIndexIsEquallyLikely()
    {
        const int count = 200;
        const int replications = 4000;
        var bootstrap = new StationaryBootstrap(count, 5, 7);
        var indices = new int[count];
        var seen = new int[count];
        var blocks = 0;
        for (var r = 0; r < replications; r++)
        {
            bootstrap.Draw(r, indices);
            for (var i = 0; i < count; i++)
            {
                seen[indices[i]]++;
                blocks += i == 0 || indices[i] != (indices[i - 1] + 1) % count ? 1 : 0;
            }
        }

        // A restart lands on the successor once in 200 times and is then not seen as one.
        Assert.Equal(5, replications * (double)count / blocks, 0.06);
        Assert.All(seen, s => Assert.InRange(s, replications * 0.8, replications * 1.2));
    }

    [Fact]
    public void CountDraws_IsTheSameReplication()
    {
        var bootstrap = new StationaryBootstrap(97, 4.5, 3);
        var indices = new int[97];
        var counts = new double[97];
        bootstrap.Draw(12, indices);
        bootstrap.CountDraws(12, counts);

        Assert.Equal(Enumerable.Range(0, 97).Select(i => (double)indices.Count(j => j == i)), counts);
        bootstrap.Draw(13, indices);
        Assert.NotEqual(Enumerable.Range(0, 97).Select(i => (double)indices.Count(j => j == i)), counts);
    }

    /// <summary>Politis &amp; Romano 1994, lemma 1: the variance of a replication's mean is known without drawing.</summary>
    [Fact]
    public void VarianceOfMean_IsTheVarianceThatDrawingGives()
    {
        const int replications = 20_000;
        var series = Autoregressive(4, 150, 0.6);
        var bootstrap = new StationaryBootstrap(series.Length, 8, 11);
        var indices = new int[series.Length];
        var means = new double[replications];
        for (var r = 0; r < replications; r++)
        {
            bootstrap.Draw(r, indices);
            means[r] = indices.Average(i => series[i]);
        }

        var drawn = means.Sum(m => (m - means.Average()) * (m - means.Average())) / replications * series.Length;

        Assert.Equal(1, drawn / bootstrap.VarianceOfMean(series), 0.04);
        Assert.Equal(Reductions.Variance(series, 0), new StationaryBootstrap(series.Length, 1, 1).VarianceOfMean(series), 1e-12);
    }

    [Fact]
    public void Constructor_OutOfRange_IsNamed()
    {
        Assert.Contains("block_length is 0.5", Assert.Throws<InvalidInputException>(() => new StationaryBootstrap(10, 0.5, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("count is 0", Assert.Throws<InvalidInputException>(() => new StationaryBootstrap(0, 1, 1)).Message, StringComparison.Ordinal);
    }

    internal static double[] Autoregressive(ulong seed, int count, double coefficient)
    {
        var series = SharpeStatisticsTests.Series(seed, count, 0);
        for (var i = 1; i < count; i++)
        {
            series[i] += coefficient * series[i - 1];
        }

        return series;
    }
}
