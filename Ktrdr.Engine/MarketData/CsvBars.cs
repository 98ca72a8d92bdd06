using System.Buffers;

namespace Ktrdr.Engine.MarketData;

/// <summary>
/// Reads bars from delimited text, plain or gzipped: a header line that names the columns (lines of # before it are skipped), then one row per bar,
/// oldest first. Delimiter, time format and aliases of column names are recognised. Values are never changed: what is wrong rejects the file or,
/// where the policy says so, leaves the row out; what is strange is kept and flagged.
/// </summary>
public static class CsvBars
{
    /// <exception cref="InvalidInputException">The file is no such text, lacks a column, has no rows, or has rows that the policy rejects
    /// (the first 20 are listed with row and value, and the count).</exception>
    public static CsvImport Read(Stream stream, CsvOptions options)
    {
        options.Policy.Check();
        var clock = new CsvTime(options.TimeZone, options.TimeFormat);
        var log = new RowLog();
        CsvHeader header;
        BarColumns columns;
        CsvRowReader reader;
        var text = CsvSource.Read(stream, options.MaximumBytes, out var length, out var lines);
        try
        {
            header = CsvHeader.Read(text.AsSpan(0, length), options);
            columns = new BarColumns(lines - text.AsSpan(0, header.BodyStart).Count((byte)'\n'));
            reader = new CsvRowReader(header, clock, options.Policy, log, columns);
            reader.Read(text, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }

        log.ThrowIfRejected(reader.IsNewestFirst ? "the rows run from newest to oldest: sort them by time" : null);
        RequireRows(columns, options, "the file has a header but no rows");

        DescribeColumns(header, columns, log);
        if (clock.AmbiguousCount > 0)
        {
            log.FindAll(
                "dst_ambiguous", columns.Rows[0], clock.AmbiguousCount,
                $"{Counted.Of(clock.AmbiguousCount, "local time")} in an hour that clocks went back over, read in the order of rows", FindingSeverity.Warning);
        }

        var timeframe = BarChecks.Spacing(columns, options.Timeframe, log);
        if (BarChecks.Strange(columns, options.Policy, log) is { } marked)
        {
            log.ThrowIfRejected();
            columns.Remove(marked);
            RequireRows(columns, options, "the policy leaves no rows");
        }

        var calendar = options.Calendar ?? MarketCalendar.For(options.Symbol);
        BarChecks.Gaps(columns, timeframe, calendar, options.Policy, log);
        SessionChecks.Look(columns, timeframe, calendar, log);
        log.ThrowIfRejected();
        return new CsvImport(columns.ToSeries(options.Symbol, timeframe).With(calendar), log.Findings());
    }

    private static void RequireRows(BarColumns columns, CsvOptions options, string message)
    {
        if (columns.Count == 0)
        {
            throw new InvalidInputException(new Problem("no_rows", "file", $"{options.Symbol}: {message}; allowed: at least one row"));
        }
    }

    private static void DescribeColumns(CsvHeader header, BarColumns columns, RowLog log)
    {
        if (header.CloseName.StartsWith("adj", StringComparison.Ordinal))
        {
            log.FindAll("adjusted_close", columns.Rows[0], columns.Count, $"the close is the column '{header.CloseName}'; open, high and low may not be adjusted the same way", FindingSeverity.Warning);
        }

        for (var role = ColumnRole.Open; role <= ColumnRole.Close; role++)
        {
            if (!header.Has(role))
            {
                var name = role.ToString().ToLowerInvariant();
                log.FindAll("filled_column", columns.Rows[0], columns.Count, $"there is no column {name}: it was filled from the other prices", FindingSeverity.Warning);
            }
        }
    }
}
