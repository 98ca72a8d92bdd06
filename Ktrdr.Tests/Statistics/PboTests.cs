using Ktrdr.Engine;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class PboTests
{
    /// <summary>
    /// The vignette of the R package pbo (Barry, CRAN, 1.3.5): 100 normal series of 2 400 days with mean 0 and equal variance, drawn by R with seed 765,
    /// Sharpe ratio over 3 % a year, S = 8. It prints p_bo 1, p_loss 1, ar^2 0.97 and slope −0.0030456; the latter two are those of the line through the
    /// in-sample ratio as a function of the one out of sample, and what it calls slope is the first coefficient: the intercept.
    /// </summary>
    [Fact]
    public void Evaluate_VignetteOfTheRPackage_Agrees()
    {
        const int trials = 100;
        const int days = 2400;
        var normals = new RNormals(765);
        var columns = new double[trials][];
        for (var k = 0; k < trials; k++)
        {
            var drawn = Enumerable.Range(0, days).Select(_ => normals.Next()).ToArray();
            var mean = drawn.Average();
            var deviation = Math.Sqrt(drawn.Sum(x => (x - mean) * (x - mean)) / (days - 1));
            var scaled = drawn.Select(x => x / Math.Sqrt(252) / deviation).ToArray();
            columns[k] = [.. scaled.Select(x => x - scaled.Average() - (0.03 / 252))];
        }

        var result = Pbo.Evaluate(Panel(columns), blocks: 8);

        Assert.Equal(70, result.Outcomes.Count);
        Assert.Equal((1, 1), (result.Probability, result.ProbabilityOfLoss));
        var x = result.Outcomes.Select(o => o.OutOfSample).ToArray();
        var y = result.Outcomes.Select(o => o.InSample).ToArray();
        var slope = x.Zip(y, (a, b) => (a - x.Average()) * (b - y.Average())).Sum() / x.Sum(a => (a - x.Average()) * (a - x.Average()));
        var residuals = x.Zip(y, (a, b) => b - y.Average() - (slope * (a - x.Average()))).Sum(e => e * e);
        Assert.Equal(-0.0030456, y.Average() - (slope * x.Average()), 5e-8);
        Assert.Equal(0.97, 1 - (residuals / 68 / (y.Sum(b => (b - y.Average()) * (b - y.Average())) / 69)), 0.005);
        Assert.Equal(1 - (residuals / y.Sum(b => (b - y.Average()) * (b - y.Average()))), result.DegradationFit!.Value, 1e-9);
    }

    /// <summary>The definition, split by split, on the returns themselves.</summary>
    [Fact]
    public void Evaluate_AgainstTheDefinition_Agrees()
    {
        const int blocks = 6;
        const int days = 65;
        var columns = Enumerable.Range(0, 7).Select(k => SharpeStatisticsTests.Series((ulong)k, days, 0.0005 * k)).ToArray();

        var result = Pbo.Evaluate(Panel(columns), blocks);

        var expected = new List<(int, double, double)>();
        for (var mask = 0; mask < 1 << blocks; mask++)
        {
            if (System.Numerics.BitOperations.PopCount((uint)mask) != blocks / 2)
            {
                continue;
            }

            double[] Half(double[] column, int wanted) => [.. Enumerable.Range(5, 60).Where(d => ((mask >> ((d - 5) / 10)) & 1) == wanted).Select(d => column[d])];
            var inside = columns.Select(c => ReturnMoments.Of(Half(c, 1))!.Sharpe!.Value).ToArray();
            var outside = columns.Select(c => ReturnMoments.Of(Half(c, 0))!.Sharpe!.Value).ToArray();
            var best = Array.IndexOf(inside, inside.Max());
            var rank = 1.0 + outside.Count(o => o < outside[best]);
            expected.Add((best, Math.Round(inside[best], 10), Math.Round(Math.Log(rank / (8 - rank)), 10)));
        }

        Assert.Equal(expected.Order(), result.Outcomes.Select(o => (o.Chosen, Math.Round(o.InSample, 10), Math.Round(o.Logit, 10))).Order());
        Assert.Equal(expected.Count(e => e.Item3 <= 0) / 20.0, result.Probability);
        Assert.Equal((10, 5), (result.DaysPerBlock, result.DaysLeftOut));
    }

    [Fact]
    public void Evaluate_SixteenBlocks_TriesAll12870Combinations()
        => Assert.Equal(12_870, Pbo.Evaluate(Panel([SharpeStatisticsTests.Series(1, 64, 0), SharpeStatisticsTests.Series(2, 64, 0)])).Outcomes.Count);

    [Fact]
    public void Evaluate_TrialsOfEqualWorth_IsAboutOneHalfOnAverage()
    {
        const int markets = 200;
        double sum = 0;
        for (var market = 0; market < markets; market++)
        {
            var columns = Enumerable.Range(0, 12).Select(k => SharpeStatisticsTests.Series((ulong)((market * 100) + k), 250, 0)).ToArray();
            sum += Pbo.Evaluate(Panel(columns), blocks: 10).Probability;
        }

        Assert.InRange(sum / markets, 0.4, 0.6);
    }

    [Fact]
    public void Evaluate_OneTrialWithAStrongEdge_IsNearZero()
    {
        var columns = Enumerable.Range(0, 20).Select(k => SharpeStatisticsTests.Series((ulong)k, 500, k == 13 ? 0.004 : 0)).ToArray();

        var result = Pbo.Evaluate(Panel(columns));

        Assert.True(result.Probability < 0.01, $"{result.Probability}");
        Assert.True(result.ProbabilityOfLoss < 0.01);
        Assert.All(result.Outcomes, o => Assert.Equal(13, o.Chosen));
    }

    [Fact]
    public void Evaluate_IdenticalTrials_SayThatChoosingIsWorthNothing()
    {
        var column = SharpeStatisticsTests.Series(1, 100, 0.01);

        Assert.Equal(1, Pbo.Evaluate(Panel([column, column, column])).Probability);
    }

    [Fact]
    public void Evaluate_AnyNumberOfThreads_GivesTheSameBits()
    {
        var panel = Panel([.. Enumerable.Range(0, 9).Select(k => SharpeStatisticsTests.Series((ulong)k, 200, 0))]);

        Assert.Equal(Pbo.Evaluate(panel, 12, maxThreads: 1).Outcomes, Pbo.Evaluate(panel, 12, maxThreads: 4).Outcomes);
    }

    [Theory]
    [InlineData(1, 100, 16, "1 trial:")]
    [InlineData(2, 31, 16, "31 days")]
    [InlineData(2, 100, 7, "blocks is 7")]
    [InlineData(2, 100, 22, "blocks is 22")]
    public void Evaluate_TooLittle_IsNamed(int trials, int days, int blocks, string named)
    {
        var panel = Panel([.. Enumerable.Range(0, trials).Select(k => SharpeStatisticsTests.Series((ulong)k, days, 0))]);

        Assert.Contains(named, Assert.Throws<InvalidInputException>(() => Pbo.Evaluate(panel, blocks)).Message, StringComparison.Ordinal);
    }

    internal static DailyPanel Panel(double[][] columns) =>
        new([.. columns.Select((_, k) => new TrialKey($"strategy-{k:D5}", "data", "validation"))], [.. Enumerable.Range(0, columns[0].Length)], columns);
}
