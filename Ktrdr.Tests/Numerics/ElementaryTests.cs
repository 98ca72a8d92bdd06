using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Numerics;

public sealed class ElementaryTests
{
    [Fact]
    public void Exp_WholeRange_IsWithinTheStatedBound()
        => AssertRelative(Sweep(-708, 709.7, 200_000), Elementary.Exp, Math.Exp, 5e-16);

    [Theory]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(-800, 0)]
    [InlineData(0, 1)]
    [InlineData(710, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    public void Exp_SpecialValue_IsExact(double x, double expected) => Assert.Equal(expected, Elementary.Exp(x));

    [Fact]
    public void Exp_Subnormal_IsNearest() => Assert.Equal(85, BitConverter.DoubleToInt64Bits(Elementary.Exp(-740.0)));

    [Fact]
    public void Log_WholeRange_IsWithinTheStatedBound()
    {
        AssertRelative(Sweep(-700, 700, 100_000).Select(Math.Exp), Elementary.Log, Math.Log, 5e-16);
        AssertRelative(Sweep(0.3, 3, 100_000).Where(x => x != 1), Elementary.Log, Math.Log, 5e-16);
        AssertRelative([double.Epsilon, 1e-310, double.MaxValue, 1 + 1e-15], Elementary.Log, Math.Log, 5e-16);
    }

    [Theory]
    [InlineData(0, double.NegativeInfinity)]
    [InlineData(1, 0)]
    [InlineData(-1, double.NaN)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    public void Log_SpecialValue_IsExact(double x, double expected) => Assert.Equal(expected, Elementary.Log(x));

    [Fact]
    public void Pow_RandomBasesAndExponents_IsWithinTheStatedBound()
    {
        var generator = new Generator(7, "pow");
        for (var i = 0; i < 50_000; i++)
        {
            var x = Math.Exp((generator.NextDouble() * 40) - 20);
            var y = (generator.NextDouble() * 20) - 10;
            var expected = Math.Pow(x, y);
            var bound = (2 + Math.Abs(y * Math.Log(x))) * 3e-16;
            Assert.True(Math.Abs(Elementary.Pow(x, y) - expected) <= bound * expected, $"{x:R}^{y:R}");
        }
    }

    [Fact]
    public void Cos_WholeRange_IsWithinTheStatedBound()
    {
        Assert.All(Sweep(-7, 7, 20_000).Concat(Sweep(-1e5, 1e5, 20_000)), x => Assert.InRange(Elementary.Cos(x) - Math.Cos(x), -3e-16, 3e-16));
        Assert.Equal(1, Elementary.Cos(0));
        Assert.Equal(-1, Elementary.Cos(Math.PI));
        Assert.All((double[])[double.NaN, double.PositiveInfinity, 2e5], x => Assert.Equal(double.NaN, Elementary.Cos(x)));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(0, 2, 0)]
    [InlineData(0, -1, double.PositiveInfinity)]
    [InlineData(-8, 0.5, double.NaN)]
    [InlineData(1, double.NaN, 1)]
    [InlineData(0.5, double.PositiveInfinity, 0)]
    public void Pow_SpecialValue_IsExact(double x, double y, double expected) => Assert.Equal(expected, Elementary.Pow(x, y));

    [Fact]
    public void Pow_NegativeBase_KeepsTheSignOfOddPowers()
    {
        Assert.Equal(-8, Elementary.Pow(-2, 3), 1e-14);
        Assert.Equal(16, Elementary.Pow(-2, 4), 1e-14);
    }

    [Fact]
    public void Tanh_WholeRange_IsWithinTheStatedBound()
        => AssertRelative(Sweep(-25, 25, 200_000).Where(x => x != 0), Elementary.Tanh, Math.Tanh, 5e-16);

    [Theory]
    [InlineData(-37, 5.725571222524577e-300)]
    [InlineData(-20, 2.7536241186062337e-89)]
    [InlineData(-8, 6.220960574271784e-16)]
    [InlineData(-5.7, 5.990371401063528e-09)]
    [InlineData(-3, 0.0013498980316300946)]
    [InlineData(-1, 0.15865525393145705)]
    [InlineData(-0.5, 0.3085375387259869)]
    [InlineData(-0.1, 0.460172162722971)]
    [InlineData(0, 0.5)]
    [InlineData(0.3, 0.6179114221889527)]
    [InlineData(0.67, 0.7485711049046899)]
    [InlineData(1.5, 0.9331927987311419)]
    [InlineData(4, 0.9999683287581669)]
    [InlineData(6, 0.9999999990134123)]
    public void NormalCdf_KnownValue_Agrees(double x, double expected)
        => Assert.InRange(Math.Abs((Elementary.NormalCdf(x) / expected) - 1), 0, 2e-14);

    [Theory]
    [InlineData(1e-300, -37.0470962993612)]
    [InlineData(1e-20, -9.262340089798407)]
    [InlineData(1e-09, -5.9978070150076865)]
    [InlineData(0.001, -3.0902323061678136)]
    [InlineData(0.02425, -1.972961051311885)]
    [InlineData(0.1, -1.2815515655446004)]
    [InlineData(0.25, -0.6744897501960817)]
    [InlineData(0.6, 0.2533471031357997)]
    [InlineData(0.975, 1.9599639845400538)]
    [InlineData(0.9999, 3.7190164854557084)]
    public void NormalQuantile_KnownValue_Agrees(double p, double expected)
        => Assert.InRange(Math.Abs((Elementary.NormalQuantile(p) / expected) - 1), 0, 2e-15);

    [Fact]
    public void NormalQuantile_OfNormalCdf_IsTheArgument()
    {
        foreach (var x in Sweep(-30, 5, 20_000))
        {
            Assert.Equal(x, Elementary.NormalQuantile(Elementary.NormalCdf(x)), 1e-9);
        }
    }

    [Fact]
    public void SingleExp_WholeRange_IsWithinTheStatedBound()
        => AssertRelative(Sweep(-87, 88.7, 200_000).Select(x => (double)(float)x), x => Elementary.Exp((float)x), Math.Exp, 2e-7);

    [Fact]
    public void SingleTanh_WholeRange_IsWithinTheStatedBound()
        => AssertRelative(Sweep(-10, 10, 200_000).Select(x => (double)(float)x).Where(x => x != 0), x => Elementary.Tanh((float)x), Math.Tanh, 4e-7);

    [Fact]
    public void SingleSigmoid_WholeRange_IsWithinTheStatedBound()
        => AssertRelative(Sweep(-80, 80, 100_000).Select(x => (double)(float)x), x => Elementary.Sigmoid((float)x), x => 1 / (1 + Math.Exp(-x)), 4e-7);

    [Theory]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(0f, 1f)]
    public void SingleExp_SpecialValue_IsExact(float x, float expected) => Assert.Equal(expected, Elementary.Exp(x));

    [Fact]
    public void SpanForms_AnyLength_GiveTheBitsOfTheScalarForm()
    {
        var x = Sweep(-100, 100, 1003).Select(v => (float)v).Append(float.NaN).ToArray();
        var exp = new float[x.Length];
        var tanh = new float[x.Length];
        var sigmoid = new float[x.Length];
        Elementary.Exp(x, exp);
        Elementary.Tanh(x, tanh);
        Elementary.Sigmoid(x, sigmoid);
        for (var i = 0; i < x.Length; i++)
        {
            Assert.Equal(BitConverter.SingleToInt32Bits(Elementary.Exp(x[i])), BitConverter.SingleToInt32Bits(exp[i]));
            Assert.Equal(BitConverter.SingleToInt32Bits(Elementary.Tanh(x[i])), BitConverter.SingleToInt32Bits(tanh[i]));
            Assert.Equal(BitConverter.SingleToInt32Bits(Elementary.Sigmoid(x[i])), BitConverter.SingleToInt32Bits(sigmoid[i]));
        }
    }

    private static IEnumerable<double> Sweep(double low, double high, int count)
        => Enumerable.Range(0, count).Select(i => low + ((high - low) * i / (count - 1)));

    private static void AssertRelative(IEnumerable<double> points, Func<double, double> ours, Func<double, double> reference, double bound)
    {
        foreach (var x in points)
        {
            var expected = reference(x);
            Assert.True(Math.Abs(ours(x) - expected) <= bound * Math.Abs(expected), $"at {x:R}: {ours(x):R}, expected {expected:R}");
        }
    }
}
