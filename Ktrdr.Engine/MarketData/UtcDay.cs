namespace Ktrdr.Engine.MarketData;

/// <summary>Days of the calendar at UTC, counted since 1970-01-01: what daily figures are cut by.</summary>
public static class UtcDay
{
    public const long Milliseconds = Durations.Day;

    /// <summary>Days of a calendar year on average, to which yearly figures refer.</summary>
    public const double PerYear = 365.25;

    private static readonly DateOnly Epoch = new(1970, 1, 1);

    /// <summary>The day that a moment (Unix milliseconds UTC) falls in; negative before 1970.</summary>
    public static int Of(long time) => (int)Math.Floor((double)time / Milliseconds);

    public static int Of(DateOnly date) => date.DayNumber - Epoch.DayNumber;

    public static DateOnly DateOf(int day) => Epoch.AddDays(day);

    /// <summary>The moment at which a day ends.</summary>
    public static long EndOf(int day) => (day + 1) * Milliseconds;
}
