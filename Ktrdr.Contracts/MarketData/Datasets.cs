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

    /// <summary>File name, or generator with kind and seed.</summary>
    public required string Source { get; init; }
    public IReadOnlyList<DataFindingSummary> Findings { get; init; } = [];
    public DateTimeOffset CreatedAt { get; init; }
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
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }

    /// <summary>IANA zone of stamps that carry no offset.</summary>
    public string TimeZone { get; init; } = "UTC";
}

/// <summary>Body of <c>POST /data/generate</c>.</summary>
public sealed record GenerateRequest
{
    /// <summary>null, planted or regimes.</summary>
    public string Kind { get; init; } = "null";
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
