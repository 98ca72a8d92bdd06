using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Statistics;

/// <summary>
/// Markets in which nothing can be found, traded at no cost by strategies that know nothing: no statistic may find more than chance would. And markets
/// with a planted edge, of which enough must be found. B = 199 is enough: (1 + k)/(1 + B) has the level 1, 5 and 10 % exactly, only the power grows with B.
/// </summary>
public sealed class NullMarketTests(NullMarkets markets) : IClassFixture<NullMarkets>
{
    [Theory]
    [InlineData(0.01)]
    [InlineData(0.05)]
    [InlineData(0.10)]
    public void PValues_NothingToFind_FallBelowAlphaNoMoreOftenThanAlpha(double alpha)
    {
        foreach (var (name, pValues) in markets.PValues)
        {
            var found = pValues.Count(p => p <= alpha);
            var allowed = NullMarkets.Count * (alpha + (2 * Math.Sqrt(alpha * (1 - alpha) / NullMarkets.Count)));
            Assert.True(found <= allowed, $"{name}: {found} of {NullMarkets.Count} at or below {alpha}, allowed {allowed:0.0}");
        }
    }

    /// <summary>A test that never rejects would pass the one above and be worth nothing. The upper bound of Hansen's test may be conservative.</summary>
    [Theory]
    [InlineData("permutation", 0.05)]
    [InlineData("probabilistic Sharpe", 0.05)]
    [InlineData("superior predictive ability", 0.02)]
    public void PValues_NothingToFind_AreNotUselessEither(string name, double leastAtTenPercent)
        => Assert.True(markets.PValues[name].Count(p => p <= 0.1) >= NullMarkets.Count * leastAtTenPercent);

    [Fact]
    public void Pbo_NothingToFind_IsOneHalfOnAverage() => Assert.InRange(markets.Overfitting.Average(), 0.4, 0.6);

    /// <summary>The best of sixteen looks better than luck to a statistic that counts one trial, and not to one that counts them.</summary>
    [Fact]
    public void DeflatedSharpe_OfTheBestTrial_DoesNotMistakeTheSearchForAnEdge()
    {
        Assert.True(markets.Best.Count(b => b.Probabilistic >= 0.95) > NullMarkets.Count * 0.3);
        Assert.True(markets.Best.Count(b => b.Deflated >= 0.95) <= NullMarkets.Count * 0.1, $"{markets.Best.Count(b => b.Deflated >= 0.95)}");
    }

    [Fact]
    public void DeflatedSharpe_AtFixedVariance_FallsWithN()
    {
        foreach (var moments in markets.Moments)
        {
            double?[] deflated = [.. new[] { 1.0, 2, 10, 100, 1000 }.Select(n => DeflatedSharpe.Evaluate(moments, n, 1.0 / moments.Count).Probability)];
            Assert.All(deflated.Skip(1).Zip(deflated), pair => Assert.True(pair.First < pair.Second));
        }
    }

    /// <summary>
    /// An edge of 0.2 standard deviations per bar after falls and rises of five bars, 750 daily bars, one strategy that knows it among sixteen: the power
    /// stated in docs/statistics.md.
    /// </summary>
    [Fact]
    public void PlantedEdge_IsFoundWithTheStatedPower()
    {
        const int repetitions = 60;
        var (permutation, sharpe, superior, chosen) = (0, 0, 0, 0);
        for (var i = 0; i < repetitions; i++)
        {
            var bars = SyntheticMarket.Planted((ulong)(i + 5000), 750, new PlantedEdge { Strength = 0.2 }, timeframe: Timeframe.Parse("1d"));
            var knowing = Backtester.Run(bars, 0, bars.Count, new FixedDecisions(Knowing(bars)), RandomRun.Free);
            BacktestResult[] runs = [knowing, .. NullMarkets.Blind(bars, i, 15)];
            var panel = PboTests.Panel([.. runs.Select(r => r.Daily.Returns)]);
            var test = DataSnooping.Test(panel, new BootstrapOptions { Replications = 199, Seed = (ulong)i });
            permutation += PermutationTest.Run(knowing, RandomRun.Window(bars), RandomRun.Free.InitialCapital, (ulong)i, 199)!.PValue <= 0.05 ? 1 : 0;
            sharpe += SharpeStatistics.Probabilistic(ReturnMoments.Of(knowing.Daily.Returns)!, 0) >= 0.95 ? 1 : 0;
            superior += test.Spa.Consistent <= 0.05 ? 1 : 0;
            chosen += Pbo.Evaluate(panel, 10).Probability < 0.2 ? 1 : 0;
        }

        var seen = $"permutation {permutation}, probabilistic Sharpe {sharpe}, superior predictive ability {superior}, overfitting below 0.2 {chosen} of {repetitions}";
        Assert.True(permutation >= 0.9 * repetitions && sharpe >= 0.9 * repetitions && superior >= 0.8 * repetitions && chosen >= 0.8 * repetitions, seen);
    }

    /// <summary>Long after a fall, short after a rise, decided anew at each close.</summary>
    private static Signal[] Knowing(BarSeries bars)
    {
        var signals = new Signal[bars.Count];
        Array.Fill(signals, Signal.Hold);
        for (var i = 5; i < bars.Count; i++)
        {
            signals[i] = bars.Close[i] < bars.Close[i - 5] ? Signal.Buy : Signal.Sell;
        }

        return signals;
    }
}

/// <summary>Everything measured once on <see cref="Count"/> null markets of 500 daily bars, sixteen blind strategies on each.</summary>
public sealed class NullMarkets
{
    public const int Count = 300;
    private const int Strategies = 16;
    private const int Days = 500;
    private static readonly ExitSpec Stops = new(Stop: new ExitLevel(ExitUnit.Percent, 0.01), Target: new ExitLevel(ExitUnit.Percent, 0.03));

    public NullMarkets()
    {
        string[] names = ["permutation", "probabilistic Sharpe", "superior predictive ability", "superior predictive ability, upper", "reality check", "permutation, with stops"];
        PValues = names.ToDictionary(n => n, _ => new double[Count]);
        Parallel.For(0, Count, i =>
        {
            var bars = SyntheticMarket.Null((ulong)i, Days, timeframe: Timeframe.Parse("1d"));
            BacktestResult[] runs = [.. Blind(bars, i, Strategies)];
            var panel = PboTests.Panel([.. runs.Select(r => r.Daily.Returns)]);
            var moments = runs.Select(r => ReturnMoments.Of(r.Daily.Returns)!).ToArray();
            var test = DataSnooping.Test(panel, new BootstrapOptions { Replications = 199, Seed = (ulong)i });
            PValues[names[0]][i] = PermutationTest.Run(runs[0], RandomRun.Window(bars), RandomRun.Free.InitialCapital, (ulong)i, 199)!.PValue;
            PValues[names[1]][i] = 1 - SharpeStatistics.Probabilistic(moments[0], 0)!.Value;
            PValues[names[2]][i] = test.Spa.Consistent;
            PValues[names[3]][i] = test.Spa.Upper;
            PValues[names[4]][i] = test.RealityCheck.PValue;
            var stopped = RandomRun.On(bars, (ulong)(i + 100_000), options: RandomRun.Free with { Exits = Stops });
            PValues[names[5]][i] = PermutationTest.Run(stopped, RandomRun.Window(bars), RandomRun.Free.InitialCapital, (ulong)i, 199)!.PValue;
            Overfitting[i] = Pbo.Evaluate(panel).Probability;
            var best = moments.MaxBy(m => m.Sharpe)!;
            var variance = ReturnMoments.Of([.. moments.Where(m => m != best).Select(m => m.Sharpe!.Value)])!.Deviation;
            var deflated = DeflatedSharpe.Evaluate(best, Strategies, Math.Max(1.0 / (Days - 1), variance * variance));
            Best[i] = (SharpeStatistics.Probabilistic(best, 0)!.Value, deflated.Probability!.Value);
            Moments[i] = best;
        });
    }

    public Dictionary<string, double[]> PValues { get; }

    public double[] Overfitting { get; } = new double[Count];

    public (double Probabilistic, double Deflated)[] Best { get; } = new (double, double)[Count];

    public ReturnMoments[] Moments { get; } = new ReturnMoments[Count];

    internal static IEnumerable<BacktestResult> Blind(BarSeries bars, int market, int count) =>
        Enumerable.Range(0, count).Select(s => RandomRun.On(bars, (ulong)((market * 1000) + s)));
}
