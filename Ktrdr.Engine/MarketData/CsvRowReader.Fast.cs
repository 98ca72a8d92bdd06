namespace Ktrdr.Engine.MarketData;

/// <content>The common shapes of a row, byte by byte. Nothing here reports anything: what is not understood is left to the careful reading.</content>
internal sealed unsafe partial class CsvRowReader
{
    private const ulong Zeros = 0x3030303030303030UL;
    private const ulong TopBits = 0x8080808080808080UL;
    private const ulong AboveNine = 0x7676767676767676UL;

    /// <summary>The two colons of HH:MM:SS, and the bytes they stand in.</summary>
    private const ulong Colons = 0x00003A00003A0000UL;
    private const ulong ColonBytes = 0x0000FF0000FF0000UL;

    private ulong _cachedDate;
    private ushort _cachedDateTail;
    private long _cachedMidnight;

    private static ReadOnlySpan<double> PowersOfTen =>
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19];

    /// <summary>Reads a row of a common shape; returns the start of the next row, or null for a row to be read carefully.</summary>
    private byte* ReadFast(byte* p, ColumnRole[] roles, byte delimiter, double* value, long before, long* time)
    {
        byte* date = null, timeOfDay = null;
        var (dateLength, timeOfDayLength) = (0, 0);
        for (var c = 0; c < roles.Length; c++)
        {
            var role = roles[c];
            if (role <= ColumnRole.Volume)
            {
                p = ReadNumber(p, _header.DecimalMark, value + (int)role);
            }
            else if (role == ColumnRole.Time && _isPlainTime)
            {
                p = ReadTime(p, time);
            }
            else
            {
                var first = p;
                while (*p != delimiter && *p != '\n' && *p != '"')
                {
                    p++;
                }

                if (role == ColumnRole.Time)
                {
                    date = first;
                    dateLength = (int)(p - first);
                }
                else if (role == ColumnRole.TimeOfDay)
                {
                    timeOfDay = first;
                    timeOfDayLength = (int)(p - first);
                }
            }

            if (p == null)
            {
                return null;
            }

            if (c < roles.Length - 1 && *p++ != delimiter)
            {
                return null;
            }
        }

        p += *p == '\r' ? 1 : 0;
        if (*p != '\n')
        {
            return null;
        }

        if (_isPlainTime)
        {
            return p + 1;
        }

        var wrong = _clock.Parse(new ReadOnlySpan<byte>(date, dateLength).Trim(" \r"u8), new ReadOnlySpan<byte>(timeOfDay, timeOfDayLength).Trim(" \r"u8), before, out *time);
        return wrong is null ? p + 1 : null;
    }

    /// <summary>An optional minus, digits, an optional decimal mark and digits: exact where the digits are below 2^53, since both parts of the quotient are.</summary>
    private static byte* ReadNumber(byte* p, byte decimalMark, double* value)
    {
        var isNegative = *p == '-';
        p += isNegative ? 1 : 0;
        var mantissa = 0UL;
        var first = p;
        uint digit;
        while ((digit = *p - (uint)'0') <= 9)
        {
            mantissa = mantissa * 10 + digit;
            p++;
        }

        var digits = (int)(p - first);
        var decimals = 0;
        if (*p == decimalMark)
        {
            var mark = ++p;
            while ((digit = *p - (uint)'0') <= 9)
            {
                mantissa = mantissa * 10 + digit;
                p++;
            }

            decimals = (int)(p - mark);
            digits += decimals;
        }

        if (digits is 0 or > 19 || mantissa >= 1UL << 53)
        {
            return null;
        }

        var quotient = (long)mantissa / PowersOfTen[decimals];
        *value = isNegative ? -quotient : quotient;
        return p;
    }

    private byte* ReadTime(byte* p, long* time)
    {
        if ((*(ulong*)p != _cachedDate || *(ushort*)(p + 8) != _cachedDateTail) && !ReadDate(p))
        {
            return ReadUnix(p, time);
        }

        p += 10;
        var milliseconds = _cachedMidnight;
        if (*p == 'T' || *p == ' ')
        {
            var text = *(ulong*)(p + 1);
            var length = 8;
            if (((text >> 16) & 0xFF) == ':' && ((text >> 40) & 0xFF) != ':')
            {
                // HH:MM without seconds.
                text = (text & 0x000000FFFFFFFFFFUL) | 0x30303A0000000000UL;
                length = 5;
            }

            var digits = (text & ~ColonBytes) ^ (Zeros & ~ColonBytes);
            var hour = (digits & 0xFF) * 10 + ((digits >> 8) & 0xFF);
            var minute = ((digits >> 24) & 0xFF) * 10 + ((digits >> 32) & 0xFF);
            var second = ((digits >> 48) & 0xFF) * 10 + (digits >> 56);
            if ((text & ColonBytes) != Colons || (((digits & ~TopBits) + AboveNine | digits) & TopBits) != 0 || hour > 23 || minute > 59 || second > 59)
            {
                return null;
            }

            milliseconds += (long)((hour * 60 + minute) * 60 + second) * 1000L;
            p += 1 + length;
            if (*p == 'Z')
            {
                p++;
            }
            else if (*p == '+')
            {
                if (!new ReadOnlySpan<byte>(p, 6).SequenceEqual("+00:00"u8))
                {
                    return null;
                }

                p += 6;
            }
        }

        *time = milliseconds;
        return p;
    }

    /// <summary>YYYY-MM-DD into the cache: most rows share their date with the row above.</summary>
    private bool ReadDate(byte* p)
    {
        var (year, month, day) = (0, 0, 0);
        for (var i = 0; i < 10; i++)
        {
            if (i is 4 or 7)
            {
                if (p[i] != '-')
                {
                    return false;
                }

                continue;
            }

            var digit = p[i] - '0';
            if (digit is < 0 or > 9)
            {
                return false;
            }

            if (i < 4)
            {
                year = year * 10 + digit;
            }
            else if (i < 7)
            {
                month = month * 10 + digit;
            }
            else
            {
                day = day * 10 + digit;
            }
        }

        if (CsvTime.Days(year, month, day) is not { } days)
        {
            return false;
        }

        _cachedDate = *(ulong*)p;
        _cachedDateTail = *(ushort*)(p + 8);
        _cachedMidnight = days * Durations.Day;
        return true;
    }

    private static byte* ReadUnix(byte* p, long* time)
    {
        var first = p;
        var value = 0L;
        while (*p - (uint)'0' <= 9 && p - first < 18)
        {
            value = value * 10 + (*p++ - '0');
        }

        var digits = p - first;
        if (digits is < 9 or > 14)
        {
            return null;
        }

        *time = digits <= 11 ? value * 1000L : value;
        return p;
    }
}
