namespace Ktrdr.Contracts.MarketData;

/// <summary>An immutable, content-addressed set of bars. Runs and campaigns pin one.</summary>
public sealed record DatasetVersion
{
    /// <summary>SHA-256 of symbol, timeframe and columns.</summary>
    public required string Id { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public required int Bars { get; init; }
    public required DateTimeOffset FirstTime { get; init; }
    public required DateTimeOffset LastTime { get; init; }

    /// <summary>Bars from this time on are sealed: no route serves them.</summary>
    public required DateTimeOffset SealedFrom { get; init; }

    /// <summary>Number of bars before <see cref="SealedFrom"/>.</summary>
    public required int UnsealedBars { get; init; }

    /// <summary>The four windows over all bars, oldest first: train, validation, test, sealed.</summary>
    public required IReadOnlyList<DataWindow> Windows { get; init; }
    public bool Synthetic { get; init; }

    /// <summary>Name of the calendar that bars and gaps are judged by; <c>none</c> where nothing is known.</summary>
    public string Calendar { get; init; } = "none";

    /// <summary>Hours from a bar's completion to its publication; 0 for prices.</summary>
    public double PublicationLagHours { get; init; }

    /// <summary>A series from outside the markets: no windows and no seal, since it is never traded.</summary>
    public bool External { get; init; }

    /// <summary>File name, or generator with kind and seed.</summary>
    public required string Source { get; init; }
    public IReadOnlyList<DataFindingSummary> Findings { get; init; } = [];
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// What a run over bars of this dataset counts as: train, validation, test or custom. Dates that end inside the train window are a look at the train window;
    /// any others, and all bars before the seal, are a trial of their own, since what they show can steer what is tried next.
    /// </summary>
    /// <param name="named">The window that the run asks for; null where it gives dates.</param>
    /// <param name="end">First moment after its bars; null for all of them.</param>
    public string WindowOf(string? named, DateTimeOffset? end) => named switch
    {
        null => end <= Windows.FirstOrDefault(w => w.Name == DataWindows.Train)?.End ? DataWindows.Train : DataWindows.Custom,
        DataWindows.Unsealed => DataWindows.Custom,
        _ => named,
    };
}

/// <summary>The windows that a run may name.</summary>
public static class DataWindows
{
    public const string Train = "train";
    public const string Validation = "validation";
    public const string Test = "test";
    public const string Sealed = "sealed";

    /// <summary>Every bar before the seal: train, validation and test together.</summary>
    public const string Unsealed = "unsealed";

    /// <summary>Given by dates.</summary>
    public const string Custom = "custom";
}

/// <summary>A contiguous range of bars: [Start, End) by bar open time.</summary>
public sealed record DataWindow(string Name, DateTimeOffset Start, DateTimeOffset End, int Bars);

/// <summary>How often a check found something, with the first rows.</summary>
public sealed record DataFindingSummary(string Code, string Severity, int Count, IReadOnlyList<string> Examples);

/// <summary>Body of <c>POST /data/import</c>: a file whose bytes were put as an artifact first.</summary>
public sealed record ImportRequest
{
    public required string Sha256 { get; init; }
    public required string FileName { get; init; }

    /// <summary>Of the bars; of series from outside <c>fred_SERIES</c> or <c>cot_REPORT_net_pos</c>.</summary>
    public required string Symbol { get; init; }

    /// <summary>Null: taken from the rows.</summary>
    public string? Timeframe { get; init; }

    /// <summary>csv (bars), fred or cftc_cot.</summary>
    public string Provider { get; init; } = "csv";

    /// <summary>IANA zone of stamps that carry no offset.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Form of times that are neither ISO 8601 nor Unix time, such as <c>dd.MM.yyyy HH:mm</c>.</summary>
    public string? TimeFormat { get; init; }

    /// <summary>Names of the columns in order, for a file without a header.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>none, 24x7, fx or us_equities; null: by the symbol.</summary>
    public string? Calendar { get; init; }

    /// <summary>Finding (unsorted, duplicate, malformed, invalid_price, spike, gap, zero_volume) to action (reject, drop, keep), where the default is not wanted.</summary>
    public IReadOnlyDictionary<string, string>? Policy { get; init; }

    /// <summary>cftc_cot: start of the market's name in a file of several.</summary>
    public string? Market { get; init; }

    /// <summary>fred, cftc_cot: hours from the end of an observation's period to its publication; null: the provider's documented lag.</summary>
    public double? PublicationLagHours { get; init; }
}

/// <summary>Body of <c>POST /data/generate</c>.</summary>
public sealed record GenerateRequest
{
    /// <summary>null, planted or regimes.</summary>
    public string Kind { get; init; } = "null";

    /// <summary>planted: expected return per bar in standard deviations while the condition holds.</summary>
    public double? Strength { get; init; }

    /// <summary>planted: bars whose fall or rise is the condition.</summary>
    public int? LookBack { get; init; }
    public long Seed { get; init; }

    /// <summary>1 000 … 1 000 000.</summary>
    public int Bars { get; init; } = 20_000;
    public string Symbol { get; init; } = "SYNTH";
    public string Timeframe { get; init; } = "1h";
}

/// <summary>The request of a <c>data_load</c> operation: exactly one of the two.</summary>
public sealed record DataLoadRequest
{
    public ImportRequest? Import { get; init; }
    public GenerateRequest? Generate { get; init; }
}

/// <summary>The result of a <c>data_load</c> operation. The worker has put the binary bars as an artifact before.</summary>
public sealed record DataLoadResult(DatasetVersion Dataset, string BarsSha256);
