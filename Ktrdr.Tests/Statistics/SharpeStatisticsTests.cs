using Ktrdr.Engine;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Xunit;

namespace Ktrdr.Tests.Statistics;

/// <summary>Worked examples of Bailey &amp; López de Prado (2012, 2014) and self-tests on series without an edge.</summary>
public sealed class SharpeStatisticsTests
{
    /// <summary>2012, §4: monthly Sharpe ratio 0.458 over 24 months; 0.982 if returns were normal, 0.913 with their skew and kurtosis.</summary>
    [Theory]
    [InlineData(0, 3, 0.982)]
    [InlineData(-2.448, 10.164, 0.913)]
    public void Probabilistic_PublishedHedgeFund_Agrees(double skew, double kurtosis, double expected)
        => Assert.Equal(expected, SharpeStatistics.Probabilistic(0.458, 0, 24, skew, kurtosis)!.Value, 0.0006);

    /// <summary>2012, §6: years needed at 95 % to tell an annual Sharpe ratio of 2 from 1, normal returns, by frequency.</summary>
    [Theory]
    [InlineData(250, 2.73)]
    [InlineData(52, 2.83)]
    [InlineData(12, 3.24)]
    public void MinimumTrackRecord_PublishedYears_Agree(int perYear, double years)
    {
        var root = Math.Sqrt(perYear);

        Assert.Equal(years, SharpeStatistics.MinimumTrackRecord(2 / root, 1 / root, 0, 3, 0.95)!.Value / perYear, 0.005);
    }

    [Fact]
    public void MinimumTrackRecord_IsWhereTheProbabilisticRatioReachesTheConfidence()
    {
        var length = SharpeStatistics.MinimumTrackRecord(0.1, 0.02, -1, 6, 0.95)!.Value;

        Assert.True(SharpeStatistics.Probabilistic(0.1, 0.02, (int)Math.Floor(length), -1, 6) < 0.95);
        Assert.True(SharpeStatistics.Probabilistic(0.1, 0.02, (int)Math.Ceiling(length), -1, 6) >= 0.95);
    }

    [Fact]
    public void MinimumTrackRecord_NotAboveTheBenchmark_IsUndefined()
    {
        Assert.Null(SharpeStatistics.MinimumTrackRecord(0.1, 0.1, 0, 3, 0.95));
        Assert.Throws<InvalidInputException>(() => SharpeStatistics.MinimumTrackRecord(0.1, 0, 0, 3, 1));
    }

    /// <summary>
    /// 2014: annual Sharpe ratio 2.5 over 1250 days, V = 1/2 a year, 250 days a year, skew -3, kurtosis 10: after 100 trials 0.9004, after 46 trials
    /// 0.9505; with normal returns 0.9505 only after 88 trials.
    /// </summary>
    [Theory]
    [InlineData(100, -3, 10, 0.9004)]
    [InlineData(46, -3, 10, 0.9505)]
    [InlineData(88, 0, 3, 0.9505)]
    public void DeflatedSharpe_PublishedExample_Agrees(int trials, double skew, double kurtosis, double expected)
    {
        var hurdle = DeflatedSharpe.ExpectedMaximum(trials, 0.5 / 250);
        var deflated = SharpeStatistics.Probabilistic(2.5 / Math.Sqrt(250), hurdle, 1250, skew, kurtosis);

        Assert.Equal(expected, deflated!.Value, 0.0004);
    }

    [Fact]
    public void ExpectedMaximum_PublishedExample_Agrees() => Assert.Equal(0.1132, DeflatedSharpe.ExpectedMaximum(100, 0.5 / 250), 0.0001);

    [Fact]
    public void ExpectedMaximum_OneTrialOrFewer_IsZero()
    {
        Assert.Equal(0, DeflatedSharpe.ExpectedMaximum(1, 1));
        Assert.Equal(0, DeflatedSharpe.ExpectedMaximum(0.3, 1));
        Assert.Equal(0, DeflatedSharpe.ExpectedMaximum(1.01, 1));
    }

    [Fact]
    public void ExpectedMaximum_ManyNormals_IsTheirMeanMaximum()
    {
        const int trials = 50;
        const int repetitions = 4000;
        var generator = new Generator(5, "maxima");
        double sum = 0;
        for (var i = 0; i < repetitions; i++)
        {
            var best = double.NegativeInfinity;
            for (var j = 0; j < trials; j++)
            {
                best = Math.Max(best, generator.NextGaussian());
            }

            sum += best;
        }

        Assert.Equal(sum / repetitions, DeflatedSharpe.ExpectedMaximum(trials, 1), 0.03);
    }

    [Fact]
    public void DeflatedSharpe_FallsAsTrialsGrow_AtFixedVariance()
    {
        var moments = ReturnMoments.Of(Series(1, 500, 0.001))!;
        var previous = SharpeStatistics.Probabilistic(moments, 0)!.Value;
        foreach (var trials in new[] { 1.0, 2, 5, 20, 100, 1000, 100_000 })
        {
            var deflated = DeflatedSharpe.Evaluate(moments, trials, 0.002);
            Assert.True(deflated.Hurdle >= 0);
            Assert.True(deflated.Probability <= previous);
            previous = deflated.Probability!.Value;
        }

        Assert.True(previous < 0.1);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.05)]
    [InlineData(0.10)]
    public void Probabilistic_SeriesWithoutAnEdge_RejectsNoMoreThanAlpha(double alpha)
    {
        const int repetitions = 3000;
        var rejected = Enumerable.Range(0, repetitions).Count(i => 1 - SharpeStatistics.Probabilistic(ReturnMoments.Of(Series((ulong)i, 250, 0))!, 0) <= alpha);

        Assert.True(rejected <= repetitions * (alpha + (2 * Math.Sqrt(alpha * (1 - alpha) / repetitions))), $"{rejected} of {repetitions}");
        Assert.True(rejected >= repetitions * alpha / 3, $"{rejected} of {repetitions}: a test that never rejects proves nothing");
    }

    [Fact]
    public void ReturnMoments_KnownSeries_GivesKnownMoments()
    {
        var moments = ReturnMoments.Of([1.0, 2, 3, 4, 10])!;

        Assert.Equal(4, moments.Mean);
        Assert.Equal(Math.Sqrt(12.5), moments.Deviation, 1e-12);
        Assert.Equal((-27 - 8 - 1 + 216) / 5.0 / Math.Pow(10, 1.5), moments.Skew!.Value, 1e-12);
        Assert.Equal((81 + 16 + 1 + 1296) / 5.0 / 100, moments.Kurtosis!.Value, 1e-12);
        Assert.Equal(4 / Math.Sqrt(12.5) * Math.Sqrt(5), moments.TStatistic!.Value, 1e-12);
    }

    [Fact]
    public void ReturnMoments_ConstantSeries_HasNoSharpe()
    {
        Assert.Null(ReturnMoments.Of([0.1, 0.1, 0.1])!.Sharpe);
        Assert.Null(ReturnMoments.Of([0.1]));
        Assert.Null(SharpeStatistics.Probabilistic(ReturnMoments.Of([0.0, 0, 0])!, 0));
    }

    [Fact]
    public void HolmAdjustment_KnownValues_Agree()
    {
        var adjusted = HolmAdjustment.Adjust([0.04, 0.01, 0.03, 0.9]);

        Assert.Equal([0.09, 0.04, 0.09, 0.9], adjusted.Select(p => Math.Round(p, 12)));
        Assert.Equal([1, 1], HolmAdjustment.Adjust([0.7, 0.6]));
        Assert.Throws<InvalidInputException>(() => HolmAdjustment.Adjust([1.2]));
    }

    internal static double[] Series(ulong seed, int count, double drift)
    {
        var generator = new Generator(seed, "daily-series");
        var returns = new double[count];
        for (var i = 0; i < count; i++)
        {
            returns[i] = drift + (0.01 * generator.NextGaussian());
        }

        return returns;
    }

    /// <summary>A coin tossed on a few days of an idle year: over all ways in which it can fall, it passes hardly more often than it may.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(10)]
    public void Credited_FewDaysWithAReturn_KeepsItsLevel(int tosses)
    {
        var passed = 0;
        for (var outcome = 0; outcome < 1 << tosses; outcome++)
        {
            var returns = new double[250];
            for (var toss = 0; toss < tosses; toss++)
            {
                returns[10 * toss] = ((outcome >> toss) & 1) == 0 ? 0.02 : -0.02;
            }

            passed += SharpeStatistics.Credited(ReturnMoments.Of(returns)!, 0) >= 0.95 ? 1 : 0;
        }

        Assert.InRange((double)passed / (1 << tosses), 0, 0.0626);
    }

    [Fact]
    public void Probabilistic_OfMoments_IsThePapersFormulaWhateverIsCredited()
    {
        var moments = ReturnMoments.Of([.. new double[249], 0.02])!;

        Assert.Equal(0.976, SharpeStatistics.Probabilistic(moments, 0)!.Value, 0.0005);
        Assert.Equal(SharpeStatistics.Probabilistic(moments.Sharpe!.Value, 0, 250, moments.Skew!.Value, moments.Kurtosis!.Value), SharpeStatistics.Probabilistic(moments, 0));
        Assert.InRange(SharpeStatistics.Credited(moments, 0)!.Value, 0.5, 0.9);
    }

    [Fact]
    public void CreditedSkew_OnlyTheFavourableOneOfAFewReturnsIsTakenAway()
    {
        double[] win = [.. new double[249], 0.02];
        double[] loss = [.. new double[249], -0.02];
        double[] adverse = [.. Enumerable.Repeat(0.001, 249), -0.02];
        double[] many = [.. Enumerable.Range(0, 250).Select(i => i % 5 == 0 ? 0.02 : -0.001)];

        Assert.Equal((0.0, 0.0), (ReturnMoments.Of(win)!.CreditedSkew, ReturnMoments.Of(loss)!.CreditedSkew));
        Assert.All([adverse, many], returns => Assert.Equal(ReturnMoments.Of(returns)!.Skew, ReturnMoments.Of(returns)!.CreditedSkew));
        Assert.True(ReturnMoments.Of(many)!.Skew > 1);
    }
}
