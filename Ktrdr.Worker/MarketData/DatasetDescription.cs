using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Worker.MarketData;

/// <summary>What the Api stores about a series: identity, windows, seal and findings.</summary>
internal static class DatasetDescription
{
    private const int Examples = 5;

    public static DatasetVersion Of(LoadedBars loaded, DateTimeOffset now)
    {
        var bars = loaded.Bars;
        var windows = loaded.External ? null : ResearchWindows.Of(bars);
        return new DatasetVersion
        {
            Id = bars.ContentHash,
            Symbol = bars.Symbol,
            Timeframe = bars.Timeframe.Name,
            Bars = bars.Count,
            FirstTime = Time(bars.Times[0]),
            LastTime = Time(bars.Times[^1]),
            SealedFrom = Time(windows?.Sealed.StartTime ?? bars.AvailableAt(bars.Count - 1)),
            UnsealedBars = windows?.Sealed.Start ?? bars.Count,
            Windows = windows is null ? [] : [.. windows.All.Select(w => new DataWindow(w.Name, Time(w.StartTime), Time(w.EndTime), w.Count))],
            Synthetic = loaded.Synthetic,
            Calendar = bars.Calendar.Name,
            PublicationLagHours = bars.PublicationLagHours,
            External = loaded.External,
            Source = loaded.Source,
            Findings = Summaries(loaded.Findings),
            CreatedAt = now,
        };
    }

    public static IReadOnlyList<DataFindingSummary> Summaries(IReadOnlyList<DataFinding> findings)
        => [.. findings.GroupBy(f => (f.Code, f.Severity)).OrderBy(g => g.Key.Code, StringComparer.Ordinal).Select(Summarise)];

    public static GapReport Gaps(BarSeries bars, int listed)
    {
        var coverage = BarCoverage.Of(bars);
        return GapReport.Of(
            (bars.Symbol, bars.Timeframe.Name), (bars.Calendar.Name, bars.Calendar.Summary), bars.Times, coverage.Share,
            coverage.Gaps.Select(g => (g.Kind, DataGap.Of(g.From, g.To, g.MissingBars))), GapKind.Unexpected, listed);
    }

    private static DataFindingSummary Summarise(IGrouping<(string Code, FindingSeverity Severity), DataFinding> group)
        => new(group.Key.Code, KtrdrJson.Word(group.Key.Severity), group.Sum(f => f.Count), [.. group.Take(Examples).Select(f => f.Message)]);

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
