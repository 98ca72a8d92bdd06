using System.Globalization;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Labels;

/// <summary>Agreement with labels that the Python original computed on the same bars.</summary>
public sealed class LabelVectorTests
{
    [SharedFact]
    public void TripleBarrier_Defaults_AgreesWithTheOriginal()
    {
        var bars = Bars();
        var expected = Rows("triple_barrier__fx1h__");
        var spec = new LabelSpec { Source = LabelSource.TripleBarrier, ComputeWeights = true };
        var barrier = TripleBarrier.Compute(bars, spec);
        var labels = Labeler.Compute(spec, bars);
        Assert.Equal(expected.Length, barrier.Side.Length);
        int[] rows = [.. Enumerable.Range(0, expected.Length)];
        var uniqueness = UniquenessWeights.Raw(labels.End, rows);
        var weights = UniquenessWeights.Of(labels, rows);
        var mean = expected.Average(r => Number(r[5]));
        for (var t = 0; t < expected.Length; t++)
        {
            var side = int.Parse(expected[t][1], CultureInfo.InvariantCulture);
            Assert.Equal(side, barrier.Side[t]);
            Assert.Equal(side switch { 1 => 0, 0 => 1, _ => 2 }, labels.Class[t]);
            Assert.Equal(t + int.Parse(expected[t][2], CultureInfo.InvariantCulture), labels.End[t]);
            Assert.Equal(Number(expected[t][3]), 2.0 * barrier.Volatility[t], 1e-14);
            Assert.Equal(Number(expected[t][4]), 1.5 * barrier.Volatility[t], 1e-14);
            Assert.Equal(Number(expected[t][5]), uniqueness[t], 1e-12);
            Assert.Equal(Number(expected[t][5]) / mean, weights[t], 1e-5);
        }

        Assert.All(Enumerable.Range(expected.Length, bars.Count - expected.Length), t => Assert.False(labels.IsDefined(t)));
    }

    [SharedFact]
    public void ForwardReturn_Horizon5_AgreesWithTheOriginal()
    {
        var bars = Bars();
        var expected = Rows("forward_return__fx1h__horizon5");
        var labels = Labeler.Compute(new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = 5 }, bars);
        Assert.True(labels.IsRegression);
        Assert.Equal(bars.Count - 5, expected.Length);
        for (var t = 0; t < bars.Count; t++)
        {
            Assert.Equal(t < expected.Length, labels.IsDefined(t));
            if (t < expected.Length)
            {
                Assert.Equal((float)Number(expected[t][1]), labels.Target[t], 1e-9f);
                Assert.Equal(t + 5, labels.End[t]);
            }
        }
    }

    [SharedFact]
    public void Cusum_ThresholdFromVolatility_AgreesWithTheOriginal()
    {
        var bars = Bars();
        var expected = Rows("cusum__fx1h__").Select(r => r[1] == "True").ToArray();
        Assert.Equal(expected, CusumFilter.Events(bars, 0.0, 0.5, 50, [new BarRange(0, bars.Count)]));

        var labels = Labeler.Compute(new LabelSpec { Source = LabelSource.TripleBarrier, CusumThreshold = 0.0 }, bars);
        Assert.All(Enumerable.Range(0, bars.Count - 50), t => Assert.Equal(expected[t], labels.IsDefined(t)));
    }

    [SharedFact]
    public void Zigzag_Threshold_AgreesWithTheOriginalUpToTheLastConfirmedPivot()
    {
        var bars = Bars();
        int[] expected = [.. Rows("zigzag_segment_labels__fx1h__threshold0.005").Select(r => int.Parse(r[1], CultureInfo.InvariantCulture))];
        var pivots = ZigzagPivots.Of(bars.Close, 0.005);
        Assert.Equal(expected, ZigzagLabels.Classes(pivots, bars.Count));

        var labels = Labeler.Compute(new LabelSpec { Source = LabelSource.Zigzag, ZigzagThreshold = 0.005 }, bars);
        var confirmed = pivots[^2].Index;
        Assert.Equal(expected[..(confirmed + 1)], labels.Class[..(confirmed + 1)]);
        Assert.All(labels.Class[(confirmed + 1)..], c => Assert.Equal(LabelSeries.Undefined, c));
    }

    private static BarSeries Bars()
    {
        var rows = Rows("ohlcv_fx1h");
        return new BarSeries(
            "FX", Timeframe.OneHour,
            [.. rows.Select(r => DateTimeOffset.Parse(r[0], CultureInfo.InvariantCulture).ToUnixTimeMilliseconds())],
            Column(1), Column(2), Column(3), Column(4), Column(5));

        double[] Column(int at) => [.. rows.Select(r => Number(r[at]))];
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string[][] Rows(string file)
        => [.. File.ReadLines(Path.Combine(Repository.Shared!, "vectors", "labels", file + ".csv")).Skip(1).Select(l => l.Split(','))];
}
