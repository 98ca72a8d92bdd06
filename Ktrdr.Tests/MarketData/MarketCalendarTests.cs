using System.Globalization;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.MarketData;

public sealed class MarketCalendarTests
{
    private const long Hour = 3_600_000L;

    [Theory]
    [InlineData("2024-01-16", "1d", "2024-01-16T21:00:00Z")] // winter: 16:00 New York is 21:00 UTC
    [InlineData("2024-07-16", "1d", "2024-07-16T20:00:00Z")] // summer
    [InlineData("2024-03-08", "1d", "2024-03-08T21:00:00Z")] // the last day before clocks go forward
    [InlineData("2024-03-11", "1d", "2024-03-11T20:00:00Z")] // and the first after
    [InlineData("2024-11-29", "1d", "2024-11-29T18:00:00Z")] // 13:00 on the day after Thanksgiving
    [InlineData("2024-07-03", "1d", "2024-07-03T17:00:00Z")]
    [InlineData("2024-12-25", "1d", "2024-12-26T00:00:00Z")] // no session: stamp + timeframe
    [InlineData("2024-07-16T13:30:00Z", "1d", "2024-07-16T20:00:00Z")] // stamped with the session's open
    [InlineData("2024-07-15", "1w", "2024-07-19T20:00:00Z")]
    [InlineData("2024-03-25", "1w", "2024-03-28T20:00:00Z")] // Good Friday ends the week on Thursday
    [InlineData("2024-07-16T19:00:00Z", "1h", "2024-07-16T20:00:00Z")]
    [InlineData("2024-07-16T19:30:00Z", "1h", "2024-07-16T20:30:00Z")] // bars of a day's parts keep their nominal end
    [InlineData("1960-05-05", "1d", "1960-05-06T00:00:00Z")] // before the calendar begins
    public void CompleteAt_UsEquities_IsTheLastCloseInside(string stamp, string timeframe, string expected)
        => Assert.Equal(Time(expected), MarketCalendar.UsEquities.CompleteAt(Time(stamp), Timeframe.Parse(timeframe)));

    [Theory]
    [InlineData("2024-07-16", "1d", "2024-07-17T00:00:00Z")] // the market trades on after 17:00 New York: a UTC day ends at midnight
    [InlineData("2024-07-15T21:00:00Z", "1d", "2024-07-16T21:00:00Z")] // stamped 17:00 New York
    [InlineData("2024-07-19", "1d", "2024-07-19T21:00:00Z")] // Friday ends with the week
    [InlineData("2024-01-19", "1d", "2024-01-19T22:00:00Z")]
    [InlineData("2024-07-14T21:00:00Z", "1w", "2024-07-19T21:00:00Z")]
    [InlineData("2024-07-15", "1w", "2024-07-22T00:00:00Z")] // a UTC week holds the next Sunday evening
    [InlineData("2024-07-19T20:00:00Z", "1h", "2024-07-19T21:00:00Z")]
    public void CompleteAt_Fx_IsNeverBeforeTheLastTrade(string stamp, string timeframe, string expected)
        => Assert.Equal(Time(expected), MarketCalendar.Fx.CompleteAt(Time(stamp), Timeframe.Parse(timeframe)));

    [Theory]
    [InlineData("none")]
    [InlineData("24x7")]
    public void CompleteAt_WithoutSessions_IsStampPlusTimeframe(string name)
        => Assert.Equal(Time("2024-07-20T00:00:00Z"), MarketCalendar.Parse(name).CompleteAt(Time("2024-07-19"), Timeframe.OneDay));

    [Theory]
    [InlineData("EURUSD", "fx")]
    [InlineData("eur_usd", "fx")]
    [InlineData("GBP-JPY", "fx")]
    [InlineData("EUREUR", "none")]
    [InlineData("XAUUSD", "none")]
    [InlineData("BTCUSDT", "24x7")]
    [InlineData("DOGE-USD", "24x7")]
    [InlineData("SPY", "us_equities")]
    [InlineData("AAPL", "us_equities")]
    [InlineData("SYNTH", "none")]
    [InlineData("fred_DGS10", "none")]
    [InlineData("", "none")]
    public void For_Symbol_IsKnownOrNone(string symbol, string expected) => Assert.Equal(expected, MarketCalendar.For(symbol).Name);

    [Fact]
    public void Parse_UnknownName_ListsTheKnownOnes()
    {
        var error = Assert.Throws<InvalidInputException>(() => MarketCalendar.Parse("lse"));
        Assert.Equal("calendar 'lse' is not known; allowed: none, 24x7, fx, us_equities, us_next_business_day, cftc_cot", error.Message);
    }

    [Fact]
    public void AvailableAt_WithCalendarAndLag_IsCloseAndLagAlsoInSlices()
    {
        var bars = Bars("AAPL", Timeframe.OneDay, "2024-07-15", "2024-07-16", "2024-07-17").With(MarketCalendar.UsEquities, 2 * Hour);

        Assert.Equal(Time("2024-07-16T22:00:00Z"), bars.AvailableAt(1));
        Assert.Equal(Time("2024-07-16T22:00:00Z"), bars.Slice(1, 2).AvailableAt(0));
        Assert.Equal(Time("2024-07-16T22:00:00Z"), bars.WithPrices([1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]).AvailableAt(1));
        Assert.Equal(Time("2024-07-17T00:00:00Z"), bars.With(MarketCalendar.None, 0).AvailableAt(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => bars.Slice(0, 1).AvailableAt(1));
        Assert.Throws<InvalidInputException>(() => bars.With(MarketCalendar.None, -1));
    }

    [Fact]
    public void ToBytes_WithCalendarAndLag_ComeBackAndChangeTheHash()
    {
        var plain = Bars("AAPL", Timeframe.OneDay, "2024-07-15", "2024-07-16");
        var bars = plain.With(MarketCalendar.UsEquities, 5);
        var read = BarSeries.FromBytes(bars.ToBytes());

        Assert.Equal((MarketCalendar.UsEquities, 5L, bars.AvailableAt(1)), (read.Calendar, read.PublicationLagMilliseconds, read.AvailableAt(1)));
        Assert.Equal(bars.ContentHash, read.ContentHash);
        Assert.Equal(3, new[] { plain.ContentHash, bars.ContentHash, plain.With(MarketCalendar.UsEquities).ContentHash }.Distinct().Count());
        Assert.Equal(plain.ContentHash, bars.With(MarketCalendar.None, 0).ContentHash);
    }

    [Theory]
    [InlineData("us_equities", "1d", "2024-07-12", "2024-07-15", GapKind.Weekend, 0)]
    [InlineData("us_equities", "1d", "2024-07-03", "2024-07-05", GapKind.Holiday, 0)]
    [InlineData("us_equities", "1d", "2024-07-15", "2024-07-17", GapKind.Unexpected, 1)]
    [InlineData("us_equities", "1d", "2024-07-02", "2024-07-05", GapKind.Unexpected, 1)] // 3 July is a session although it ends early
    [InlineData("us_equities", "1d", "2024-07-11", "2024-07-16", GapKind.Unexpected, 2)]
    [InlineData("us_equities", "1h", "2024-07-15T19:00:00Z", "2024-07-16T13:00:00Z", GapKind.Session, 0)]
    [InlineData("us_equities", "1h", "2024-07-15T19:00:00Z", "2024-07-16T14:00:00Z", GapKind.Unexpected, 1)]
    [InlineData("us_equities", "1h", "2024-07-03T16:00:00Z", "2024-07-05T13:00:00Z", GapKind.Holiday, 0)]
    [InlineData("us_equities", "1h", "2024-07-12T19:00:00Z", "2024-07-15T13:00:00Z", GapKind.Weekend, 0)]
    [InlineData("fx", "1h", "2024-07-12T20:00:00Z", "2024-07-14T21:00:00Z", GapKind.Weekend, 0)]
    [InlineData("fx", "1h", "2024-07-12T20:00:00Z", "2024-07-14T22:00:00Z", GapKind.Unexpected, 1)]
    [InlineData("fx", "1h", "2024-12-24T17:00:00Z", "2024-12-25T22:00:00Z", GapKind.Holiday, 0)]
    [InlineData("fx", "1h", "2024-07-16T10:00:00Z", "2024-07-16T12:00:00Z", GapKind.Unexpected, 1)]
    [InlineData("fx", "1d", "2024-07-12", "2024-07-15", GapKind.Weekend, 0)] // files without a bar for Sunday evening
    [InlineData("fx", "1d", "2024-07-12T21:00:00Z", "2024-07-14T21:00:00Z", GapKind.Weekend, 0)]
    [InlineData("fx", "1d", "2024-07-10", "2024-07-12", GapKind.Unexpected, 1)]
    [InlineData("24x7", "1h", "2024-07-12T20:00:00Z", "2024-07-14T21:00:00Z", GapKind.Unexpected, 48)]
    [InlineData("none", "1h", "2024-07-12T20:00:00Z", "2024-07-14T21:00:00Z", GapKind.Weekend, 0)]
    [InlineData("none", "1h", "2024-07-16T10:00:00Z", "2024-07-16T12:00:00Z", GapKind.Unexpected, 1)]
    [InlineData("us_equities", "1w", "2024-07-08", "2024-07-22", GapKind.Unexpected, 1)]
    public void Gaps_BetweenTwoBars_AreClassedByTheCalendar(string calendar, string timeframe, string before, string after, GapKind kind, long missing)
    {
        var bars = Bars("X", Timeframe.Parse(timeframe), before, after).With(MarketCalendar.Parse(calendar));

        var gap = Assert.Single(BarGaps.Find(bars));

        Assert.Equal((1, kind, missing), (gap.Index, gap.Kind, gap.MissingBars));
        Assert.Equal((Time(before) + bars.Timeframe.Milliseconds, Time(after)), (gap.From, gap.To));
        Assert.Equal([true, kind == GapKind.Unexpected], bars.RunStarts());
    }

    [Fact]
    public void Gaps_WeeksStampedOnTheFirstOpenDay_HaveNone()
        => Assert.Empty(BarGaps.Find(Bars("X", Timeframe.OneWeek, "2024-01-08", "2024-01-16", "2024-01-22").With(MarketCalendar.UsEquities)));

    internal static BarSeries Bars(string symbol, Timeframe timeframe, params string[] stamps)
    {
        var ones = Enumerable.Repeat(1.0, stamps.Length).ToArray();
        return new BarSeries(symbol, timeframe, [.. stamps.Select(Time)], ones, ones, ones, ones, ones);
    }

    internal static long Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();
}
