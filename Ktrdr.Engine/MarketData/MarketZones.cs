using System.Diagnostics.CodeAnalysis;
using NodaTime;

namespace Ktrdr.Engine.MarketData;

/// <summary>Time zones by IANA name, out of NodaTime's embedded database: the same on every machine.</summary>
public static class MarketZones
{
    internal static DateTimeZone NewYork { get; } = DateTimeZoneProviders.Tzdb["America/New_York"];

    /// <summary>Whether the name is an IANA zone such as <c>UTC</c> or <c>America/New_York</c>.</summary>
    public static bool IsKnown(string name) => TryFind(name, out _);

    internal static bool TryFind(string name, [NotNullWhen(true)] out DateTimeZone? zone)
    {
        zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);
        return zone is not null;
    }

    /// <summary>Unix milliseconds UTC of a time of day in New York.</summary>
    internal static long InNewYork(LocalDate date, int hour, int minute = 0)
        => NewYork.AtLeniently(date + new LocalTime(hour, minute)).ToInstant().ToUnixTimeMilliseconds();
}
