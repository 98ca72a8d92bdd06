using NodaTime;

namespace Ktrdr.Engine.MarketData;

/// <summary>
/// When US agencies publish what they date earlier. Federal holidays by 5 U.S.C. 6103; a closed government publishes later than these rules say, so
/// for its shutdowns (October 2013, December 2018 to January 2019, October and November 2025) state a publication lag.
/// </summary>
internal static class PublicationTimes
{
    /// <summary>The H.15 release and what FRED takes from it: complete by 18:00 New York on the business day after the observation.</summary>
    public static long NextBusinessDay(long stamp) => MarketZones.InNewYork(BusinessDayFrom(Date(stamp).PlusDays(1)), 18);

    /// <summary>
    /// Commitments of traders as of Tuesday: Friday 15:30 New York, and where a federal holiday lies in that week, the business day after the
    /// weekend (the CFTC delays by one to three days).
    /// </summary>
    public static long CotRelease(long stamp)
    {
        var asOf = Date(stamp);
        var friday = asOf.DayOfWeek == IsoDayOfWeek.Friday ? asOf : asOf.Next(IsoDayOfWeek.Friday);
        var isDelayed = Enumerable.Range(0, 5).Any(back => IsHoliday(friday.PlusDays(-back)));
        return MarketZones.InNewYork(isDelayed ? BusinessDayFrom(friday.PlusDays(3)) : friday, 15, 30);
    }

    private static LocalDate Date(long stamp) => Instant.FromUnixTimeMilliseconds(stamp).InUtc().Date;

    private static LocalDate BusinessDayFrom(LocalDate date)
    {
        while (date.DayOfWeek > IsoDayOfWeek.Friday || IsHoliday(date))
        {
            date = date.PlusDays(1);
        }

        return date;
    }

    private static bool IsHoliday(LocalDate date)
    {
        // A holiday on a weekend is kept on the nearest weekday.
        return IsFixed(date)
            || date.DayOfWeek == IsoDayOfWeek.Friday && IsFixed(date.PlusDays(1))
            || date.DayOfWeek == IsoDayOfWeek.Monday && (IsFixed(date.PlusDays(-1))
                || date is { Month: 1 or 2, Day: >= 15 and <= 21 } or { Month: 5, Day: >= 25 } or { Month: 9, Day: <= 7 } or { Month: 10, Day: >= 8 and <= 14 })
            || date is { DayOfWeek: IsoDayOfWeek.Thursday, Month: 11, Day: >= 22 and <= 28 };
    }

    private static bool IsFixed(LocalDate date) => date is { Month: 1, Day: 1 } or { Month: 7, Day: 4 } or { Month: 11, Day: 11 } or { Month: 12, Day: 25 }
        or { Month: 6, Day: 19, Year: >= 2021 };
}
