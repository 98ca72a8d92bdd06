using System.Text;

namespace Ktrdr.Engine.MarketData;

/// <summary>Fields of a row between delimiters, where a field in quotes may have delimiters in it (RFC 4180, §2.6 and 2.7).</summary>
internal static class CsvFields
{
    /// <summary>Place of the delimiter behind the first field, or −1 where it is the last. A quote that is never closed is a character like any other.</summary>
    public static int End(ReadOnlySpan<byte> row, byte delimiter)
    {
        var start = row.IndexOfAnyExcept((byte)' ');
        if (start < 0 || row[start] != '"')
        {
            return row.IndexOf(delimiter);
        }

        var at = start + 1;
        while (row[at..].IndexOf((byte)'"') is >= 0 and var quote)
        {
            at += quote + 1;
            if (at == row.Length || row[at] != '"')
            {
                var end = row[at..].IndexOf(delimiter);
                return end < 0 ? -1 : at + end;
            }

            at++;
        }

        return row.IndexOf(delimiter);
    }

    public static int Count(ReadOnlySpan<byte> row, byte delimiter)
    {
        for (var count = 1; ; count++)
        {
            var end = End(row, delimiter);
            if (end < 0)
            {
                return count;
            }

            row = row[(end + 1)..];
        }
    }

    /// <summary>The fields as text, with their quotes. A row that is quoted as a whole, as spreadsheets write it, is split all the same.</summary>
    public static string[] Split(ReadOnlySpan<byte> row, byte delimiter)
    {
        var fields = new List<string>();
        while (true)
        {
            var end = End(row, delimiter);
            fields.Add(Encoding.UTF8.GetString(end < 0 ? row : row[..end]));
            if (end < 0)
            {
                return fields.Count > 1 ? [.. fields] : fields[0].Split((char)delimiter);
            }

            row = row[(end + 1)..];
        }
    }
}
