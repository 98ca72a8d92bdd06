using Ktrdr.Contracts.MarketData;
using Xunit;

namespace Ktrdr.Tests.Contracts;

public sealed class DatasetVersionTests
{
    private static readonly DateTimeOffset Begin = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly DatasetVersion Dataset = new()
    {
        Id = "d",
        Symbol = "EURUSD",
        Timeframe = "1h",
        Bars = 96,
        FirstTime = Begin,
        LastTime = Begin.AddHours(95),
        SealedFrom = Begin.AddHours(80),
        UnsealedBars = 80,
        Source = "file",
        Windows = [new("train", Begin, Begin.AddHours(50), 50), new("validation", Begin.AddHours(50), Begin.AddHours(65), 15), new("test", Begin.AddHours(65), Begin.AddHours(80), 15), new("sealed", Begin.AddHours(80), Begin.AddHours(96), 16)],
    };

    [Theory]
    [InlineData("train", null, "train")]
    [InlineData("validation", null, "validation")]
    [InlineData("test", null, "test")]
    [InlineData("unsealed", null, "custom")]
    [InlineData(null, 20, "train")]
    [InlineData(null, 50, "train")]
    [InlineData(null, 51, "custom")]
    [InlineData(null, 80, "custom")]
    [InlineData(null, null, "custom")]
    public void WindowOf_NameOrDates_IsOneOfTheWindowsThatAreCounted(string? named, int? hours, string expected)
        => Assert.Equal(expected, Dataset.WindowOf(named, hours is { } h ? Begin.AddHours(h) : null));

    [Fact]
    public void WindowOf_DatesOnDataWithoutWindows_AreATrial() => Assert.Equal("custom", (Dataset with { Windows = [] }).WindowOf(null, Begin.AddHours(1)));
}
