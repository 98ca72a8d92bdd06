using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// How often something comes in a year, as a window shows it. Markets repeat themselves weekly, so only a window's whole weeks are counted: from a Monday to a Friday there are five days in
/// five, and no year has 365 such days. Less than a week tells nothing.
/// </summary>
internal static class WholeWeeks
{
    private const int Days = 7;

    /// <param name="times">Open times of bars, Unix milliseconds UTC, ascending.</param>
    /// <param name="end">End of the last of them.</param>
    /// <returns>Bars per year of 365.25 days; null where the window is shorter than a week.</returns>
    public static double? BarsPerYear(ReadOnlySpan<long> times, long end)
    {
        if (times.Length == 0)
        {
            return null;
        }

        var (from, weeks) = (times[0], (end - times[0]) / (Days * UtcDay.Milliseconds));
        return PerYear(CountBefore(times, from + (weeks * Days * UtcDay.Milliseconds)), weeks);
    }

    /// <param name="days">Days since 1970-01-01 UTC, ascending.</param>
    /// <param name="closed">More days than this without one are no part of the window: stretches of it were left out.</param>
    /// <returns>Days per year of 365.25 days; null where no stretch is as long as a week.</returns>
    public static double? DaysPerYear(ReadOnlySpan<int> days, int closed)
    {
        var (count, weeks) = (0L, 0L);
        for (var first = 0; first < days.Length;)
        {
            var end = first + 1;
            while (end < days.Length && days[end] - days[end - 1] - 1 <= closed)
            {
                end++;
            }

            var stretch = days[first..end];
            var whole = (stretch[^1] + 1 - stretch[0]) / Days;
            count += CountBefore(stretch, stretch[0] + (whole * Days));
            weeks += whole;
            first = end;
        }

        return PerYear(count, weeks);
    }

    private static double? PerYear(long count, long weeks) => weeks > 0 ? count * UtcDay.PerYear / (weeks * Days) : null;

    private static int CountBefore<T>(ReadOnlySpan<T> ascending, T limit)
        where T : IComparable<T>
    {
        var at = ascending.BinarySearch(limit);
        return at < 0 ? ~at : at;
    }
}
