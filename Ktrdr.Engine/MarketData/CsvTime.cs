using System.Buffers.Text;
using NodaTime;
using static Ktrdr.Engine.MarketData.Durations;

namespace Ktrdr.Engine.MarketData;

/// <summary>Reads times of bars: ISO 8601 with or without an offset, dates, Unix time in seconds to nanoseconds, or a stated form.</summary>
internal sealed class CsvTime
{
    /// <summary>1800-01-01 and 2200-01-01.</summary>
    private const long EarliestLocal = -5_364_662_400_000L;
    private const long LatestLocal = 7_258_118_400_000L;

    private readonly DateTimeZone? _zone;
    private readonly CsvTimeFormat? _format;

    /// <summary>1, 1 000, … parts of the stated Unix unit per second; 0 where none is stated.</summary>
    private readonly long _unixUnit;

    /// <summary>Local times from here to there have this offset and no other: a day off either change of the clocks.</summary>
    private (long From, long To, long Offset) _plainOffset;

    /// <exception cref="InvalidInputException">The zone is no IANA zone, or the form is none.</exception>
    public CsvTime(string zoneName, string? timeFormat = null)
    {
        _unixUnit = timeFormat switch { "unix" => 1, "unix_ms" => 1_000, "unix_us" => 1_000_000, "unix_ns" => 1_000_000_000, _ => 0 };
        _format = timeFormat is null || _unixUnit > 0 ? null : new CsvTimeFormat(timeFormat);
        Allowed = _format is not null ? $"times of the form {_format.Text}"
            : _unixUnit > 0 ? $"Unix time as stated ({timeFormat})"
            : "ISO 8601 (2024-01-31T13:00:00Z, 2024-01-31 13:00, 2024-01-31, 20240131) or Unix time in s, ms, µs or ns; state the form of any other, such as dd.MM.yyyy HH:mm:ss";
        if (zoneName is "UTC" or "Etc/UTC" or "Z")
        {
            return;
        }

        if (!MarketZones.TryFind(zoneName, out _zone))
        {
            throw new InvalidInputException(new Problem(
                "unknown_time_zone", "time_zone", $"time_zone '{zoneName}' is not known; allowed: an IANA name such as UTC or America/New_York")
            {
                Value = zoneName,
            });
        }
    }

    /// <summary>What times may look like, for messages.</summary>
    public string Allowed { get; }

    /// <summary>Whether times are of the recognised forms, and UTC where they carry no offset.</summary>
    public bool IsPlain => _zone is null && _format is null && _unixUnit == 0;

    /// <summary>Local times so far that stood for two moments.</summary>
    public int AmbiguousCount { get; private set; }

    /// <summary>Days since 1970-01-01 of a date that exists, else null.</summary>
    public static long? Days(int year, int month, int day)
        => year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
            ? (new DateTime(year, month, day).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerDay
            : null;

    /// <param name="date">The trimmed text of the time column, or of the date column.</param>
    /// <param name="timeOfDay">The trimmed text of a separate time column, else empty.</param>
    /// <param name="after">Time of the row before: decides between the two moments of an ambiguous local time.</param>
    /// <param name="milliseconds">Unix milliseconds UTC.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? Parse(ReadOnlySpan<byte> date, ReadOnlySpan<byte> timeOfDay, long after, out long milliseconds)
    {
        milliseconds = 0;
        if (_format is not null)
        {
            return ParseStated(date, timeOfDay, after, out milliseconds);
        }

        if (_unixUnit > 0)
        {
            return timeOfDay.IsEmpty && ParseUnix(date, out milliseconds) ? null : "is no Unix time";
        }

        var at = 0;
        if (ReadDate(date, ref at) is { } days)
        {
            var rest = date[at..];
            if (!timeOfDay.IsEmpty)
            {
                if (!rest.IsEmpty)
                {
                    return "is not a date alone although there is a separate time column";
                }

                rest = timeOfDay;
            }
            else if (rest.IsEmpty)
            {
                milliseconds = days * Day;
                return null;
            }
            else if (rest[0] is (byte)'T' or (byte)'t' or (byte)' ')
            {
                rest = rest[1..];
            }
            else
            {
                return "is no time";
            }

            return ParseTimeOfDay(rest, days * Day, after, out milliseconds);
        }

        return timeOfDay.IsEmpty && ParseUnix(date, out milliseconds) ? null : "is no time";
    }

    private string? ParseStated(ReadOnlySpan<byte> date, ReadOnlySpan<byte> timeOfDay, long after, out long milliseconds)
    {
        milliseconds = 0;
        long local;
        if (timeOfDay.IsEmpty)
        {
            return !_format!.Parse(date, out local) ? "is of another form"
                : _format.HasTime ? ToUtc(local, after, out milliseconds)
                : Keep(local, out milliseconds);
        }

        if (!_format!.HasTime)
        {
            return _format.Parse(date, out local) ? ParseTimeOfDay(timeOfDay, local, after, out milliseconds) : "is of another form";
        }

        Span<byte> both = stackalloc byte[64];
        if (date.Length + 1 + timeOfDay.Length > both.Length)
        {
            return "is of another form";
        }

        date.CopyTo(both);
        both[date.Length] = (byte)' ';
        timeOfDay.CopyTo(both[(date.Length + 1)..]);
        return _format.Parse(both[..(date.Length + 1 + timeOfDay.Length)], out local) ? ToUtc(local, after, out milliseconds) : "is of another form";
    }

    private static string? Keep(long local, out long milliseconds)
    {
        milliseconds = local;
        return null;
    }

    private static long? ReadDate(ReadOnlySpan<byte> text, ref int at)
    {
        if (!Digits(text, 0, 4, out var year) || text.Length < 8)
        {
            return null;
        }

        int month, day;
        if (text[4] is (byte)'-' or (byte)'/' or (byte)'.')
        {
            if (text.Length < 10 || text[7] != text[4] || !Digits(text, 5, 2, out month) || !Digits(text, 8, 2, out day))
            {
                return null;
            }

            at = 10;
        }
        else
        {
            // Eight digits are a date; more are Unix time.
            if (!Digits(text, 4, 2, out month) || !Digits(text, 6, 2, out day) || text.Length > 8 && text[8] is not ((byte)'T' or (byte)' '))
            {
                return null;
            }

            at = 8;
        }

        return Days(year, month, day);
    }

    private string? ParseTimeOfDay(ReadOnlySpan<byte> text, long midnight, long after, out long milliseconds)
    {
        milliseconds = 0;
        var colon = text.Length > 2 && text[2] == ':' ? 1 : 0;
        var (second, fraction) = (0, 0);
        if (!Digits(text, 0, 2, out var hour) || !Digits(text, 2 + colon, 2, out var minute))
        {
            return "has no time of day HH:MM";
        }

        var at = 4 + colon;
        if (at < text.Length && (colon == 0 ? text[at] is >= (byte)'0' and <= (byte)'9' : text[at] == ':'))
        {
            if (!Digits(text, at + colon, 2, out second))
            {
                return "has no seconds after its minutes";
            }

            at += 2 + colon;
            if (at < text.Length && text[at] is (byte)'.' or (byte)',')
            {
                at++;
                for (var scale = 100; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++, scale /= 10)
                {
                    if (scale == 0 && text[at] != '0')
                    {
                        return "is finer than a millisecond";
                    }

                    fraction += (text[at] - '0') * scale;
                }
            }
        }

        if (hour > 23 || minute > 59 || second > 59)
        {
            return "has a time of day outside 00:00:00 to 23:59:59";
        }

        var local = midnight + (((hour * 60L) + minute) * 60L + second) * 1000L + fraction;
        var suffix = text[at..].TrimStart((byte)' ');
        if (suffix.IsEmpty)
        {
            return ToUtc(local, after, out milliseconds);
        }

        if (suffix.SequenceEqual("Z"u8) || suffix.SequenceEqual("z"u8) || suffix.SequenceEqual("UTC"u8) || suffix.SequenceEqual("GMT"u8))
        {
            milliseconds = local;
            return null;
        }

        var minutesAt = suffix.Length == 6 && suffix[3] == ':' ? 4 : 3;
        if (suffix[0] is not ((byte)'+' or (byte)'-') || !Digits(suffix, 1, 2, out var offsetHours)
            || !(suffix.Length == 3 || suffix.Length == minutesAt + 2 && Digits(suffix, minutesAt, 2, out _)))
        {
            return "has an offset that is neither Z nor ±HH:MM";
        }

        var offsetMinutes = suffix.Length == 3 ? 0 : (suffix[minutesAt] - '0') * 10 + suffix[minutesAt + 1] - '0';
        if (offsetHours > 14 || offsetMinutes > 59)
        {
            return "has an offset of more than 14 hours";
        }

        var offset = (offsetHours * 60L + offsetMinutes) * 60_000L;
        milliseconds = suffix[0] == '+' ? local - offset : local + offset;
        return null;
    }

    private string? ToUtc(long local, long after, out long milliseconds)
    {
        milliseconds = local;
        if (_zone is null)
        {
            return null;
        }

        if (local >= _plainOffset.From && local < _plainOffset.To)
        {
            milliseconds = local - _plainOffset.Offset;
            return null;
        }

        if (local is < EarliestLocal or > LatestLocal)
        {
            return "is outside the years 1800 to 2200";
        }

        var moments = _zone.MapLocal(LocalDateTime.FromDateTime(DateTime.UnixEpoch.AddMilliseconds(local)));
        switch (moments.Count)
        {
            case 0:
                return $"does not exist in {_zone.Id}: clocks went forward over it";
            case 1:
                var moment = moments.Single();
                milliseconds = moment.ToInstant().ToUnixTimeMilliseconds();
                var interval = _zone.GetZoneInterval(moment.ToInstant());
                var offset = (long)interval.WallOffset.Milliseconds;
                _plainOffset = (
                    (interval.HasStart ? interval.Start.ToUnixTimeMilliseconds() : EarliestLocal) + Day + offset,
                    (interval.HasEnd ? interval.End.ToUnixTimeMilliseconds() : LatestLocal) - Day + offset,
                    offset);
                return null;
            default:
                // The hour that clocks went back over: the first pass, unless the rows have already been through it.
                AmbiguousCount++;
                var early = moments.First().ToInstant().ToUnixTimeMilliseconds();
                milliseconds = early > after ? early : moments.Last().ToInstant().ToUnixTimeMilliseconds();
                return null;
        }
    }

    private bool ParseUnix(ReadOnlySpan<byte> text, out long milliseconds)
    {
        milliseconds = 0;
        if (!Utf8Parser.TryParse(text, out long value, out var used) || used == 0 || value == long.MinValue)
        {
            return false;
        }

        // 1169000000.0 is how spreadsheets write whole seconds.
        if (used < text.Length && (text[used] != '.' || text[(used + 1)..].ContainsAnyExcept((byte)'0')))
        {
            return false;
        }

        if (_unixUnit > 0)
        {
            milliseconds = _unixUnit == 1 ? value * 1000L : value / (_unixUnit / 1000L);
            return _unixUnit == 1 ? Math.Abs(value) < 100_000_000_000L : value % (_unixUnit / 1000L) == 0;
        }

        switch (Math.Abs(value))
        {
            case < 100_000_000_000L:
                milliseconds = value * 1000L;
                return true;
            case < 100_000_000_000_000L:
                milliseconds = value;
                return true;
            case < 100_000_000_000_000_000L when value % 1000L == 0:
                milliseconds = value / 1000L;
                return true;
            case >= 100_000_000_000_000_000L when value % 1_000_000L == 0:
                milliseconds = value / 1_000_000L;
                return true;
            default:
                return false;
        }
    }

    private static bool Digits(ReadOnlySpan<byte> text, int at, int count, out int value)
    {
        value = 0;
        if (at < 0 || at + count > text.Length)
        {
            return false;
        }

        foreach (var character in text.Slice(at, count))
        {
            if (character is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = value * 10 + character - '0';
        }

        return true;
    }
}
