namespace Ktrdr.Contracts.MarketData;

/// <summary>The result of a <c>data_check</c> operation: what an import of the file would find. Nothing is stored.</summary>
public sealed record DataCheckResult
{
    /// <summary>Whether an import with the same options would succeed.</summary>
    public required bool Accepted { get; init; }

    /// <summary>Why not: rows and what is allowed.</summary>
    public IReadOnlyList<DocumentProblem> Problems { get; init; } = [];
    public IReadOnlyList<DataFindingSummary> Findings { get; init; } = [];

    /// <summary>Null where the file was refused.</summary>
    public GapReport? Gaps { get; init; }
}

/// <summary>How whole a series is, by its calendar.</summary>
public sealed record GapReport
{
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }

    /// <summary>The calendar that gaps were judged by, and what it says.</summary>
    public required string Calendar { get; init; }
    public required string CalendarSummary { get; init; }
    public required int Bars { get; init; }
    public required DateTimeOffset FirstTime { get; init; }
    public required DateTimeOffset LastTime { get; init; }
    public required long MissingBars { get; init; }

    /// <summary>Bars there among those that should be, 0 … 1.</summary>
    public required double Coverage { get; init; }
    public required IReadOnlyList<GapCount> Counts { get; init; }

    /// <summary>Unexpected gaps, oldest first, as many as were asked for.</summary>
    public required IReadOnlyList<DataGap> Unexpected { get; init; }
}

/// <param name="Kind">weekend, holiday, session or unexpected.</param>
/// <param name="Count">Gaps of the kind.</param>
/// <param name="MissingBars">Bars that should lie in them.</param>
public sealed record GapCount(string Kind, int Count, long MissingBars);

/// <summary>Missing bars in [From, To).</summary>
public sealed record DataGap(DateTimeOffset From, DateTimeOffset To, long MissingBars);
