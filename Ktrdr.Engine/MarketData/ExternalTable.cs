using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ktrdr.Engine.MarketData;

/// <summary>A small delimited file of dated values, quotes understood: header names and rows of fields.</summary>
internal sealed class ExternalTable
{
    public const long LargestFile = 64L << 20;

    private readonly string[] _names;

    private ExternalTable(string[] names, List<(int Line, string[] Fields)> rows)
    {
        _names = names;
        Rows = rows;
    }

    /// <summary>Rows with their 1-based lines; each has as many fields as the header.</summary>
    public List<(int Line, string[] Fields)> Rows { get; }

    public IReadOnlyList<string> Names => _names;

    /// <exception cref="InvalidInputException">No text, no header, no rows, or a row of another length.</exception>
    public static ExternalTable Read(Stream stream)
    {
        var bytes = CsvSource.Read(stream, LargestFile, out var length, out _);
        string text;
        try
        {
            text = Encoding.UTF8.GetString(bytes, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        var lines = text.TrimStart('\uFEFF').Split('\n');
        var at = Array.FindIndex(lines, line => line.Trim() is { Length: > 0 } content && content[0] != '#');
        if (at < 0)
        {
            throw new InvalidInputException(new Problem("no_rows", "file", "the file has no text; allowed: a header and at least one row"));
        }

        var delimiter = ",;\t|".MaxBy(d => lines[at].Count(c => c == d));
        var names = Split(lines[at], delimiter).Select(Plain).ToArray();
        var rows = new List<(int, string[])>();
        for (var i = at + 1; i < lines.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
            {
                continue;
            }

            var fields = Split(lines[i], delimiter);
            rows.Add(fields.Length == names.Length
                ? (i + 1, fields)
                : throw Invalid("field_count", i + 1, $"{Counted.Of(fields.Length, "field")} where the header has {names.Length}", Counted.Of(names.Length, "field")));
        }

        return rows.Count > 0 ? new ExternalTable(names, rows) : throw new InvalidInputException(new Problem("no_rows", "file", "the file has a header but no rows; allowed: at least one row"));
    }

    /// <summary>The first column that has one of the names (lower case, spaces for underscores and hyphens), or −1.</summary>
    public int Find(params ReadOnlySpan<string> wanted)
    {
        foreach (var name in wanted)
        {
            if (Array.IndexOf(_names, name) is >= 0 and var i)
            {
                return i;
            }
        }

        return -1;
    }

    public int Require(string what, params string[] wanted) => Find(wanted) is >= 0 and var i
        ? i
        : throw Invalid("missing_column", 1, $"the header '{string.Join(',', _names)}' has no column for {what}", string.Join(", ", wanted));

    /// <summary>00:00 UTC of the date in a field, Unix milliseconds.</summary>
    public static long Date(string field, int line)
        => DateTime.TryParseExact(field, ["yyyy-MM-dd", "yyyy/MM/dd", "yyyyMMdd", "MM/dd/yyyy", "M/d/yyyy", "yyyy-MM-dd'T'HH:mm:ss.fff"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            && date.Year is >= 1700 and <= 2200
            ? (date.Date.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond
            : throw Invalid("invalid_time", line, $"date '{field}' is no date", "YYYY-MM-DD from 1700 to 2200");

    /// <summary>A number, thousands separated by commas or not; null where it is missing ("." or nothing).</summary>
    public static double? Value(string field, string name, int line)
        => field is "" or "." or "NA" or "NaN" or "null" ? null
            : double.TryParse(field, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) <= 1e15 ? value
            : throw Invalid("invalid_number", line, $"{name} = '{field}' is no number", "a decimal number of at most 1e15, or '.' where there is none");

    private static string Plain(string name) => name.ToLowerInvariant().Replace('_', ' ').Replace('-', ' ').Trim();

    private static string[] Split(string line, char delimiter)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        foreach (var c in line.AsSpan().TrimEnd('\r'))
        {
            if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (c == delimiter && !isQuoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString().Trim());
        return [.. fields];
    }

    internal static InvalidInputException Invalid(string code, int line, string message, string allowed)
        => new(new Problem(code, $"row {line}", $"row {line}: {message}; allowed: {allowed}") { Line = line, Allowed = allowed });
}
