using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Fuzzy;

public sealed class FuzzyCoverageTests
{
    private static readonly FuzzySetSpec WithGap = new(
        "stretch",
        new IndicatorRef("rsi_14", null),
        [new("low", MembershipCatalog.Create(MembershipKind.Triangular, 0, 20, 40)), new("high", MembershipCatalog.Create(MembershipKind.Triangular, 60, 80, 100))]);

    [Fact]
    public void Of_GapBetweenMemberships_CountsTheBarsInIt()
    {
        double[] values = [double.NaN, 20, 39.5, 50, 55, 60.5, 80, double.NaN, 100];

        var coverage = FuzzyCoverage.Of(WithGap, "1h", values);

        Assert.Equal(new FuzzyCoverage("stretch", "1h", 7, 5.0 / 7), coverage);
    }

    [Fact]
    public void Of_NoValues_IsUndefined() => Assert.Equal(new FuzzyCoverage("stretch", "1h", 0, null), FuzzyCoverage.Of(WithGap, "1h", [double.NaN]));

    [Fact]
    public void Of_ManyBars_SeesEveryTile()
    {
        var values = Enumerable.Range(0, 2000).Select(i => i < 1000 ? 50.0 : 20.0).ToArray();

        Assert.Equal(new FuzzyCoverage("stretch", "1h", 2000, 0.5), FuzzyCoverage.Of(WithGap, "1h", values));
    }

    [Fact]
    public void DeadZones_GapBetweenMemberships_IsReported()
    {
        var (low, high) = Assert.Single(DeadZones.Of(WithGap));

        Assert.Equal((39, 61), (low, high));
    }

    [Fact]
    public void DeadZones_NestedAndOverlapping_AreNone()
    {
        var set = new FuzzySetSpec(
            "s",
            new IndicatorRef("i", null),
            [
                new("all", MembershipCatalog.Create(MembershipKind.Trapezoidal, 0, 0, 100, 100)),
                new("a", MembershipCatalog.Create(MembershipKind.Triangular, 10, 12, 14)),
                new("b", MembershipCatalog.Create(MembershipKind.Triangular, 80, 82, 84)),
            ]);

        Assert.Empty(DeadZones.Of(set));
    }
}
