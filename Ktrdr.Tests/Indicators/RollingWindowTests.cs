using Ktrdr.Engine.Indicators;
using Xunit;

namespace Ktrdr.Tests.Indicators;

public sealed class RollingWindowTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(255)]
    [InlineData(1000)]
    public void Windows_AnyPeriod_EqualTheDirectComputation(int period)
    {
        foreach (var count in new[] { 0, 1, period - 1, period, period + 1, period + 1_023, period + 1_024, period + 2_047, period + 2_048, 3_333, 5_000 })
        {
            var x = Candles.Random(9, count).Close.ToArray();
            var (sum, max, min) = (new double[count], new double[count], new double[count]);
            var (weighted, mean, deviation) = (new double[count], new double[count], new double[count]);
            RollingWindow.Sum(x, period, sum);
            RollingWindow.Max(x, period, max);
            RollingWindow.Min(x, period, min);
            RollingWindow.WeightedMean(x, period, weighted);
            RollingDeviation.Compute(x, period, mean, deviation);
            for (var i = 0; i < count; i++)
            {
                if (i < period - 1)
                {
                    Assert.True(double.IsNaN(weighted[i]) && double.IsNaN(mean[i]) && double.IsNaN(deviation[i]));
                    Assert.True(double.IsNaN(sum[i]) && double.IsNaN(max[i]) && double.IsNaN(min[i]));
                    continue;
                }

                var window = x[(i - period + 1)..(i + 1)];
                Assert.Equal(window.Max(), max[i]);
                Assert.Equal(window.Min(), min[i]);
                Assert.InRange(Math.Abs(sum[i] / window.Sum() - 1.0), 0.0, 1e-13);
                if (i % 7 == 0 || i < period + 3)
                {
                    Assert.InRange(Math.Abs(weighted[i] / (window.Select((v, k) => v * (k + 1)).Sum() / (period * (period + 1.0) / 2.0)) - 1.0), 0.0, 1e-13);
                    var (exactMean, exactDeviation) = RollingDeviation.TwoPasses(window);
                    Assert.InRange(Math.Abs(mean[i] / exactMean - 1.0), 0.0, 1e-13);
                    Assert.InRange(Math.Abs(deviation[i] - exactDeviation), 0.0, 1e-10 * exactDeviation);
                }
            }
        }
    }

    /// <summary>An enormous value at each place of a block, flat prices after a move, and small changes far from zero.</summary>
    [Fact]
    public void Deviation_WhereSumsCancel_IsThatOfTheWindow()
    {
        const int period = 16;
        var x = new double[3_000];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = i switch { 0 or 50 or 1_024 => 1e18, < 500 => 1.5, < 1_500 => 1e6 + 1e-6 * (i * 7919 % 13), _ => 3.0 + i % 2 };
        }

        var (mean, deviation) = (new double[x.Length], new double[x.Length]);
        RollingDeviation.Compute(x, period, mean, deviation);
        for (var i = period - 1; i < x.Length; i++)
        {
            var (exactMean, exactDeviation) = RollingDeviation.TwoPasses(x.AsSpan(i - period + 1, period));
            Assert.InRange(Math.Abs(mean[i] / exactMean - 1.0), 0.0, 1e-14);
            Assert.InRange(Math.Abs(deviation[i] - exactDeviation), 0.0, 1e-9 * exactDeviation);
        }
    }

    [Fact]
    public void Mean_AfterAnEnormousValue_IsExactAgain()
    {
        var x = new double[200];
        Array.Fill(x, 1.5);
        x[50] = 1e18;
        var mean = new double[x.Length];
        RollingWindow.Mean(x, 16, mean);
        Assert.All(mean[66..], m => Assert.Equal(1.5, m));
    }
}
