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

    /// <summary>Counts gaps by kind, and lists the first of those that nothing explains.</summary>
    /// <param name="series">Symbol and timeframe.</param>
    /// <param name="calendar">Its name and what it says.</param>
    /// <param name="times">Stamps of the bars that are there, Unix milliseconds UTC, ascending; at least one.</param>
    /// <param name="coverage">Bars there among those that should be, 0 … 1.</param>
    /// <param name="gaps">All of them, oldest first, with why they are there.</param>
    /// <param name="unexpected">The kind that nothing explains.</param>
    /// <param name="listed">Gaps of that kind to list at most.</param>
    public static GapReport Of<TKind>(
        (string Symbol, string Timeframe) series, (string Name, string Summary) calendar, ReadOnlySpan<long> times, double coverage,
        IEnumerable<(TKind Kind, DataGap Gap)> gaps, TKind unexpected, int listed)
        where TKind : struct, Enum
    {
        var byKind = gaps.ToLookup(g => g.Kind, g => g.Gap);
        var counts = byKind.OrderBy(g => g.Key).Select(g => new GapCount(KtrdrJson.Word(g.Key), g.Count(), g.Sum(gap => gap.MissingBars))).ToList();
        return new GapReport
        {
            Symbol = series.Symbol,
            Timeframe = series.Timeframe,
            Calendar = calendar.Name,
            CalendarSummary = calendar.Summary,
            Bars = times.Length,
            FirstTime = DateTimeOffset.FromUnixTimeMilliseconds(times[0]),
            LastTime = DateTimeOffset.FromUnixTimeMilliseconds(times[^1]),
            MissingBars = counts.Sum(c => c.MissingBars),
            Coverage = coverage,
            Counts = counts,
            Unexpected = [.. byKind[unexpected].Take(listed)],
        };
    }
}

/// <param name="Kind">weekend, holiday, session or unexpected.</param>
/// <param name="Count">Gaps of the kind.</param>
/// <param name="MissingBars">Bars that should lie in them.</param>
public sealed record GapCount(string Kind, int Count, long MissingBars);

/// <summary>Missing bars in [From, To).</summary>
public sealed record DataGap(DateTimeOffset From, DateTimeOffset To, long MissingBars)
{
    /// <param name="from">Unix milliseconds UTC, as <paramref name="to"/>.</param>
    /// <param name="to">Where the next bar begins.</param>
    /// <param name="missingBars">Bars that should lie between.</param>
    public static DataGap Of(long from, long to, long missingBars) => new(DateTimeOffset.FromUnixTimeMilliseconds(from), DateTimeOffset.FromUnixTimeMilliseconds(to), missingBars);
}
