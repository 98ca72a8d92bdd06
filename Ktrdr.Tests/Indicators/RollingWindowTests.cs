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
        foreach (var count in new[] { 0, 1, period - 1, period, period + 1, period + 1_023, period + 1_024, 3_333 })
        {
            var x = Candles.Random(9, count).Close.ToArray();
            var (sum, max, min) = (new double[count], new double[count], new double[count]);
            RollingWindow.Sum(x, period, sum);
            RollingWindow.Max(x, period, max);
            RollingWindow.Min(x, period, min);
            for (var i = 0; i < count; i++)
            {
                if (i < period - 1)
                {
                    Assert.True(double.IsNaN(sum[i]) && double.IsNaN(max[i]) && double.IsNaN(min[i]));
                    continue;
                }

                var window = x[(i - period + 1)..(i + 1)];
                Assert.Equal(window.Max(), max[i]);
                Assert.Equal(window.Min(), min[i]);
                Assert.InRange(Math.Abs(sum[i] / window.Sum() - 1.0), 0.0, 1e-13);
            }
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
