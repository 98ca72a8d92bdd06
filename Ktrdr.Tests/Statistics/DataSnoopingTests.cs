using Ktrdr.Engine;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class DataSnoopingTests
{
    private static readonly BootstrapOptions Options = new() { Replications = 500 };

    /// <summary>White 2000 and Hansen 2005, (4) to (9), written out on the returns themselves, resampled by the same indices.</summary>
    [Fact]
    public void Test_AgainstTheDefinition_Agrees()
    {
        const int days = 120;
        const double block = 6;
        const int replications = 400;
        var columns = Enumerable.Range(0, 37).Select(k => StationaryBootstrapTests.Autoregressive((ulong)k, days, 0.2)).Select((c, k) => c.Select(r => r + (0.0004 * (k - 30))).ToArray()).ToArray();

        var result = DataSnooping.Test(PboTests.Panel(columns), new BootstrapOptions { Replications = replications, BlockLength = block, Seed = 9 });

        var bootstrap = new StationaryBootstrap(days, block, 9);
        var means = columns.Select(c => c.Average()).ToArray();
        var omegas = columns.Select(c => Math.Sqrt(Variance(c, block))).ToArray();
        var root = Math.Sqrt(days);
        var (check, spa) = (means.Max(m => root * m), Math.Max(0, means.Select((m, k) => root * m / omegas[k]).Max()));
        var threshold = Math.Sqrt(2 * Math.Log(Math.Log(days)));
        var exceeded = new int[4];
        var indices = new int[days];
        for (var b = 0; b < replications; b++)
        {
            bootstrap.Draw(b, indices);
            var drawn = columns.Select(c => indices.Average(i => c[i])).ToArray();
            double Largest(Func<int, double> centre, bool studentise) => drawn.Select((d, k) => root * (d - centre(k)) / (studentise ? omegas[k] : 1)).Max();
            exceeded[0] += Largest(k => means[k], false) >= check ? 1 : 0;
            exceeded[1] += Math.Max(0, Largest(k => root * means[k] / omegas[k] >= -threshold ? means[k] : 0, true)) >= spa ? 1 : 0;
            exceeded[2] += Math.Max(0, Largest(k => Math.Max(0, means[k]), true)) >= spa ? 1 : 0;
            exceeded[3] += Math.Max(0, Largest(k => means[k], true)) >= spa ? 1 : 0;
        }

        Assert.Equal(check, result.RealityCheck.Statistic, 1e-10);
        Assert.Equal(spa, result.Spa.Statistic, 1e-10);
        Assert.Equal(exceeded.Select(e => (1.0 + e) / (1 + replications)), [result.RealityCheck.PValue, result.Spa.Consistent, result.Spa.Lower, result.Spa.Upper]);
        Assert.True(result.Spa.Lower < result.Spa.Upper, "the example should tell the bounds apart");
        Assert.Equal((37, block, replications), (result.Trials, result.BlockLength, result.Replications));
    }

    /// <summary>The variance as arch's SPA computes it (and its test checks): Σ of autocovariances weighted by Politis and Romano's kernel.</summary>
    private static double Variance(double[] series, double block)
    {
        var n = series.Length;
        var centred = series.Select(x => x - series.Average()).ToArray();
        var p = 1 / block;
        var variance = centred.Sum(x => x * x) / n;
        for (var i = 1; i < n; i++)
        {
            var kappa = ((1 - ((double)i / n)) * Math.Pow(1 - p, i)) + ((double)i / n * Math.Pow(1 - p, n - i));
            variance += 2 * kappa * Enumerable.Range(0, n - i).Sum(t => centred[t] * centred[t + i]) / n;
        }

        return variance;
    }

    /// <summary>One trial, independent days: the test is that of a mean, and both p-values are near 1 − Φ(t).</summary>
    [Fact]
    public void Test_OneTrial_IsATestOfItsMean()
    {
        var column = SharpeStatisticsTests.Series(3, 1000, 0);
        var mean = column.Average();
        column = [.. column.Select(r => r - mean + (0.01 * 1.5 / Math.Sqrt(1000)))];

        var result = DataSnooping.Test(PboTests.Panel([column]), new BootstrapOptions { Replications = 4000, BlockLength = 1 });

        Assert.Equal(1 - Elementary.NormalCdf(1.5), result.RealityCheck.PValue, 0.015);
        Assert.Equal(1 - Elementary.NormalCdf(1.5), result.Spa.Consistent, 0.015);
    }

    /// <summary>K independent trials: the best t-statistic has the distribution function Φ(t)^K.</summary>
    [Fact]
    public void Test_ManyIndependentTrials_CountsTheSearch()
    {
        const int trials = 50;
        var columns = Enumerable.Range(0, trials).Select(k => SharpeStatisticsTests.Series((ulong)(k + 300), 800, 0)).ToArray();
        var best = columns.Max(c => ReturnMoments.Of(c)!.TStatistic!.Value);

        var result = DataSnooping.Test(PboTests.Panel(columns), new BootstrapOptions { Replications = 2000, BlockLength = 1 });

        Assert.Equal(1 - Math.Pow(Elementary.NormalCdf(best), trials), result.Spa.Upper, 0.05);
    }

    [Fact]
    public void Test_HopelessTrials_WeakenTheRealityCheckButNotTheConsistentTest()
    {
        var good = SharpeStatisticsTests.Series(1, 500, 0.0012);
        var hopeless = Enumerable.Range(2, 40).Select(k => SharpeStatisticsTests.Series((ulong)k, 500, -0.01).Select(r => 3 * r).ToArray());

        var alone = DataSnooping.Test(PboTests.Panel([good]), Options);
        var crowd = DataSnooping.Test(PboTests.Panel([good, .. hopeless]), Options);

        Assert.True(crowd.RealityCheck.PValue > alone.RealityCheck.PValue + 0.1, $"{alone} {crowd}");
        Assert.Equal(alone.Spa.Consistent, crowd.Spa.Consistent, 0.02);
    }

    [Fact]
    public void Test_AllTrialsLose_HasPValueOne()
    {
        var result = DataSnooping.Test(PboTests.Panel([SharpeStatisticsTests.Series(1, 200, -0.01), SharpeStatisticsTests.Series(2, 200, -0.01)]), Options);

        Assert.Equal((0, 1.0), (result.Spa.Statistic, result.Spa.Consistent));
        Assert.True(result.RealityCheck.PValue > 0.5);
    }

    [Fact]
    public void Test_AnyNumberOfThreads_GivesTheSameBits()
    {
        var panel = PboTests.Panel([.. Enumerable.Range(0, 35).Select(k => SharpeStatisticsTests.Series((ulong)k, 150, 0))]);

        Assert.Equal(DataSnooping.Test(panel, Options with { MaxThreads = 1 }), DataSnooping.Test(panel, Options with { MaxThreads = 5 }));
    }

    [Fact]
    public void Test_NothingThatVaries_IsNamed()
    {
        var refused = Assert.Throws<InvalidInputException>(() => DataSnooping.Test(PboTests.Panel([new double[50]]), Options));

        Assert.Contains("0 trials with returns that vary over 50 days", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => DataSnooping.Test(PboTests.Panel([SharpeStatisticsTests.Series(1, 50, 0)]), Options with { Replications = 0 }));
    }
}
