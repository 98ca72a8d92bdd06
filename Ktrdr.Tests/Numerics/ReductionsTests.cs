using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Numerics;

public sealed class ReductionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    public void SumDotVariance_AnyLength_HaveTheBitsOfTheScalarLaneOrder(int length)
    {
        var generator = new Generator(1, "data");
        var x = Enumerable.Range(0, length).Select(_ => generator.NextGaussian()).ToArray();
        var y = Enumerable.Range(0, length).Select(_ => generator.NextGaussian()).ToArray();
        Assert.Equal(Lanes(length, (s, i) => s + x[i]), Reductions.Sum(x));
        Assert.Equal(Lanes(length, (s, i) => Math.FusedMultiplyAdd(x[i], y[i], s)), Reductions.Dot(x, y));
        var mean = Reductions.Mean(x);
        if (length > 1)
        {
            Assert.Equal(Lanes(length, (s, i) => Math.FusedMultiplyAdd(x[i] - mean, x[i] - mean, s)) / (length - 1), Reductions.Variance(x, 1));
        }
    }

    [Fact]
    public void Variance_KnownValues_Agrees()
    {
        double[] x = [2, 4, 4, 4, 5, 5, 7, 9];
        Assert.Equal(5, Reductions.Mean(x));
        Assert.Equal(4, Reductions.Variance(x, 0), 1e-14);
        Assert.Equal(32.0 / 7, Reductions.Variance(x, 1), 1e-14);
    }

    [Fact]
    public void EmptyOrTooShort_IsNaN()
    {
        Assert.Equal(0, Reductions.Sum([]));
        Assert.True(double.IsNaN(Reductions.Mean([])));
        Assert.True(double.IsNaN(Reductions.Variance([1.0], 1)));
    }

    [Fact]
    public void Sum_WithNaN_IsNaN() => Assert.True(double.IsNaN(Reductions.Sum([1, double.NaN, 2])));

    [Fact]
    public void Dot_DifferentLengths_IsRefused() => Assert.Throws<ArgumentException>(() => Reductions.Dot([1.0], [1.0, 2.0]));

    private static double Lanes(int length, Func<double, int, double> add)
    {
        var lanes = new double[16];
        for (var i = 0; i < length; i++)
        {
            lanes[i % 16] = add(lanes[i % 16], i);
        }

        for (var half = 8; half > 0; half /= 2)
        {
            for (var lane = 0; lane < half; lane++)
            {
                lanes[lane] += lanes[lane + half];
            }
        }

        return lanes[0];
    }
}
