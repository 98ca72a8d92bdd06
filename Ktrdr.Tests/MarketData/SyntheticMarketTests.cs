using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.MarketData;

public sealed class SyntheticMarketTests
{
    [Fact]
    public void Null_SameSeed_SameBits()
    {
        Assert.Equal(SyntheticMarket.Null(5, 300).ContentHash, SyntheticMarket.Null(5, 300).ContentHash);
        Assert.NotEqual(SyntheticMarket.Null(5, 300).ContentHash, SyntheticMarket.Null(6, 300).ContentHash);
        Assert.NotEqual(SyntheticMarket.Null(5, 300).ContentHash, SyntheticMarket.Regimes(5, 300).ContentHash);
        Assert.Equal(SyntheticMarket.Null(5, 300).Close.ToArray(), SyntheticMarket.Null(5, 400).Close[..300].ToArray());
    }

    [Fact]
    public void Null_Bars_AreValidAndContinuous()
    {
        var bars = SyntheticMarket.Null(1, 5_000, "NULL", Timeframe.OneDay);
        Assert.Equal(("NULL", Timeframe.OneDay, 5_000), (bars.Symbol, bars.Timeframe, bars.Count));
        for (var i = 0; i < bars.Count; i++)
        {
            Assert.True(bars.Low[i] > 0 && bars.Low[i] <= Math.Min(bars.Open[i], bars.Close[i]) && bars.High[i] >= Math.Max(bars.Open[i], bars.Close[i]));
            Assert.True(bars.Volume[i] >= 0);
            Assert.True(i == 0 || bars.Open[i] == bars.Close[i - 1]);
        }
    }

    [Fact]
    public void Null_Returns_HaveNoMeanNoMemoryFatTailsAndClusters()
    {
        var squares = new List<double>();
        var (sum, sumSquares, lagged, count) = (0.0, 0.0, 0.0, 0);
        for (ulong seed = 0; seed < 20; seed++)
        {
            var r = Returns(SyntheticMarket.Null(seed, 5_000));
            for (var i = 1; i < r.Length; i++)
            {
                sum += r[i];
                sumSquares += r[i] * r[i];
                lagged += Math.Sign(r[i]) * Math.Sign(r[i - 1]);
                count++;
            }

            squares.Add(Correlation([.. r.Select(Math.Abs)], 1));
            Assert.True(Reductions.Mean([.. r.Select(x => x * x * x * x)]) > 4.0 * Math.Pow(Reductions.Mean([.. r.Select(x => x * x)]), 2), "fat tails");
        }

        var deviation = Math.Sqrt(sumSquares / count);
        Assert.InRange(Math.Abs(sum / count) / (deviation / Math.Sqrt(count)), 0.0, 3.5);
        Assert.InRange(Math.Abs(lagged / count) * Math.Sqrt(count), 0.0, 3.5);
        Assert.All(squares, c => Assert.True(c > 0.1, $"volatility clusters: {c}"));
    }

    [Fact]
    public void Null_OverManySeeds_IsAMartingaleAfterRisesAndFalls()
    {
        // E[P(t+1)/P(t)] = 1 whatever came before: means of ratios within four standard errors.
        var (sums, squares, counts) = (new double[3], new double[3], new int[3]);
        for (var seed = 1UL; seed <= 300; seed++)
        {
            var bars = SyntheticMarket.Null(seed, 200);
            for (var i = 2; i < bars.Count; i++)
            {
                var ratio = bars.Close[i] / bars.Close[i - 1] - 1.0;
                foreach (var group in (int[])[0, bars.Close[i - 1] > bars.Close[i - 2] ? 1 : 2])
                {
                    (sums[group], squares[group], counts[group]) = (sums[group] + ratio, squares[group] + ratio * ratio, counts[group] + 1);
                }
            }
        }

        for (var group = 0; group < 3; group++)
        {
            var mean = sums[group] / counts[group];
            var error = Math.Sqrt(squares[group] / counts[group] / counts[group]);
            Assert.InRange(mean / error, -4.0, 4.0);
        }

        Assert.True(SyntheticMarket.StepsPerBar >= 60);
    }

    [Fact]
    public void Null_HighsAndLows_AreThoseOfAPath()
    {
        // Parkinson: for a path, E[ln(H/L)²] = 4 ln 2 · variance; 64 steps see about 85 % of it.
        var bars = SyntheticMarket.Null(3, 20_000);
        var (range, variance) = (0.0, 0.0);
        for (var i = 0; i < bars.Count; i++)
        {
            range += Math.Pow(Math.Log(bars.High[i] / bars.Low[i]), 2);
            variance += Math.Pow(Math.Log(bars.Close[i] / bars.Open[i]), 2);
        }

        Assert.InRange(range / variance / (4.0 * Math.Log(2.0)), 0.7, 1.0);
    }

    [Fact]
    public void Planted_Edge_PaysWhereItIsAndNowhereElse()
    {
        const int lookBack = 3;
        var planted = Gain(SyntheticMarket.Planted(2, 20_000, new PlantedEdge { LookBack = lookBack, Strength = 0.2 }));
        var none = Gain(SyntheticMarket.Planted(2, 20_000, new PlantedEdge { LookBack = lookBack, Strength = 0.0 }));
        Assert.True(planted > 15.0, $"t = {planted}");
        Assert.InRange(none, -3.5, 3.5);

        static double Gain(BarSeries bars)
        {
            var gains = new List<double>();
            for (var i = lookBack; i < bars.Count - 1; i++)
            {
                gains.Add(-Math.Sign(bars.Close[i] - bars.Close[i - lookBack]) * (bars.Close[i + 1] / bars.Close[i] - 1.0));
            }

            return gains.Average() / Math.Sqrt(gains.Sum(g => g * g) / gains.Count) * Math.Sqrt(gains.Count);
        }
    }

    [Fact]
    public void Regimes_Volatility_DiffersBetweenStretches()
    {
        var r = Returns(SyntheticMarket.Regimes(4, 20_000));
        var windows = r.Chunk(250).Select(w => Math.Sqrt(w.Average(x => x * x))).Order().ToArray();
        Assert.True(windows[^5] > 2.5 * windows[4]);
    }

    [Fact]
    public void Null_NoBars_IsATypedError() => Assert.Throws<InvalidInputException>(() => SyntheticMarket.Null(1, 0));

    private static double[] Returns(BarSeries bars)
        => [.. Enumerable.Range(1, bars.Count - 1).Select(i => bars.Close[i] / bars.Close[i - 1] - 1.0)];

    private static double Correlation(double[] x, int lag)
    {
        var mean = x.Average();
        var (cross, square) = (0.0, 0.0);
        for (var i = lag; i < x.Length; i++)
        {
            cross += (x[i] - mean) * (x[i - lag] - mean);
            square += (x[i] - mean) * (x[i] - mean);
        }

        return cross / square;
    }
}
