using Ktrdr.Api.Operations;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Api.MarketData;

/// <summary>Gaps of the unsealed bars of a stored series.</summary>
internal static class GapEndpoint
{
    private const int UsualAnswer = 100;
    private const int LargestAnswer = 10_000;

    public static async Task<GapReport> GetAsync(
        string symbol, string timeframe, string? version, int? limit, DatasetStore store, ArtifactStore artifacts, CancellationToken cancellationToken)
    {
        var row = await store.ResolveAsync(version, symbol, timeframe, cancellationToken);
        if (row.Symbol != symbol || row.Timeframe != timeframe)
        {
            throw ApiException.Invalid("version", version, $"a dataset of {symbol} {timeframe}; this one is {row.Symbol} {row.Timeframe}");
        }

        var most = Paging.Limit(limit, UsualAnswer, LargestAnswer);
        var bars = BarSeries.FromBytes(await File.ReadAllBytesAsync(artifacts.PathOf(row.UnsealedSha256), cancellationToken));
        var coverage = BarCoverage.Of(bars);
        return new GapReport
        {
            Symbol = symbol,
            Timeframe = timeframe,
            Calendar = bars.Calendar.Name,
            CalendarSummary = bars.Calendar.Summary,
            Bars = bars.Count,
            FirstTime = Time(bars.Times[0]),
            LastTime = Time(bars.Times[^1]),
            MissingBars = coverage.MissingBars,
            Coverage = coverage.Share,
            Counts = [.. coverage.Gaps.GroupBy(g => g.Kind).OrderBy(g => g.Key).Select(g => new GapCount(g.Key.ToString().ToLowerInvariant(), g.Count(), g.Sum(gap => gap.MissingBars)))],
            Unexpected = [.. coverage.Gaps.Where(g => g.Kind == GapKind.Unexpected).Take(most).Select(g => new DataGap(Time(g.From), Time(g.To), g.MissingBars))],
        };
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
