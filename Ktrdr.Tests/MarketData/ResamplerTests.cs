using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.MarketData;

public sealed class ResamplerTests
{
    private const long Hour = 3_600_000L;

    [Fact]
    public void Resample_HoursToFourHours_AlignsToUtcAndSaysWhatWasPartial()
    {
        // 02:00 to 12:59 of day 0: the bucket of 00:00 is half full, 04:00 and 08:00 are full, 12:00 is not over.
        var resampled = Resampler.Resample(Hourly(2, 11), Timeframe.FourHours);
        Assert.Equal([0, 4 * Hour, 8 * Hour], resampled.Bars.Times.ToArray());
        Assert.Equal([2.0, 4.0, 8.0], resampled.Bars.Open.ToArray());
        Assert.Equal([3.9, 7.9, 11.9], resampled.Bars.High.ToArray());
        Assert.Equal([1.5, 3.5, 7.5], resampled.Bars.Low.ToArray());
        Assert.Equal([3.2, 7.2, 11.2], resampled.Bars.Close.ToArray());
        Assert.Equal([20.0, 40.0, 40.0], resampled.Bars.Volume.ToArray());
        Assert.Equal((1, 1), (resampled.PartialBars, resampled.DroppedAtEnd));
    }

    [Fact]
    public void Resample_ToWeeks_BeginsOnMonday()
    {
        var resampled = Resampler.Resample(Hourly(0, 24 * 20), Timeframe.OneWeek);
        Assert.All(resampled.Bars.Times.ToArray(), t => Assert.Equal(DayOfWeek.Monday, DateTimeOffset.FromUnixTimeMilliseconds(t).DayOfWeek));
        Assert.Equal(3, resampled.Bars.Count);
        Assert.Equal(1, resampled.PartialBars);
    }

    [Fact]
    public void Resample_AWiderBar_IsAvailableNoEarlierThanItsLastSourceBar()
    {
        var bars = Hourly(0, 100);
        var wide = Resampler.Resample(bars, Timeframe.OneDay).Bars;
        Assert.Equal(4, wide.Count);
        Assert.Equal(bars.AvailableAt(23), wide.AvailableAt(0));
    }

    [Theory]
    [InlineData("1h")]
    [InlineData("30m")]
    public void Resample_NotWider_IsAnError(string timeframe)
        => Assert.Contains("4h, 1d, 1w", Assert.Throws<InvalidInputException>(() => Resampler.Resample(Hourly(0, 10), Timeframe.Parse(timeframe))).Message);

    [Fact]
    public void Resample_NotOneCompleteBar_IsAnError()
        => Assert.Throws<InvalidInputException>(() => Resampler.Resample(Hourly(0, 10), Timeframe.OneDay));

    private static BarSeries Hourly(int first, int count)
    {
        var hours = Enumerable.Range(first, count).ToArray();
        return new BarSeries(
            "H", Timeframe.OneHour,
            [.. hours.Select(h => h * Hour)], [.. hours.Select(h => (double)h)], [.. hours.Select(h => h + 0.9)],
            [.. hours.Select(h => h - 0.5)], [.. hours.Select(h => h + 0.2)], [.. hours.Select(_ => 10.0)]);
    }
}
