using NodaTime;

namespace Ktrdr.Engine.MarketData;

/// <summary>
/// Regular sessions of the New York Stock Exchange, 9:30 to 16:00 New York, 13:00 on early closes: its rule 7.2 for holidays, the early closes it
/// has announced for every year since 1993, and its unscheduled closings. Before 1993 no early close is known, which makes a bar available later, never earlier.
/// </summary>
internal static class UsEquitySessions
{
    /// <summary>The session has ended at 16:00 since 30 September 1985.</summary>
    private const int FirstYear = 1986;
    private const int EndYear = 2100;

    private static readonly LocalDate[] UnscheduledClosings =
    [
        new(1994, 4, 27), new(2001, 9, 11), new(2001, 9, 12), new(2001, 9, 13), new(2001, 9, 14), new(2004, 6, 11), new(2007, 1, 2),
        new(2012, 10, 29), new(2012, 10, 30), new(2018, 12, 5), new(2025, 1, 9),
    ];

    private static readonly LocalDate[] UnusualEarlyCloses = [new(1997, 12, 26), new(1999, 12, 31), new(2003, 12, 26)];

    public static TradingSessions Sessions() => new(Dates().Select(date => (MarketZones.InNewYork(date, 9, 30), MarketZones.InNewYork(date, IsEarlyClose(date) ? 13 : 16))));

    private static IEnumerable<LocalDate> Dates()
    {
        for (var year = FirstYear; year < EndYear; year++)
        {
            var closed = Holidays(year).ToHashSet();
            for (var date = new LocalDate(year, 1, 1); date.Year == year; date = date.PlusDays(1))
            {
                if (date.DayOfWeek < IsoDayOfWeek.Saturday && !closed.Contains(date))
                {
                    yield return date;
                }
            }
        }
    }

    private static IEnumerable<LocalDate> Holidays(int year)
    {
        // New Year's Day on a Saturday is not made up for: the Friday before ends the books of the year.
        yield return new LocalDate(year, 1, 1) is { DayOfWeek: IsoDayOfWeek.Sunday } sunday ? sunday.PlusDays(1) : new LocalDate(year, 1, 1);
        if (year >= 1998)
        {
            yield return Nth(year, 1, 3, IsoDayOfWeek.Monday);
        }

        yield return Nth(year, 2, 3, IsoDayOfWeek.Monday);
        yield return Easter(year).PlusDays(-2);
        yield return new LocalDate(year, 5, 31) is { DayOfWeek: IsoDayOfWeek.Monday } last ? last : new LocalDate(year, 5, 31).Previous(IsoDayOfWeek.Monday);
        if (year >= 2022)
        {
            yield return Observed(new LocalDate(year, 6, 19));
        }

        yield return Observed(new LocalDate(year, 7, 4));
        yield return Nth(year, 9, 1, IsoDayOfWeek.Monday);
        yield return Nth(year, 11, 4, IsoDayOfWeek.Thursday);
        yield return Observed(new LocalDate(year, 12, 25));
        foreach (var date in UnscheduledClosings)
        {
            if (date.Year == year)
            {
                yield return date;
            }
        }
    }

    private static bool IsEarlyClose(LocalDate date)
    {
        if (date.Year < 1993)
        {
            return false;
        }

        var day = date.DayOfWeek;
        return date switch
        {
            { Month: 11 } => date.PlusDays(-1) == Nth(date.Year, 11, 4, IsoDayOfWeek.Thursday),
            { Month: 12, Day: 24 } => day <= IsoDayOfWeek.Thursday,
            { Month: 7, Day: 3, Year: >= 1995 } => day is IsoDayOfWeek.Monday or IsoDayOfWeek.Tuesday or IsoDayOfWeek.Thursday || day == IsoDayOfWeek.Wednesday && date.Year >= 2013,
            { Month: 7, Day: 5, Year: >= 1995 and < 2013 } => day == IsoDayOfWeek.Friday,
            _ => Array.IndexOf(UnusualEarlyCloses, date) >= 0,
        };
    }

    private static LocalDate Observed(LocalDate date) => date.DayOfWeek switch
    {
        IsoDayOfWeek.Saturday => date.PlusDays(-1),
        IsoDayOfWeek.Sunday => date.PlusDays(1),
        _ => date,
    };

    private static LocalDate Nth(int year, int month, int n, IsoDayOfWeek day)
    {
        var first = new LocalDate(year, month, 1);
        return first.PlusDays((day - first.DayOfWeek + 7) % 7 + 7 * (n - 1));
    }

    /// <summary>Easter Sunday of the Gregorian calendar (Meeus 1991, after the anonymous computation of 1876).</summary>
    private static LocalDate Easter(int year)
    {
        var (a, b, c) = (year % 19, year / 100, year % 100);
        var h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
        var l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
        var m = (a + 11 * h + 22 * l) / 451;
        return new LocalDate(year, (h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1);
    }
}
