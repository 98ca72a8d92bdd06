using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Engine.Statistics;
using Xunit;

namespace Ktrdr.Tests.Api.Research;

/// <summary>The Api knows the verdicts by their words only; they are those of the statistics.</summary>
public sealed class VerdictRankTests
{
    [Fact]
    public void Words_AreTheStatisticsVerdictsBestFirst()
        => Assert.Equal([.. Enum.GetValues<Verdict>().OrderDescending().Select(KtrdrJson.Word), "none"], VerdictRank.Words);

    [Theory]
    [InlineData("survives", 0)]
    [InlineData("unproven", 1)]
    [InlineData("rejected", 2)]
    [InlineData(null, 3)]
    public void Of_AVerdict_IsItsPlaceAmongTheWords(string? verdict, int rank) => Assert.Equal(rank, VerdictRank.Of(verdict));
}
