namespace Ktrdr.Engine.MarketData;

/// <summary>A stated form of times, for instance <c>dd.MM.yyyy HH:mm:ss</c>.</summary>
internal sealed class CsvTimeFormat
{
    private static readonly string[] Fields = ["yyyy", "yy", "MMM", "MM", "M", "dd", "d", "HH", "H", "hh", "h", "mm", "m", "ss", "s", "fff", "tt"];
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private readonly string[] _parts;

    /// <exception cref="InvalidInputException">The form has no year, month and day, or a field twice.</exception>
    public CsvTimeFormat(string format)
    {
        Text = format;
        var found = new List<string>();
        for (var at = 0; at < format.Length;)
        {
            var field = Fields.FirstOrDefault(f => format.AsSpan(at).StartsWith(f, StringComparison.Ordinal)) ?? format[at].ToString();
            found.Add(field);
            at += field.Length;
        }

        _parts = [.. found];
        var kinds = found.Where(Fields.Contains).Select(Kind).ToArray();
        var isWhole = "yMd".All(k => kinds.Contains(k)) && kinds.Length == kinds.Distinct().Count() && format.Length <= 40 && format.All(char.IsAscii);
        if (!isWhole || kinds.Contains('h') != kinds.Contains('t') || kinds.Contains('h') && kinds.Contains('H'))
        {
            throw new InvalidInputException(new Problem(
                "invalid_time_format", "time_format",
                $"time_format '{format}' is not allowed; allowed: year, month and day out of yyyy yy MMM MM M dd d, each once, with or without HH H (or hh h with tt) mm ss fff, for instance dd.MM.yyyy HH:mm:ss; or unix, unix_ms, unix_us, unix_ns")
            {
                Value = format,
            });
        }

        HasTime = kinds.Contains('H') || kinds.Contains('h');
    }

    public string Text { get; }

    /// <summary>Whether it names a time of day.</summary>
    public bool HasTime { get; }

    /// <summary>Local milliseconds since 1970; false where the text is of another form or no moment that exists.</summary>
    public bool Parse(ReadOnlySpan<byte> text, out long local)
    {
        local = 0;
        var (year, month, day, hour, minute, second, fraction, isAfternoon) = (0, 0, 0, 0, 0, 0, 0, false);
        var at = 0;
        var isTwelveHour = false;
        foreach (var part in _parts)
        {
            switch (part)
            {
                case "MMM":
                    month = at + 3 <= text.Length ? 1 + Array.FindIndex(Months, Is(text.Slice(at, 3))) : 0;
                    at += 3;
                    break;
                case "tt":
                    if (at + 2 > text.Length || (text[at] | 0x20) is not ('a' or 'p') || (text[at + 1] | 0x20) != 'm')
                    {
                        return false;
                    }

                    (isTwelveHour, isAfternoon) = (true, (text[at] | 0x20) == 'p');
                    at += 2;
                    break;
                case var _ when !Fields.Contains(part):
                    if (at >= text.Length || text[at++] != part[0])
                    {
                        return false;
                    }

                    break;
                default:
                    if (!Number(text, ref at, part.Length, out var value))
                    {
                        return false;
                    }

                    switch (Kind(part))
                    {
                        case 'y':
                            year = part.Length == 4 ? value : value < 70 ? 2000 + value : 1900 + value;
                            break;
                        case 'M':
                            month = value;
                            break;
                        case 'd':
                            day = value;
                            break;
                        case 'H' or 'h':
                            hour = value;
                            break;
                        case 'm':
                            minute = value;
                            break;
                        case 's':
                            second = value;
                            break;
                        default:
                            fraction = value;
                            break;
                    }

                    break;
            }
        }

        if (isTwelveHour)
        {
            if (hour is < 1 or > 12)
            {
                return false;
            }

            hour = hour % 12 + (isAfternoon ? 12 : 0);
        }

        if (at != text.Length || hour > 23 || minute > 59 || second > 59 || CsvTime.Days(year, month, day) is not { } days)
        {
            return false;
        }

        local = days * Durations.Day + ((hour * 60L + minute) * 60L + second) * 1000L + fraction;
        return true;
    }

    private static char Kind(string field) => field[0];

    private static Predicate<string> Is(ReadOnlySpan<byte> text)
    {
        var name = new string([(char)(text[0] | 0x20), (char)(text[1] | 0x20), (char)(text[2] | 0x20)]);
        return month => month == name;
    }

    /// <summary>Exactly so many digits; one or two where the form has one letter.</summary>
    private static bool Number(ReadOnlySpan<byte> text, ref int at, int length, out int value)
    {
        value = 0;
        var digits = 0;
        while (at < text.Length && digits < Math.Max(length, length == 1 ? 2 : length) && text[at] is >= (byte)'0' and <= (byte)'9')
        {
            value = value * 10 + text[at++] - '0';
            digits++;
        }

        return digits == length || length == 1 && digits is 1 or 2;
    }
}
