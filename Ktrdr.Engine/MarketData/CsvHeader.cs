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

    private static readonly string[] WholeTime = ["datetime", "timestamp", "date time", "gmt time", "local time", "open time", "ts"];
    private static readonly (ColumnRole Role, string[] Names)[] Values =
    [
        (ColumnRole.Open, ["open", "o"]),
        (ColumnRole.High, ["high", "h"]),
        (ColumnRole.Low, ["low", "l"]),
        (ColumnRole.Close, ["close", "c"]),
        (ColumnRole.Volume, ["volume", "vol", "v", "tick volume", "tickvolume", "tickvol"]),
    ];

    private CsvHeader(byte delimiter, ColumnRole[] roles, int bodyStart, int bodyLine)
    {
        Delimiter = delimiter;
        Roles = roles;
        BodyStart = bodyStart;
        BodyLine = bodyLine;
    }

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
            var length = text[at..].IndexOf((byte)'\n');
            var content = text.Slice(at, length).Trim(" \r"u8);
            at += length + 1;
            line++;
            if (content.IsEmpty || content[0] == '#')
            {
                continue;
            }

            var header = Encoding.UTF8.GetString(content);
            var delimiter = Delimiters().MaxBy(d => header.Count(c => c == d));
            var names = header.Split(delimiter).Select(Normalise).ToArray();
            return new CsvHeader((byte)delimiter, Assign(names, header, line - 1, options), at, line);
        }

        throw Invalid("empty_file", 1, "the file has no header line", "a header line and at least one row");
    }

    /// <summary>In order of preference where a line has none of them or as many of one as of another.</summary>
    private static char[] Delimiters() => [',', ';', '\t', '|'];

    private static string Normalise(string name) => name.Trim().Trim('"', '\'', '<', '>').Trim().ToLowerInvariant().Replace('_', ' ');

    private static ColumnRole[] Assign(string[] names, string header, int line, CsvOptions options)
    {
        var roles = new ColumnRole[names.Length];
        Array.Fill(roles, ColumnRole.Ignored);

        var whole = Array.FindIndex(names, n => WholeTime.Contains(n));
        var date = Array.IndexOf(names, "date");
        var time = Array.IndexOf(names, "time");
        var shown = header.Length <= ShownCharacters ? header : header[..ShownCharacters] + "…";
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
            var found = Enumerable.Range(0, names.Length).Where(i => aliases.Contains(names[i])).ToArray();
            if (found.Length > 1 && role != ColumnRole.Volume)
            {
                throw Invalid("ambiguous_column", line, $"the header '{shown}' has {found.Length} columns for {aliases[0]}", "one");
            }

            if (found.Length > 0)
            {
                roles[found[0]] = role;
            }
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
