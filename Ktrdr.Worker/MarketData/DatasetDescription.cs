using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Worker.MarketData;

/// <summary>What the Api stores about a series: identity, windows, seal and findings.</summary>
internal static class DatasetDescription
{
    private const int Examples = 5;

    public static DatasetVersion Of(BarSeries bars, IReadOnlyList<DataFinding> findings, string source, bool synthetic, DateTimeOffset now)
    {
        var windows = ResearchWindows.Of(bars);
        return new DatasetVersion
        {
            Id = bars.ContentHash,
            Symbol = bars.Symbol,
            Timeframe = bars.Timeframe.Name,
            Bars = bars.Count,
            FirstTime = Time(bars.Times[0]),
            LastTime = Time(bars.Times[^1]),
            SealedFrom = Time(windows.Sealed.StartTime),
            UnsealedBars = windows.Sealed.Start,
            Windows = [.. new[] { windows.Train, windows.Validation, windows.Test, windows.Sealed }.Select(w => new DataWindow(w.Name, Time(w.StartTime), Time(w.EndTime), w.Count))],
            Synthetic = synthetic,
            Source = source,
            Findings = [.. findings.GroupBy(f => (f.Code, f.Severity)).OrderBy(g => g.Key.Code, StringComparer.Ordinal).Select(Summarise)],
            CreatedAt = now,
        };
    }

    private static DataFindingSummary Summarise(IGrouping<(string Code, FindingSeverity Severity), DataFinding> group)
        => new(group.Key.Code, group.Key.Severity.ToString().ToLowerInvariant(), group.Sum(f => f.Count), [.. group.Take(Examples).Select(f => f.Message)]);

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
