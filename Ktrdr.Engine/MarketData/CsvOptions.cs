namespace Ktrdr.Engine.MarketData;

/// <summary>What a file of bars is and how strictly it is read.</summary>
public sealed record CsvOptions
{
    /// <summary>Name of the instrument; files do not carry it.</summary>
    public required string Symbol { get; init; }

    /// <summary>Width of the bars; null: taken from the most common spacing of the rows, which a finding then says.</summary>
    public Timeframe? Timeframe { get; init; }

    /// <summary>When the market trades; null: by the symbol's name (<see cref="MarketCalendar.For"/>).</summary>
    public MarketCalendar? Calendar { get; init; }

    /// <summary>IANA name of the zone of times that carry no offset. Dates without a time of day are trading dates and are kept as 00:00 UTC.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>
    /// Form of the times where they are neither ISO 8601 nor Unix time: yyyy yy MMM MM M dd d HH H hh h mm m ss s fff tt, anything else stands for
    /// itself, for instance <c>dd.MM.yyyy HH:mm:ss.fff</c>; or unix, unix_ms, unix_us, unix_ns. Null: recognised. Where date and time are two
    /// columns, it is the form of both with a space between.
    /// </summary>
    public string? TimeFormat { get; init; }

    /// <summary>Names of the columns in their order where the file has no header line; null: the first line has them.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>
    /// Price columns may be absent: they are filled from those that are there (open and close from each other, high and low from the larger and the
    /// smaller of them), which a finding says. Volume may be absent in any case and is NaN then.
    /// </summary>
    public bool AllowMissingColumns { get; init; }

    /// <summary>Columns that must be there although <see cref="AllowMissingColumns"/> is set: of open, high, low, close, volume.</summary>
    public IReadOnlyList<string> RequiredColumns { get; init; } = [];

    /// <summary>What to do with rows that are wrong or strange.</summary>
    public DataPolicy Policy { get; init; } = new();

    /// <summary>Largest size in bytes after decompression.</summary>
    public long MaximumBytes { get; init; } = 1L << 30;
}

/// <summary>Imported bars and what was found on the way, in the order of rows.</summary>
public sealed record CsvImport(BarSeries Bars, IReadOnlyList<DataFinding> Findings);
