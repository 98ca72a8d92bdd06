using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.MarketData;

/// <summary>Stored dataset versions and the bars that the latest of each symbol and timeframe serves.</summary>
internal sealed class DatasetStore(KtrdrDatabase database)
{
    public async Task<IReadOnlyList<DatasetVersion>> ListAsync(string? symbol, string? timeframe, CancellationToken cancellationToken)
    {
        var query = database.Datasets.AsQueryable();
        query = symbol is null ? query : query.Where(d => d.Symbol == symbol);
        query = timeframe is null ? query : query.Where(d => d.Timeframe == timeframe);
        var documents = await query.OrderByDescending(d => d.LatestAt).Take(1_000).Select(d => d.Document).ToListAsync(cancellationToken);
        return [.. documents.Select(Json.Read<DatasetVersion>)];
    }

    /// <param name="id">Whole or short.</param>
    /// <param name="cancellationToken">Of the request.</param>
    public async Task<DatasetRow?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var isShort = ShortHash.Is(id);
        var found = await database.Datasets.Where(d => d.Id == id || (isShort && d.Id.StartsWith(id))).Take(2).ToListAsync(cancellationToken);
        return found.Count == 1 ? found[0] : null;
    }

    public async Task<DatasetVersion> RequireAsync(string id, CancellationToken cancellationToken)
        => await FindAsync(id, cancellationToken) is { } row ? Json.Read<DatasetVersion>(row.Document) : throw ApiException.NotFound("dataset", id);

    /// <param name="symbol">Of the bars.</param>
    /// <param name="timeframe">Null where any will do.</param>
    /// <param name="cancellationToken">Of the request.</param>
    public Task<DatasetRow?> FindLatestAsync(string symbol, string? timeframe, CancellationToken cancellationToken)
        => database.Datasets.Where(d => d.Symbol == symbol && (timeframe == null || d.Timeframe == timeframe)).OrderByDescending(d => d.LatestAt).FirstOrDefaultAsync(cancellationToken);

    /// <summary>A named version, or the latest of symbol and timeframe.</summary>
    public async Task<DatasetRow> ResolveAsync(string? version, string symbol, string timeframe, CancellationToken cancellationToken)
    {
        if (version is not null)
        {
            return await FindAsync(version, cancellationToken) ?? throw ApiException.NotFound("dataset", version);
        }

        if (!Timeframe.TryParse(timeframe, out _))
        {
            throw ApiException.Invalid("timeframe", timeframe, string.Join(", ", Timeframe.All.Select(t => t.Name)));
        }

        return await FindLatestAsync(symbol, timeframe, cancellationToken)
            ?? throw new ApiException(404, Contracts.ErrorCodes.NotFound, $"there is no data for {ApiException.Shown(symbol)} {ApiException.Shown(timeframe)}; 'ktrdr data import' or 'ktrdr data generate' makes some") { Field = "symbol" };
    }

    public async Task<IReadOnlyList<SymbolSummary>> ListSymbolsAsync(CancellationToken cancellationToken)
    {
        var rows = await database.Datasets.Select(d => new { d.Symbol, d.Timeframe, d.Synthetic }).Distinct().ToListAsync(cancellationToken);
        var order = Timeframe.All.Select((t, i) => (t.Name, i)).ToDictionary(t => t.Name, t => t.i);
        return [.. rows.GroupBy(r => r.Symbol).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
            new SymbolSummary(g.Key, [.. g.Select(r => r.Timeframe).Distinct().OrderBy(t => order.GetValueOrDefault(t, 99))], g.Any(r => r.Synthetic)))];
    }

    /// <summary>Stores a version, or makes a known one the latest again, and replaces the bars that the table serves.</summary>
    public async Task SaveAsync(DatasetRow row, BarSeries bars, CancellationToken cancellationToken)
    {
        await database.Database.ExecuteSqlRawAsync(
            """
            insert into dataset_versions (id, symbol, timeframe, synthetic, family, bars_sha256, unsealed_sha256, unsealed_id, document, days, closes)
            values (@id, @symbol, @timeframe, @synthetic, @family, @bars, @unsealed, @unsealed_id, @document, @days, @closes)
            on conflict (id) do update set latest_at = clock_timestamp()
            """,
            [
                new NpgsqlParameter("id", row.Id), new NpgsqlParameter("symbol", row.Symbol), new NpgsqlParameter("timeframe", row.Timeframe),
                new NpgsqlParameter("synthetic", row.Synthetic), new NpgsqlParameter("family", row.Family), new NpgsqlParameter("bars", row.BarsSha256),
                new NpgsqlParameter("unsealed", row.UnsealedSha256), new NpgsqlParameter("unsealed_id", row.UnsealedId),
                new NpgsqlParameter("document", NpgsqlDbType.Jsonb) { Value = row.Document },
                new NpgsqlParameter("days", row.Days), new NpgsqlParameter("closes", row.Closes),
            ],
            cancellationToken);
        await database.Database.ExecuteSqlAsync($"delete from bars where symbol = {row.Symbol} and timeframe = {row.Timeframe}", cancellationToken);
        await CopyBarsAsync(bars, cancellationToken);
    }

    /// <summary>The daily closes of every version, oldest first, with the family of each.</summary>
    public async Task<IReadOnlyList<(string Family, DailyCloses Closes)>> ListDailyClosesAsync(CancellationToken cancellationToken)
        => [.. (await database.Datasets.OrderBy(d => d.CreatedAt).Select(d => new { d.Family, d.Days, d.Closes }).ToListAsync(cancellationToken)).Select(d => (d.Family, new DailyCloses(d.Days, d.Closes)))];

    /// <summary>Bars of the latest version before <paramref name="sealedFrom"/>, from the bars table.</summary>
    public async Task<IReadOnlyList<BarRow>> ReadAsync(string symbol, string timeframe, DateTimeOffset? start, DateTimeOffset? end, DateTimeOffset sealedFrom, int limit, CancellationToken cancellationToken)
    {
        var until = end is { } asked && asked < sealedFrom ? asked : sealedFrom;
        var query = database.Bars.Where(b => b.Symbol == symbol && b.Timeframe == timeframe && b.Time < until);
        query = start is null ? query : query.Where(b => b.Time >= start);
        return await query.OrderBy(b => b.Time).Take(limit).ToListAsync(cancellationToken);
    }

    private async Task CopyBarsAsync(BarSeries bars, CancellationToken cancellationToken)
    {
        // COPY needs the connection itself; the context's open transaction covers it.
        var connection = (NpgsqlConnection)database.Database.GetDbConnection();
        await using var writer = await connection.BeginBinaryImportAsync("copy bars (symbol, timeframe, time, open, high, low, close, volume) from stdin (format binary)", cancellationToken);
        for (var i = 0; i < bars.Count; i++)
        {
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync(bars.Symbol, NpgsqlDbType.Text, cancellationToken);
            await writer.WriteAsync(bars.Timeframe.Name, NpgsqlDbType.Text, cancellationToken);
            await writer.WriteAsync(DateTimeOffset.FromUnixTimeMilliseconds(bars.Times[i]).UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
            await writer.WriteAsync(bars.Open[i], NpgsqlDbType.Double, cancellationToken);
            await writer.WriteAsync(bars.High[i], NpgsqlDbType.Double, cancellationToken);
            await writer.WriteAsync(bars.Low[i], NpgsqlDbType.Double, cancellationToken);
            await writer.WriteAsync(bars.Close[i], NpgsqlDbType.Double, cancellationToken);
            if (double.IsNaN(bars.Volume[i]))
            {
                await writer.WriteNullAsync(cancellationToken);
            }
            else
            {
                await writer.WriteAsync(bars.Volume[i], NpgsqlDbType.Double, cancellationToken);
            }
        }

        await writer.CompleteAsync(cancellationToken);
    }
}
