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

    [Fact]
    public void Resample_UsEquities_MakesOneBarPerSessionAndWeek()
    {
        // Two weeks with Good Friday in the first: 13 UTC is 9 New York, bars of the sessions only.
        var bars = Hours("SPY", MarketCalendar.UsEquities, "2024-03-25", 14, hour => hour is >= 13 and <= 19, "2024-03-29", "2024-03-30", "2024-03-31", "2024-04-06", "2024-04-07");

        var daily = Resampler.Resample(bars, Timeframe.OneDay);
        Assert.Equal(9, daily.Bars.Count);
        Assert.Equal((0, 0), (daily.PartialBars, daily.DroppedAtEnd));
        Assert.Equal(MarketCalendarTests.Time("2024-03-25"), daily.Bars.Times[0]);
        Assert.Equal(MarketCalendarTests.Time("2024-03-25T20:00Z"), daily.Bars.AvailableAt(0));
        Assert.Contains("sessions of us_equities", daily.ToString());

        var weekly = Resampler.Resample(bars, Timeframe.OneWeek).Bars;
        Assert.Equal([MarketCalendarTests.Time("2024-03-25"), MarketCalendarTests.Time("2024-04-01")], weekly.Times.ToArray());
        Assert.Equal(MarketCalendarTests.Time("2024-03-28T20:00Z"), weekly.AvailableAt(0)); // the week ends on Thursday
        Assert.Equal(weekly.Close.ToArray(), Resampler.Resample(daily.Bars, Timeframe.OneWeek).Bars.Close.ToArray());
    }

    [Fact]
    public void Resample_BarsAfterTheClose_BelongToTheNextSession()
    {
        var bars = Hours("SPY", MarketCalendar.UsEquities, "2024-03-25", 3, hour => hour >= 13);

        var daily = Resampler.Resample(bars, Timeframe.OneDay).Bars;

        // The second day opens with the hour after the first one's close.
        Assert.Equal(bars.Close[6], daily.Close[0]);
        Assert.Equal(bars.Open[7], daily.Open[1]);
    }

    [Fact]
    public void Resample_Fx_DaysRunFromFiveToFiveNewYork()
    {
        var bars = Hours("EURUSD", MarketCalendar.Fx, "2024-07-14", 7, _ => true).Slice(21, 5 * 24);

        var daily = Resampler.Resample(bars, Timeframe.OneDay);
        Assert.Equal((5, 0), (daily.Bars.Count, daily.PartialBars));
        Assert.Equal(MarketCalendarTests.Time("2024-07-14T21:00Z"), daily.Bars.Times[0]);
        Assert.Equal(MarketCalendarTests.Time("2024-07-15T21:00Z"), daily.Bars.AvailableAt(0));
        var weekly = Resampler.Resample(bars, Timeframe.OneWeek).Bars;
        Assert.Equal((1, MarketCalendarTests.Time("2024-07-14T21:00Z"), MarketCalendarTests.Time("2024-07-19T21:00Z")), (weekly.Count, weekly.Times[0], weekly.AvailableAt(0)));
    }

    [Theory]
    [InlineData("4h")]
    [InlineData("1h")]
    public void Resample_BarsThatReachOverAClose_MakeTheWiderBarsLater(string timeframe)
    {
        // Stamps at half past: a bar reaches over each close.
        var width = Timeframe.Parse(timeframe);
        var hours = Hours("SPY", MarketCalendar.UsEquities, "2024-03-25", 4, hour => hour % (width.Milliseconds / Hour) == 0);
        var bars = new BarSeries("SPY", width, [.. hours.Times.ToArray().Select(t => t + Hour / 2)], hours.Open.ToArray(), hours.High.ToArray(), hours.Low.ToArray(), hours.Close.ToArray(), hours.Volume.ToArray())
            .With(MarketCalendar.UsEquities);

        var daily = Resampler.Resample(bars, Timeframe.OneDay).Bars;
        for (var d = 0; d < daily.Count; d++)
        {
            for (var i = 0; i < bars.Count; i++)
            {
                // No source bar that the day cannot have known carries its close.
                Assert.False(bars.AvailableAt(i) > daily.AvailableAt(d) && bars.Close[i] == daily.Close[d]);
            }
        }
    }

    [Theory]
    [InlineData("1h", "4h")]
    [InlineData("30m", "1h")]
    [InlineData("15m", "1d")]
    [InlineData("4h", "1w")]
    public void Resample_SourceBarsOffTheGrid_AreInNoWiderBarBeforeTheyAreOver(string narrow, string wide)
    {
        // Stamps at ten past, as some platforms count them: the last source bar of a step reaches over its end.
        var width = Timeframe.Parse(narrow);
        var bars = Stamped(width, MarketCalendar.None, [.. Enumerable.Range(0, 400).Select(i => Hour / 6 + i * width.Milliseconds)]);

        RequireKnown(bars, Resampler.Resample(bars, Timeframe.Parse(wide)).Bars);
    }

    [Fact]
    public void Resample_ABarThatLeavesTheGridLater_BelongsToTheStepItEndsIn()
    {
        // Half past seven reaches over eight; the first stamp does not tell, so no lag may depend on it.
        var bars = Stamped(Timeframe.OneHour, MarketCalendar.None, [4 * Hour, 5 * Hour, 6 * Hour, 15 * Hour / 2, 9 * Hour, 10 * Hour, 11 * Hour]);

        var wide = Resampler.Resample(bars, Timeframe.FourHours).Bars;

        RequireKnown(bars, wide);
        Assert.Equal([102.0, 106.0], wide.Close.ToArray());
        Assert.Equal(0, wide.PublicationLagMilliseconds);
    }

    [Fact]
    public void Resample_ABarThatBeginsAtAClose_BelongsToTheNextSession()
    {
        // In summer New York closes at 20:00 UTC, where a bar of four hours begins.
        var start = MarketCalendarTests.Time("2024-07-08");
        var bars = Stamped(Timeframe.FourHours, MarketCalendar.UsEquities, [.. Enumerable.Range(0, 18).Select(i => start + i * 4 * Hour)]);

        var daily = Resampler.Resample(bars, Timeframe.OneDay).Bars;

        Assert.Equal([104.0, 110.0], daily.Close.ToArray()[..2]);
    }

    /// <summary>Every source bar whose close a wider bar carries is over when the wider bar may be used.</summary>
    private static void RequireKnown(BarSeries bars, BarSeries wide)
    {
        for (var w = 0; w < wide.Count; w++)
        {
            var last = bars.Close.IndexOf(wide.Close[w]);
            Assert.True(bars.AvailableAt(last) <= wide.AvailableAt(w), $"bar {w} is available {bars.AvailableAt(last) - wide.AvailableAt(w)} ms before its last source bar");
        }
    }

    /// <summary>Bars with 100 + their index as close.</summary>
    private static BarSeries Stamped(Timeframe width, MarketCalendar calendar, long[] times)
    {
        var close = times.Select((_, i) => 100.0 + i).ToArray();
        return new BarSeries("S", width, times, close, [.. close.Select(c => c + 1)], [.. close.Select(c => c - 1)], close, [.. close.Select(_ => 1.0)]).With(calendar);
    }

    /// <summary>Bars of one hour with their index as price, of the days and hours (UTC) chosen.</summary>
    private static BarSeries Hours(string symbol, MarketCalendar calendar, string first, int days, Predicate<int> isOpen, params string[] closed)
    {
        var start = MarketCalendarTests.Time(first);
        var shut = closed.Select(MarketCalendarTests.Time).ToHashSet();
        var times = Enumerable.Range(0, days * 24).Where(h => isOpen(h % 24) && !shut.Contains(start + h / 24 * 24 * Hour)).Select(h => start + h * Hour).ToArray();
        var close = times.Select((_, i) => 100.0 + i).ToArray();
        return new BarSeries(symbol, Timeframe.OneHour, times, [.. close.Select(c => c - 0.5)], [.. close.Select(c => c + 1)], [.. close.Select(c => c - 1)], close, [.. close.Select(_ => 1.0)])
            .With(calendar);
    }

    private static BarSeries Hourly(int first, int count)
    {
        var hours = Enumerable.Range(first, count).ToArray();
        return new BarSeries(
            "H", Timeframe.OneHour,
            [.. hours.Select(h => h * Hour)], [.. hours.Select(h => (double)h)], [.. hours.Select(h => h + 0.9)],
            [.. hours.Select(h => h - 0.5)], [.. hours.Select(h => h + 0.2)], [.. hours.Select(_ => 10.0)]);
    }
}
