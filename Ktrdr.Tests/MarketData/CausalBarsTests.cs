using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Features;
using Xunit;

namespace Ktrdr.Tests.MarketData;

/// <summary>What is said about a bar does not change with the bars after it.</summary>
public sealed class CausalBarsTests
{
    /// <summary>2021-03-01, a Monday two weeks before New York changes its clock.</summary>
    private const long March = 1_614_556_800_000;

    [Theory]
    [InlineData("4h")]
    [InlineData("1d")]
    [InlineData("1w")]
    public void Resample_SeriesThatEndsAtAnyBar_HasTheBarsThatAreAvailableThen(string wider)
    {
        foreach (var (symbol, calendar) in ((string, MarketCalendar)[])[("SPY", MarketCalendar.UsEquities), ("EURUSD", MarketCalendar.Fx), ("X", MarketCalendar.None)])
        {
            // Trading goes on after the close that the calendar knows.
            var bars = Shifted(TestBars.Random(Timeframe.OneHour, 35 * 24, 3, symbol)).With(calendar);
            var whole = Resampler.Resample(bars, Timeframe.Parse(wider)).Bars;
            for (var end = 9 * 24; end < bars.Count; end += 5)
            {
                var now = bars.AvailableAt(end - 1);
                var part = Resampler.Resample(bars.Slice(0, end), Timeframe.Parse(wider)).Bars;
                Assert.Equal(FeatureInputs.KnownAt(whole, now), FeatureInputs.KnownAt(part, now));
                var known = FeatureInputs.KnownAt(whole, now);
                Assert.Equal(whole.Slice(0, known).Close, part.Slice(0, known).Close);
                Assert.Equal(whole.Slice(0, known).High, part.Slice(0, known).High);
            }
        }
    }

    [Fact]
    public void Resample_HoursAfterTheClose_AreNotInTheDay()
    {
        var bars = Shifted(TestBars.Random(Timeframe.OneHour, 48, 3, "SPY")).With(MarketCalendar.UsEquities);

        var days = Resampler.Resample(bars, Timeframe.OneDay).Bars;

        // 16:00 New York is 21:00 UTC.
        Assert.Equal(March + (21 * 3_600_000L), days.AvailableAt(0));
        Assert.Equal(bars.Close[20], days.Close[0]);
        Assert.Equal(bars.High[..21].ToArray().Max(), days.High[0]);
    }

    [Fact]
    public void RunStarts_SessionsWithoutACalendar_AreJudgedByTheBarsSoFar()
    {
        // Ten hours a day on weekdays, one hour missing on the ninth day.
        var bars = TestBars.Pick(Shifted(TestBars.Random(Timeframe.OneHour, 30 * 24, 3, "X")), i => i % 24 is >= 8 and < 18 && i / 24 % 7 < 5 && i != (8 * 24) + 12);
        var starts = bars.RunStarts();

        for (var count = 1; count < bars.Count; count += 7)
        {
            Assert.Equal(starts[..count], bars.Slice(0, count).RunStarts());
        }

        Assert.Contains(Enumerable.Range(0, bars.Count).Where(i => starts[i]), i => bars.Times[i] == March + (((8 * 24) + 13) * 3_600_000L));
        Assert.DoesNotContain(true, starts[100..]);
    }

    private static BarSeries Shifted(BarSeries bars) => new(
        bars.Symbol, bars.Timeframe, [.. bars.Times.ToArray().Select(t => t - TestBars.Start + March)],
        bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), bars.Volume.ToArray());
}
