using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Api.MarketData;

/// <summary>Stores a loaded dataset. Its identity, windows and seal are computed here from the bars themselves, not taken from the worker's word.</summary>
internal sealed class DataLoadResultHandler(KtrdrDatabase database, DatasetStore datasets, ArtifactStore artifacts) : IResultHandler
{
    public string Type => OperationTypes.DataLoad;

    public async Task<JsonElement> CommitAsync(OperationRow operation, ResultReport report, CancellationToken cancellationToken)
    {
        var loaded = KtrdrJson.Read<DataLoadResult>(report.Result);
        var request = Json.Read<DataLoadRequest>(operation.Request);
        if (await artifacts.FindAsync(loaded.BarsSha256, cancellationToken) is null)
        {
            throw ArtifactStore.Gone("bars_sha256", loaded.BarsSha256);
        }

        var bars = BarSeries.FromBytes(await File.ReadAllBytesAsync(artifacts.PathOf(loaded.BarsSha256), cancellationToken));
        var dataset = Describe(bars, loaded.Dataset, request);
        var unsealed = bars.Slice(0, dataset.UnsealedBars);
        var closes = DailyCloses.Of(bars);

        // One at a time, so that two loads of one market end in one family.
        await database.LockAsync(AdvisoryLocks.Datasets, cancellationToken);
        await artifacts.HoldAsync("bars_sha256", loaded.BarsSha256, cancellationToken);
        var family = (await datasets.ListDailyClosesAsync(cancellationToken)).Where(d => d.Closes.Overlaps(closes)).Select(d => d.Family).FirstOrDefault() ?? dataset.Id;
        var row = new DatasetRow
        {
            Id = dataset.Id,
            Symbol = dataset.Symbol,
            Timeframe = dataset.Timeframe,
            Synthetic = dataset.Synthetic,
            Family = family,
            BarsSha256 = loaded.BarsSha256,
            UnsealedSha256 = await artifacts.PutAsync(unsealed.ToBytes(), cancellationToken),
            UnsealedId = unsealed.ContentHash,
            Document = Json.Write(dataset),
            Days = closes.Days,
            Closes = closes.Closes,
        };
        await datasets.SaveAsync(row, bars, cancellationToken);
        await artifacts.SealAsync(loaded.BarsSha256, cancellationToken);
        if (request.Import is { } import)
        {
            await artifacts.SealAsync(import.Sha256, cancellationToken);
        }

        return KtrdrJson.ToElement(loaded with { Dataset = await datasets.RequireAsync(dataset.Id, cancellationToken) });
    }

    private static DatasetVersion Describe(BarSeries bars, DatasetVersion said, DataLoadRequest request)
    {
        var isExternal = request.Import?.Provider is "fred" or "cftc_cot";
        var windows = isExternal ? null : ResearchWindows.Of(bars);
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
            Synthetic = request.Generate is not null,
            Calendar = bars.Calendar.Name,
            PublicationLagHours = bars.PublicationLagHours,
            External = isExternal,
            Source = said.Source,
            Findings = said.Findings,
            CreatedAt = DateTimeOffset.UtcNow,
        };
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
