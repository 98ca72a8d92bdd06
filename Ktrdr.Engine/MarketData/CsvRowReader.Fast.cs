namespace Ktrdr.Engine.MarketData;

/// <content>The common shapes of a row, byte by byte. Nothing here reports anything: what is not understood is left to the careful reading.</content>
internal sealed unsafe partial class CsvRowReader
{
    private ulong cachedDate;
    private ushort cachedDateTail;
    private long cachedMidnight;

    private static ReadOnlySpan<double> PowersOfTen =>
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19];

    /// <summary>Reads a row of the common shape; returns the start of the next row, or null for a row to be read carefully.</summary>
    private byte* ReadFast(byte* p, ColumnRole[] roles, byte delimiter, double* value, long* time)
    {
        for (var c = 0; c < roles.Length; c++)
        {
            var role = roles[c];
            if (role <= ColumnRole.Volume)
            {
                p = ReadNumber(p, value + (int)role);
            }
            else if (role == ColumnRole.Time)
            {
                p = ReadTime(p, time);
            }
            else
            {
                while (*p != delimiter && *p != '\n' && *p != '"')
                {
                    p++;
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
        return *p == '\n' ? p + 1 : null;
    }

    /// <summary>An optional minus, digits, an optional point and digits: exact where the digits are below 2^53, since both parts of the quotient are.</summary>
    private static byte* ReadNumber(byte* p, double* value)
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
        if (*p == '.')
        {
            var point = ++p;
            while ((digit = *p - (uint)'0') <= 9)
            {
                mantissa = mantissa * 10 + digit;
                p++;
            }

            decimals = (int)(p - point);
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
        if ((*(ulong*)p != cachedDate || *(ushort*)(p + 8) != cachedDateTail) && !ReadDate(p))
        {
            return ReadUnix(p, time);
        }

        p += 10;
        var milliseconds = cachedMidnight;
        if (*p == 'T' || *p == ' ')
        {
            uint h1 = p[1] - (uint)'0', h2 = p[2] - (uint)'0', m1 = p[4] - (uint)'0', m2 = p[5] - (uint)'0', s1 = p[7] - (uint)'0', s2 = p[8] - (uint)'0';
            var hour = h1 * 10 + h2;
            if (p[3] != ':' | p[6] != ':' | h1 > 2 | h2 > 9 | hour > 23 | m1 > 5 | m2 > 9 | s1 > 5 | s2 > 9)
            {
                return null;
            }

            milliseconds += ((hour * 60L + m1 * 10 + m2) * 60L + s1 * 10 + s2) * 1000L;
            p += 9;
            if (*p == 'Z')
            {
                p++;
            }
            else if (new ReadOnlySpan<byte>(p, 6).SequenceEqual("+00:00"u8))
            {
                p += 6;
            }
        }

        *time = milliseconds;
        return p;
    }

    /// <summary>YYYY-MM-DD into the cache: most rows share their date with the row above.</summary>
    private bool ReadDate(byte* p)
    {
        if (p[4] != '-' || p[7] != '-')
        {
            return false;
        }

        var (year, month, day) = (0, 0, 0);
        for (var i = 0; i < 10; i++)
        {
            var digit = p[i] - '0';
            if (i is 4 or 7)
            {
                continue;
            }

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

        cachedDate = *(ulong*)p;
        cachedDateTail = *(ushort*)(p + 8);
        cachedMidnight = days * 86_400_000L;
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
