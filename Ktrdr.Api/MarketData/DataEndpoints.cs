using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;
using Microsoft.Net.Http.Headers;

namespace Ktrdr.Api.MarketData;

/// <summary>Datasets and bars. No route here reaches a sealed bar.</summary>
internal static class DataEndpoints
{
    private const int LargestAnswer = 100_000;
    private const int UsualAnswer = 1_000;

    private static readonly string[] Formats = ["json", "csv", "binary"];

    public static void MapData(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1").WithTags("data");
        group.MapGet("/symbols", (DatasetStore store, CancellationToken ct) => store.ListSymbolsAsync(ct)).Requires(Access.Read);
        group.MapGet("/timeframes", () => Timeframe.All.Select(t => t.Name)).Requires(Access.Read);
        group.MapGet("/datasets", (string? symbol, string? timeframe, DatasetStore store, CancellationToken ct) => store.ListAsync(symbol, timeframe, ct)).Requires(Access.Read);
        group.MapGet("/datasets/{id}", (string id, DatasetStore store, CancellationToken ct) => store.RequireAsync(id, ct)).Requires(Access.Read);
        group.MapGet("/data/{symbol}/{timeframe}", GetBarsAsync).Produces<BarColumns>().Requires(Access.Read);
        group.MapGet("/data/{symbol}/{timeframe}/versions", (string symbol, string timeframe, DatasetStore store, CancellationToken ct) => store.ListAsync(symbol, timeframe, ct)).Requires(Access.Read);
        group.MapGet("/data/{symbol}/{timeframe}/gaps", GapEndpoint.GetAsync).Requires(Access.Read);
        group.MapPost("/data/import", DataLoads.ImportAsync).Requires(Access.Research);
        group.MapPost("/data/check", DataLoads.CheckAsync).Requires(Access.Research);
        group.MapPost("/data/generate", DataLoads.GenerateAsync).Requires(Access.Research);
    }

    private static async Task<IResult> GetBarsAsync(
        string symbol, string timeframe, string? format, string? version, DateTimeOffset? start, DateTimeOffset? end, int? limit,
        HttpContext context, DatasetStore store, ArtifactStore artifacts, CancellationToken cancellationToken)
    {
        var row = await store.ResolveAsync(version, symbol, timeframe, cancellationToken);
        if (row.Symbol != symbol || row.Timeframe != timeframe)
        {
            throw ApiException.Invalid("version", version, $"a dataset of {symbol} {timeframe}; this one is {row.Symbol} {row.Timeframe}");
        }

        if (format is not null && !Formats.Contains(format))
        {
            throw ApiException.Invalid("format", format, string.Join(", ", Formats));
        }

        if (format == "binary")
        {
            return Results.File(artifacts.PathOf(row.UnsealedSha256), "application/octet-stream", entityTag: new EntityTagHeaderValue($"\"{row.UnsealedId}\""));
        }

        var (from, until) = (start?.ToUniversalTime(), end?.ToUniversalTime());
        if (from >= until)
        {
            throw ApiException.Invalid("end", until, "a time after start");
        }

        var dataset = Json.Read<DatasetVersion>(row.Document);
        if (from >= dataset.SealedFrom)
        {
            var allowed = $"before {ApiException.Shown(dataset.SealedFrom)}";
            throw new ApiException(403, ErrorCodes.Sealed, $"start = {ApiException.Shown(from)} is sealed: bars of this dataset are served {allowed}") { Field = "start", Allowed = allowed };
        }

        var most = Paging.Limit(limit, UsualAnswer, LargestAnswer);
        var latest = await store.FindLatestAsync(symbol, timeframe, cancellationToken);
        var columns = latest!.Id == row.Id
            ? BarTables.ToColumns(await store.ReadAsync(symbol, timeframe, from, until, dataset.SealedFrom, most, cancellationToken))
            : BarTables.ToColumns(BarSeries.FromBytes(await File.ReadAllBytesAsync(artifacts.PathOf(row.UnsealedSha256), cancellationToken)), from, until, most);
        context.Response.Headers.ETag = $"\"{row.UnsealedId}\"";
        return format == "csv" ? Results.Text(BarTables.ToCsv(columns), "text/csv") : Results.Json(columns, KtrdrJson.Options);
    }
}
