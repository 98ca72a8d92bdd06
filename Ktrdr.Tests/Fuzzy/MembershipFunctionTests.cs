using Ktrdr.Engine;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Fuzzy;

public sealed class MembershipFunctionTests
{
    [Theory]
    [InlineData(new[] { 20.0, 40, 60 }, 20, 0)]
    [InlineData(new[] { 20.0, 40, 60 }, 30, 0.5)]
    [InlineData(new[] { 20.0, 40, 60 }, 40, 1)]
    [InlineData(new[] { 20.0, 40, 60 }, 45, 0.75)]
    [InlineData(new[] { 20.0, 40, 60 }, 60, 0)]
    [InlineData(new[] { 20.0, 40, 60 }, 1e300, 0)]
    [InlineData(new[] { 20.0, 40, 60 }, double.PositiveInfinity, 0)]
    [InlineData(new[] { 20.0, 40, 60 }, double.NegativeInfinity, 0)]
    [InlineData(new[] { 20.0, 40, 60 }, double.NaN, double.NaN)]
    [InlineData(new[] { 20.0, 60, 60 }, 60, 1)]
    [InlineData(new[] { 20.0, 60, 60 }, 60.000001, 0)]
    [InlineData(new[] { 20.0, 60, 60 }, 40, 0.5)]
    [InlineData(new[] { 20.0, 20, 60 }, 20, 1)]
    [InlineData(new[] { 20.0, 20, 60 }, 19.999999, 0)]
    [InlineData(new[] { 20.0, 20, 60 }, 40, 0.5)]
    public void Triangular_Value_IsAsDefined(double[] parameters, double x, double expected) => AssertEverywhere(MembershipCatalog.Create(MembershipKind.Triangular, parameters), x, (float)expected);

    [Theory]
    [InlineData(new[] { 0.0, 0, 20, 40 }, 0, 1)]
    [InlineData(new[] { 0.0, 0, 20, 40 }, -0.001, 0)]
    [InlineData(new[] { 0.0, 0, 20, 40 }, 30, 0.5)]
    [InlineData(new[] { 60.0, 80, 100, 100 }, 100, 1)]
    [InlineData(new[] { 60.0, 80, 100, 100 }, 100.001, 0)]
    [InlineData(new[] { 60.0, 80, 100, 100 }, 70, 0.5)]
    [InlineData(new[] { 1.0, 1, 2, 2 }, 1, 1)]
    [InlineData(new[] { 1.0, 1, 2, 2 }, 2, 1)]
    [InlineData(new[] { 1.0, 2, 2, 3 }, 2, 1)]
    [InlineData(new[] { 1.0, 2, 2, 3 }, double.NaN, double.NaN)]
    public void Trapezoidal_Value_IsAsDefined(double[] parameters, double x, double expected) => AssertEverywhere(MembershipCatalog.Create(MembershipKind.Trapezoidal, parameters), x, (float)expected);

    [Theory]
    [InlineData(50, 1)]
    [InlineData(60, 0.60653066)]
    [InlineData(40, 0.60653066)]
    [InlineData(75, 0.04393693)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(1e300, 0)]
    public void Gaussian_Value_IsAsDefined(double x, double expected)
    {
        var actual = MembershipCatalog.Create(MembershipKind.Gaussian, 50, 10).Evaluate(x);

        if (double.IsNaN(expected))
        {
            Assert.True(float.IsNaN(actual));
        }
        else
        {
            Assert.Equal(expected, actual, 1e-6 * expected + 1e-44);
        }
    }

    [Theory]
    [InlineData(new[] { 50.0, 0.2 }, 50, 0.5)]
    [InlineData(new[] { 50.0, 0.2 }, 60, 0.88079708)]
    [InlineData(new[] { 50.0, 0.2 }, 40, 0.11920292)]
    [InlineData(new[] { 50.0, -0.2 }, 40, 0.88079708)]
    [InlineData(new[] { 50.0, -0.2 }, 1e300, 0)]
    [InlineData(new[] { 50.0, 0.2 }, double.PositiveInfinity, 1)]
    [InlineData(new[] { 50.0, 0.2 }, double.NaN, double.NaN)]
    public void Sigmoid_Value_IsAsDefined(double[] parameters, double x, double expected) => AssertNear(MembershipCatalog.Create(MembershipKind.Sigmoid, parameters), x, expected);

    [Theory]
    [InlineData(new[] { 10.0, 2, 50 }, 50, 1)]
    [InlineData(new[] { 10.0, 2, 50 }, 60, 0.5)]
    [InlineData(new[] { 10.0, 2, 50 }, 40, 0.5)]
    [InlineData(new[] { 10.0, 2, 50 }, 55, 0.94117647)]
    [InlineData(new[] { 10.0, 2, 50 }, 70, 0.058823529)]
    [InlineData(new[] { 10.0, 0.5, 50 }, 80, 0.25)]
    [InlineData(new[] { 10.0, 100, 50 }, 59, 0.9999999992944)]
    [InlineData(new[] { 10.0, 2, 50 }, 1e300, 0)]
    [InlineData(new[] { 10.0, 2, 50 }, double.NaN, double.NaN)]
    public void Bell_Value_IsAsDefined(double[] parameters, double x, double expected) => AssertNear(MembershipCatalog.Create(MembershipKind.Bell, parameters), x, expected);

    /// <summary>Against the same formula in double precision, over the whole range where a membership says anything.</summary>
    [Fact]
    public void Curves_ManyValues_AreAccurate()
    {
        var gaussian = MembershipCatalog.Create(MembershipKind.Gaussian, 50, 12);
        var sigmoid = MembershipCatalog.Create(MembershipKind.Sigmoid, 50, 0.3);
        var bell = MembershipCatalog.Create(MembershipKind.Bell, 10, 3, 50);
        for (var x = -20.0; x < 120; x += 0.0173)
        {
            AssertRelative(Math.Exp(-0.5 * ((x - 50) / 12) * ((x - 50) / 12)), gaussian.Evaluate(x), 2e-6);
            AssertRelative(1 / (1 + Math.Exp(-0.3 * (x - 50))), sigmoid.Evaluate(x), 2e-6);
            AssertRelative(1 / (1 + Math.Pow(Math.Abs((x - 50) / 10), 6)), bell.Evaluate(x), 6e-6);
        }

        static void AssertRelative(double expected, float actual, double tolerance) => Assert.InRange(Math.Abs(actual / expected - 1), 0, expected > 1e-6 ? tolerance : 1e-4);
    }

    [Theory]
    [InlineData("triangle", MembershipKind.Triangular)]
    [InlineData("Trapezoid", MembershipKind.Trapezoidal)]
    [InlineData("gaussianmf", MembershipKind.Gaussian)]
    [InlineData("sigmoid", MembershipKind.Sigmoid)]
    [InlineData("generalized_bell", MembershipKind.Bell)]
    [InlineData("gbell", MembershipKind.Bell)]
    public void Find_NameOrAlias_IsTheShape(string name, MembershipKind kind) => Assert.Equal(kind, MembershipCatalog.Find(name)?.Kind);

    [Fact]
    public void NoticeableRange_Curves_EndsWhereTheMembershipFallsToIt()
    {
        foreach (var function in new[] { MembershipCatalog.Create(MembershipKind.Gaussian, 3, 2), MembershipCatalog.Create(MembershipKind.Bell, 2, 1.5, 3), MembershipCatalog.Create(MembershipKind.Sigmoid, 3, -2), MembershipCatalog.Create(MembershipKind.Sigmoid, 3, 2) })
        {
            var (low, high) = function.NoticeableRange();
            foreach (var end in new[] { low, high }.Where(double.IsFinite))
            {
                Assert.Equal(MembershipFunction.Noticeable, function.Evaluate(end), 1e-6);
            }
        }
    }

    /// <summary>Every place in a vector and every width gives the bits of the single value.</summary>
    [Fact]
    public void Evaluate_AnyLengthAndPlace_GivesTheBitsOfTheSingleValue()
    {
        var random = new Generator(3, "memberships");
        MembershipFunction[] functions =
        [
            MembershipCatalog.Create(MembershipKind.Triangular, -1, 0.1, 1.7),
            MembershipCatalog.Create(MembershipKind.Triangular, -1, -1, 1.7),
            MembershipCatalog.Create(MembershipKind.Trapezoidal, -1.3, -0.2, 0.4, 0.4),
            MembershipCatalog.Create(MembershipKind.Gaussian, 0.3, 0.7),
            MembershipCatalog.Create(MembershipKind.Sigmoid, 0.3, -4),
            MembershipCatalog.Create(MembershipKind.Bell, 0.6, 2.5, -0.1),
        ];
        foreach (var function in functions)
        {
            for (var length = 0; length < 70; length++)
            {
                var x = Enumerable.Range(0, length).Select(i => i % 9 == 4 ? double.NaN : i % 7 == 3 ? function.Parameters[i % 2] : random.NextGaussian()).ToArray();
                var y = new float[length];
                function.Evaluate(x, y);
                Assert.Equal(x.Select(v => BitConverter.SingleToInt32Bits(Single(function, v))), y.Select(BitConverter.SingleToInt32Bits));
            }
        }
    }

    [Fact]
    public void Evaluate_ShortResult_Throws() => Assert.Throws<ArgumentException>(() => MembershipCatalog.Create(MembershipKind.Gaussian, 0, 1).Evaluate(new double[3], new float[2]));

    [Theory]
    [InlineData(MembershipKind.Triangular, new[] { 1.0, 2 })]
    [InlineData(MembershipKind.Triangular, new[] { 3.0, 2, 1 })]
    [InlineData(MembershipKind.Triangular, new[] { 2.0, 2, 2 })]
    [InlineData(MembershipKind.Trapezoidal, new[] { 1.0, 2, 3 })]
    [InlineData(MembershipKind.Trapezoidal, new[] { 1.0, 3, 2, 4 })]
    [InlineData(MembershipKind.Gaussian, new[] { 0.0, 0 })]
    [InlineData(MembershipKind.Gaussian, new[] { 0.0, -1 })]
    [InlineData(MembershipKind.Gaussian, new[] { 0.0, 1, 2 })]
    [InlineData(MembershipKind.Gaussian, new[] { double.NaN, 1 })]
    [InlineData(MembershipKind.Sigmoid, new[] { 50.0, 0 })]
    [InlineData(MembershipKind.Sigmoid, new[] { 50.0 })]
    [InlineData(MembershipKind.Bell, new[] { 0.0, 2, 50 })]
    [InlineData(MembershipKind.Bell, new[] { 10.0, 0, 50 })]
    [InlineData(MembershipKind.Bell, new[] { 10.0, 2 })]
    public void Create_WrongParameters_NamesWhatIsAllowed(MembershipKind kind, double[] parameters)
    {
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => MembershipCatalog.Create(kind, parameters)).Problems);

        Assert.Contains("allowed", problem.Message, StringComparison.Ordinal);
    }

    private static float Single(MembershipFunction function, double x)
    {
        var p = function.Parameters;
        return function.Kind switch
        {
            MembershipKind.Triangular => new SlopedMembership(p[0], p[1], p[1], p[2]).At(x),
            MembershipKind.Trapezoidal => new SlopedMembership(p[0], p[1], p[2], p[3]).At(x),
            _ => function.Evaluate(x),
        };
    }

    private static void AssertNear(MembershipFunction function, double x, double expected)
    {
        var actual = function.Evaluate(x);
        Assert.True(double.IsNaN(expected) ? float.IsNaN(actual) : Math.Abs(expected - actual) <= 2e-6 * expected + 1e-30, $"{expected} expected, {actual} found");
    }

    /// <summary>Alone and at each place of a long span, so that the scalar and the vector forms are both seen.</summary>
    private static void AssertEverywhere(MembershipFunction function, double x, float expected)
    {
        Assert.Equal(expected, function.Evaluate(x));
        var many = new float[33];
        function.Evaluate(Enumerable.Repeat(x, many.Length).ToArray(), many);
        Assert.All(many, y => Assert.Equal(expected, y));
    }
}
