using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Numerics;

public sealed class QuantilesTests
{
    /// <summary>numpy.quantile([1, 2, 4, 8, 16], p).</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 2)]
    [InlineData(0.3, 2.4)]
    [InlineData(0.5, 4)]
    [InlineData(0.9, 12.8)]
    [InlineData(1, 16)]
    public void Of_Share_InterpolatesBetweenNeighbours(double p, double expected) => Assert.Equal(expected, Quantiles.Of([1, 2, 4, 8, 16], p), 1e-14);

    [Theory]
    [InlineData(7, new[] { 7.0 })]
    [InlineData(2, new[] { 1.0, 2, 9 })]
    [InlineData(4, new[] { 1.0, 2, 6, 90 })]
    public void Median_OddOrEven_IsTheMiddleOrTheMeanOfTheTwo(double expected, double[] sorted) => Assert.Equal(expected, Quantiles.Median(sorted));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(101)]
    public void Select_AnyRank_IsWhatSortingPutsThere(int count)
    {
        var generator = new Generator(5, "values");
        double[] values = [.. Enumerable.Range(0, count).Select(_ => Math.Round(10 * generator.NextGaussian()))];
        var sorted = values.Order().ToArray();
        Assert.Equal(sorted, Enumerable.Range(0, count).Select(rank => Quantiles.Select(values.ToArray(), rank)));
    }
}
