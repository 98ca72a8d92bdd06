using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class StabilityTests
{
    private static StabilityPart Fold(double? sharpe, double? netReturn = null) => new(StabilityKind.Fold, "fold", sharpe, netReturn ?? sharpe ?? 0);

    [Fact]
    public void Of_ALosingFold_NeverScoresAsRobust()
    {
        var losing = Stability.Of([Fold(9), Fold(9), Fold(9), Fold(9), Fold(-0.01)]);
        var gaining = Stability.Of([Fold(0.1), Fold(0.1)]);

        Assert.False(losing.IsRobust);
        Assert.True(gaining.IsRobust);
        Assert.True(losing.Score < 0.5 && gaining.Score > 0.5);
        Assert.False(Stability.Of([Fold(9), Fold(null, 0)]).IsRobust);
        Assert.False(Stability.Of([Fold(9), Fold(0.1, -0.01)]).IsRobust);
        Assert.False(Stability.Of([]).IsRobust);
        Assert.Null(Stability.Of([]).Score);
    }

    [Fact]
    public void Of_OneMoreLosingFold_OrAWorseFold_NeverHelps()
    {
        var generator = new Generator(1, "folds");
        for (var i = 0; i < 2000; i++)
        {
            var folds = Enumerable.Range(0, 1 + generator.NextInt(6)).Select(_ => Fold(generator.NextGaussian() + 0.7)).ToArray();
            var score = Stability.Of(folds).Score;

            Assert.True(Stability.Of([.. folds, Fold(-Math.Abs(generator.NextGaussian()))]).Score <= score);
            var worse = generator.NextInt(folds.Length);
            var changed = folds.Select((f, j) => j == worse ? Fold(f.NetSharpe - Math.Abs(generator.NextGaussian())) : f);
            Assert.True(Stability.Of(changed).Score <= score);
        }
    }

    [Fact]
    public void Of_SeveralKinds_IsTheWorstOfThem()
    {
        var stability = Stability.Of([Fold(2), new StabilityPart(StabilityKind.Seed, "seed 1", 1, 0.1), new StabilityPart(StabilityKind.Seed, "seed 2", -1, -0.1), Fold(1)]);

        Assert.Equal([StabilityKind.Fold, StabilityKind.Seed], stability.Kinds.Select(k => k.Kind));
        Assert.Equal([0.75, 0.25], stability.Kinds.Select(k => k.Score));
        Assert.Equal((0.25, false), (stability.Score, stability.IsRobust));
        Assert.Equal((1, -1.0), (stability.Kinds[1].Gaining, stability.Kinds[1].Worst));
    }

    [Fact]
    public void MarketRegimes_LookAtTheDaysBeforeAlone()
    {
        var bars = SyntheticMarket.Regimes(2, 24 * 300);
        var days = Enumerable.Range(0, 300).Select(d => (int)(bars.Times[0] / 86_400_000) + d).ToArray();

        var regimes = MarketRegimes.Of(bars, days);
        var closes = Enumerable.Range(0, 300).Select(d => bars.Close[(d * 24) + 23]).ToArray();

        Assert.All(regimes[..21], r => Assert.Null(r));
        Assert.All(Enumerable.Range(21, 279), d => Assert.Equal(closes[d - 1] > closes[d - 21], regimes[d] < 2));
        Assert.Equal(4, regimes.Skip(21).Distinct().Count());
        Assert.InRange(regimes.Count(r => r is 1 or 3), 130, 140);
    }

    [Fact]
    public void Part_OfDailyReturns_HasTheirSharpeAndGrowth()
    {
        var daily = new DailyReturns([1, 2, 3, 7], [0.1, -0.05, 0.02, 0]);

        var part = StabilityPart.Of(StabilityKind.Neighbour, "period = 7", daily);

        Assert.Equal((daily.Sharpe, (1.1 * 0.95 * 1.02) - 1), (part.NetSharpe, part.NetReturn));
        Assert.True(part.Gains);
        Assert.Equal(new StabilityPart(StabilityKind.Neighbour, "nothing", null, 0), StabilityPart.Of(StabilityKind.Neighbour, "nothing", null));
    }
}
