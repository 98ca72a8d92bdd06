using System.Diagnostics.CodeAnalysis;

namespace Ktrdr.Engine.MarketData;

/// <summary>The width of a bar. Only the eight widths of <see cref="All"/> exist; two timeframes are equal when their names are.</summary>
public sealed record Timeframe
{
    private const long Minute = 60_000L;

    private Timeframe(string name, long milliseconds)
    {
        Name = name;
        Milliseconds = milliseconds;
    }

    /// <summary>Every timeframe, narrowest first.</summary>
    public static IReadOnlyList<Timeframe> All { get; } =
    [
        new("1m", Minute),
        new("5m", 5 * Minute),
        new("15m", 15 * Minute),
        new("30m", 30 * Minute),
        new("1h", 60 * Minute),
        new("4h", 240 * Minute),
        new("1d", 1_440 * Minute),
        new("1w", 10_080 * Minute),
    ];

    public static Timeframe OneMinute => All[0];
    public static Timeframe OneHour => All[4];
    public static Timeframe FourHours => All[5];
    public static Timeframe OneDay => All[6];
    public static Timeframe OneWeek => All[7];

    /// <summary>The name used in documents and on the wire, for instance <c>1h</c>.</summary>
    public string Name { get; }

    /// <summary>Nominal width in milliseconds; a week is seven days.</summary>
    public long Milliseconds { get; }

    /// <summary>Reads a name of <see cref="All"/>. Upper case is accepted except for <c>1M</c>, which elsewhere means a month.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Timeframe? timeframe)
    {
        timeframe = null;
        if (text is null || text.EndsWith('M'))
        {
            return false;
        }

        foreach (var candidate in All)
        {
            if (string.Equals(candidate.Name, text, StringComparison.OrdinalIgnoreCase))
            {
                timeframe = candidate;
                return true;
            }
        }

        return false;
    }

    /// <exception cref="InvalidInputException">The text names no timeframe; the message lists them.</exception>
    public static Timeframe Parse(string? text)
    {
        if (TryParse(text, out var timeframe))
        {
            return timeframe;
        }

        var allowed = string.Join(", ", All.Select(t => t.Name));
        throw new InvalidInputException(new Problem(
            "unknown_timeframe", "timeframe", $"timeframe '{text}' is not known; allowed: {allowed}")
        {
            Value = text,
            Allowed = allowed,
        });
    }

    public override string ToString() => Name;
}
