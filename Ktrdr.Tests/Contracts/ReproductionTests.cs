using Ktrdr.Contracts.Operations;
using Xunit;

namespace Ktrdr.Tests.Contracts;

public sealed class ReproductionTests
{
    [Theory]
    [InlineData(true, "X", "X", "same bits; the same engine build X")]
    [InlineData(true, "X", "Y", "same bits; engine build X then, Y now")]
    [InlineData(false, "X", "Y", "differs; engine build X then, Y now")]
    [InlineData(false, "X", "X", "differs; the same engine build X")]
    [InlineData(false, null, "Y", "differs; engine build then not recorded, Y now")]
    [InlineData(true, "X", null, "same bits; engine build X then, not recorded now")]
    [InlineData(true, null, null, "same bits; engine build of neither run recorded")]
    public void Summary_TwoRuns_SaysWhetherBitsAndEnginesAreTheSame(bool isEqual, string? then, string? now, string expected)
        => Assert.Equal(expected, new Reproduction("op_1", isEqual, "a", "b", []) { FirstEngineBuild = then, EngineBuild = now }.Summary);
}
