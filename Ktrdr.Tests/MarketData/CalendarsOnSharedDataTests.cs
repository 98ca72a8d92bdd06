using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.MarketData;

/// <summary>Calendars held against what markets did.</summary>
public sealed class CalendarsOnSharedDataTests
{
    [SharedFact]
    public void UsEquities_OverTwentyThreeYears_ExplainsEveryMissingDay()
    {
        var bars = Import("SPY", Timeframe.OneDay);

        Assert.Equal(MarketCalendar.UsEquities, bars.Calendar);
        Assert.DoesNotContain(BarGaps.Find(bars), gap => gap.Kind == GapKind.Unexpected);
        for (var i = 0; i < bars.Count; i++)
        {
            var hours = (bars.AvailableAt(i) - bars.Times[i]) / 3_600_000.0;
            Assert.True(hours is 17 or 18 or 20 or 21, $"{DateTimeOffset.FromUnixTimeMilliseconds(bars.Times[i]):O} is complete after {hours} h");
        }
    }

    [SharedFact]
    public void UsEquities_HourlyOverTwentyThreeYears_HasFewUnexpectedGaps()
    {
        var unexpected = BarGaps.Find(Import("SPY", Timeframe.OneHour)).Count(gap => gap.Kind == GapKind.Unexpected);
        Assert.InRange(unexpected, 1, 10);
    }

    [SharedFact]
    public void Fx_OverTwelveYears_HasFewUnexpectedGaps()
    {
        var gaps = BarGaps.Find(Import("EURUSD", Timeframe.OneHour));
        Assert.InRange(gaps.Count(gap => gap.Kind == GapKind.Unexpected), 5, 25);
        Assert.InRange(gaps.Count(gap => gap.Kind == GapKind.Weekend), 600, 620);
    }

    private static BarSeries Import(string symbol, Timeframe timeframe)
    {
        using var file = File.OpenRead(Path.Combine(Repository.Shared!, "data", $"{symbol}_{timeframe}.csv.gz"));
        return CsvBars.Read(file, new CsvOptions { Symbol = symbol, Timeframe = timeframe }).Bars;
    }
}
