using Ktrdr.Engine.Features;
using Xunit;

namespace Ktrdr.Tests.Features;

public sealed class ColumnSourceTests
{
    private static readonly double[] Values = [1, 2, 3];

    [Theory]
    [InlineData(new[] { -1, 0, 0, 1 }, new[] { -1, 0, 0, 1, 2 }, 4, null)]
    [InlineData(new[] { -1, 0, 0, 1 }, new[] { -1, 0, 1, 1 }, 4, 2)]
    [InlineData(new[] { -1, 0, 0, 1 }, new[] { -1, 0, 1, 1 }, 2, null)]
    [InlineData(new[] { -1, 0, 0, 1 }, new[] { -1, 0 }, 4, 2)]
    [InlineData(null, null, 4, null)]
    [InlineData(null, new[] { 0, 1, 2, 2 }, 4, 0)]
    public void FirstOtherBar_Alignments_NamesTheFirstRowThatShowsAnother(int[]? one, int[]? other, int rows, int? expected) =>
        Assert.Equal(expected, ColumnSource.FirstOtherBar(new ColumnSource(Values, one, null), new ColumnSource(Values, other, null), rows));
}
