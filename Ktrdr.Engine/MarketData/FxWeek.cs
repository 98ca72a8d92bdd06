using NodaTime;

namespace Ktrdr.Engine.MarketData;

/// <summary>
/// The week of spot foreign exchange: it trades without a break from Sunday 17:00 to Friday 17:00 New York. Banks are shut on 25 December and
/// 1 January and leave early on the days before: quotes may go on or not, so no bar is missed there.
/// </summary>
internal static class FxWeek
{
    private const int FirstYear = 1990;
    private const int EndYear = 2100;
    private const int Roll = 17;
    private const int EarlyEnd = 13;

    public static TradingSessions Sessions() => new(Fridays().Select(friday => (MarketZones.InNewYork(friday.PlusDays(-5), Roll), MarketZones.InNewYork(friday, Roll))));

    /// <summary>Trading dates, Monday to Friday, each from 17:00 the day before.</summary>
    public static TradingSessions Days() => new(Fridays().SelectMany(friday => Enumerable.Range(-4, 5).Select(friday.PlusDays))
        .Select(date => (MarketZones.InNewYork(date.PlusDays(-1), Roll), MarketZones.InNewYork(date, Roll))));

    /// <summary>Where bars must be, one stretch per trading date (17:00 the day before to 17:00).</summary>
    public static TradingSessions Expected() => new(Fridays().SelectMany(friday => Enumerable.Range(-4, 5).Select(friday.PlusDays)).Where(date => !IsHoliday(date))
        .Select(date => (MarketZones.InNewYork(date.PlusDays(-1), Roll), MarketZones.InNewYork(date, IsHoliday(date.PlusDays(1)) ? EarlyEnd : Roll))));

    private static bool IsHoliday(LocalDate date) => date is { Month: 12, Day: 25 } or { Month: 1, Day: 1 };

    private static IEnumerable<LocalDate> Fridays()
    {
        for (var friday = new LocalDate(FirstYear, 1, 1).Next(IsoDayOfWeek.Friday); friday.Year < EndYear; friday = friday.PlusDays(7))
        {
            yield return friday;
        }
    }
}
