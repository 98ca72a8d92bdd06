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
        return GapReport.Of(
            (symbol, timeframe), (bars.Calendar.Name, bars.Calendar.Summary), bars.Times, coverage.Share,
            coverage.Gaps.Select(g => (g.Kind, DataGap.Of(g.From, g.To, g.MissingBars))), GapKind.Unexpected, most);
    }
}
