using System.Text;

namespace Ktrdr.Engine.MarketData;

internal enum ColumnRole
{
    Open,
    High,
    Low,
    Close,
    Volume,
    Time,
    TimeOfDay,
    Ignored,
}

/// <summary>The header line: delimiter and what each column is. Unknown columns are ignored.</summary>
internal sealed class CsvHeader
{
    private const int ShownCharacters = 120;

    private const int ProbedRows = 200;

    private static readonly string[] WholeTime =
        ["datetime", "timestamp", "date time", "gmt time", "utc time", "local time", "open time", "time utc", "time (utc)", "date (utc)", "datetime (utc)", "timestamp utc", "unix", "unix timestamp", "unix time", "epoch", "ts", "dt"];

    private static readonly string[] DateNames = ["date", "day", "trading date", "trade date", "yyyymmdd", "dtyyyymmdd"];
    private static readonly string[] TimeNames = ["time", "time of day", "hhmmss", "hour"];

    /// <summary>Aliases in order of preference: the first that a header has is the column, the others are ignored.</summary>
    private static readonly (ColumnRole Role, string[] Names)[] Values =
    [
        (ColumnRole.Open, ["open", "o", "open price", "opening price", "price open", "bid open", "first"]),
        (ColumnRole.High, ["high", "h", "high price", "price high", "bid high", "max"]),
        (ColumnRole.Low, ["low", "l", "low price", "price low", "bid low", "min"]),
        (ColumnRole.Close, ["close", "c", "close price", "closing price", "price close", "bid close", "last", "close/last", "last price", "price", "settle", "adj close", "adjusted close"]),
        (ColumnRole.Volume, ["volume", "vol", "vol.", "v", "tick volume", "tickvolume", "tickvol", "real volume", "realvol", "base volume", "total volume"]),
    ];

    private CsvHeader(byte delimiter, byte decimalMark, ColumnRole[] roles, string closeName, int bodyStart, int bodyLine)
    {
        Delimiter = delimiter;
        DecimalMark = decimalMark;
        Roles = roles;
        CloseName = closeName;
        BodyStart = bodyStart;
        BodyLine = bodyLine;
    }

    /// <summary>Point, or comma where the delimiter is another character and the first rows have commas in their numbers.</summary>
    public byte DecimalMark { get; }

    /// <summary>What the file calls the column that is read as the close.</summary>
    public string CloseName { get; }

    public byte Delimiter { get; }

    public ColumnRole[] Roles { get; }

    /// <summary>Offset of the first byte after the header line.</summary>
    public int BodyStart { get; }

    /// <summary>1-based number of the line at <see cref="BodyStart"/>.</summary>
    public int BodyLine { get; }

    public bool Has(ColumnRole role) => Array.IndexOf(Roles, role) >= 0;

    public static CsvHeader Read(ReadOnlySpan<byte> text, CsvOptions options)
    {
        var at = text.StartsWith("\uFEFF"u8) ? 3 : 0;
        var line = 1;
        while (at < text.Length)
        {
            var start = at;
            var length = text[at..].IndexOf((byte)'\n');
            var content = text.Slice(at, length).Trim(" \r"u8);
            at += length + 1;
            line++;
            if (content.IsEmpty || content[0] == '#' || content.StartsWith("sep="u8))
            {
                continue;
            }

            if (content.Contains((byte)'\r'))
            {
                throw Invalid("mixed_line_ends", line - 1, "the header has a carriage return in it, and lines before it end with a newline", "one kind of line ends: LF, CRLF or CR");
            }

            var header = Encoding.UTF8.GetString(content);
            var delimiter = Delimiters().MaxBy(d => header.Count(c => c == d));
            if (options.Columns is { Count: > 0 } stated)
            {
                // The line is the first row.
                (at, line) = (start, line - 1);
                header = string.Join(delimiter, stated);
            }
            else if (char.IsAsciiDigit(content[0] == '"' && header.Length > 1 ? header[1] : header[0]))
            {
                throw Invalid("no_header", line - 1, $"'{Shown(header)}' is a row, not a header", "a header line, or columns stated in their order, such as date,time,open,high,low,close,volume");
            }

            var names = (options.Columns is { Count: > 0 } columns ? columns : CsvFields.Split(content, (byte)delimiter)).Select(Normalise).ToArray();
            var roles = Assign(names, header, options.Columns is { Count: > 0 } ? line : line - 1, options);
            var close = Array.IndexOf(roles, ColumnRole.Close);
            return new CsvHeader((byte)delimiter, Mark(text[at..], (byte)delimiter, roles), roles, close < 0 ? "" : names[close], at, line);
        }

        throw Invalid("empty_file", 1, "the file has no header line", "a header line and at least one row");
    }

    private static byte Mark(ReadOnlySpan<byte> body, byte delimiter, ColumnRole[] roles)
    {
        for (var row = 0; row < ProbedRows && delimiter != ',' && !body.IsEmpty; row++)
        {
            var length = body.IndexOf((byte)'\n');
            var content = body[..length];
            body = body[(length + 1)..];
            foreach (var role in roles)
            {
                var end = CsvFields.End(content, delimiter);
                var field = end < 0 ? content : content[..end];
                content = end < 0 ? [] : content[(end + 1)..];
                if (role <= ColumnRole.Close && field.Contains((byte)','))
                {
                    return (byte)',';
                }

                if (role <= ColumnRole.Close && field.Contains((byte)'.'))
                {
                    return (byte)'.';
                }
            }
        }

        return (byte)'.';
    }

    private static string Shown(string header) => header.Length <= ShownCharacters ? header : header[..ShownCharacters] + "…";

    /// <summary>In order of preference where a line has none of them or as many of one as of another.</summary>
    private static char[] Delimiters() => [',', ';', '\t', '|'];

    private static string Normalise(string name) => name.Trim().Trim('"', '\'', '<', '>').Trim().ToLowerInvariant().Replace('_', ' ');

    private static ColumnRole[] Assign(string[] names, string header, int line, CsvOptions options)
    {
        var roles = new ColumnRole[names.Length];
        Array.Fill(roles, ColumnRole.Ignored);

        var whole = Array.FindIndex(names, n => WholeTime.Contains(n));
        var date = Array.FindIndex(names, n => DateNames.Contains(n));
        var time = Array.FindIndex(names, n => TimeNames.Contains(n));
        var shown = Shown(header);
        if (whole < 0 && date < 0 && time < 0)
        {
            throw Invalid("missing_column", line, $"the header '{shown}' has no time column", "time, date, datetime or timestamp (or date and time)");
        }

        roles[whole >= 0 ? whole : date >= 0 ? date : time] = ColumnRole.Time;
        if (whole < 0 && date >= 0 && time >= 0)
        {
            roles[time] = ColumnRole.TimeOfDay;
        }

        foreach (var (role, aliases) in Values)
        {
            var alias = aliases.FirstOrDefault(names.Contains);
            if (alias is null)
            {
                continue;
            }

            if (names.Count(n => n == alias) > 1)
            {
                throw Invalid("ambiguous_column", line, $"the header '{shown}' has two columns '{alias}'", "each name once");
            }

            roles[Array.IndexOf(names, alias)] = role;
        }

        var required = new List<string>(options.RequiredColumns);
        if (!options.AllowMissingColumns)
        {
            required.AddRange(Values.Where(v => v.Role != ColumnRole.Volume).Select(v => v.Names[0]));
        }

        var missing = required.Distinct().Where(r => Array.IndexOf(roles, RoleOf(r)) < 0).ToArray();
        if (missing.Length > 0)
        {
            throw Invalid("missing_column", line, $"the header '{shown}' has no column {string.Join(", ", missing)}", $"a header that names time and {string.Join(", ", required.Distinct())}");
        }

        if (!roles.Any(r => r <= ColumnRole.Close))
        {
            throw Invalid("missing_column", line, $"the header '{shown}' has no price column", "at least one of open, high, low, close");
        }

        return roles;
    }

    private static ColumnRole RoleOf(string name)
    {
        foreach (var (role, names) in Values)
        {
            if (names[0] == name)
            {
                return role;
            }
        }

        throw new ArgumentException($"'{name}' is no column that can be required; allowed: open, high, low, close, volume", nameof(name));
    }

    private static InvalidInputException Invalid(string code, int line, string message, string allowed)
        => new(new Problem(code, "header", $"line {line}: {message}; allowed: {allowed}") { Line = line, Allowed = allowed });
}
