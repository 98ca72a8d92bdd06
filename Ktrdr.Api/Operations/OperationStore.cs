using System.Data;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Operations;

/// <summary>Reads and inserts operations, events, metrics and checkpoints.</summary>
internal sealed class OperationStore(KtrdrDatabase database)
{
    public Task<OperationRow?> FindAsync(string id, CancellationToken cancellationToken)
        => database.Operations.SingleOrDefaultAsync(o => o.Id == id, cancellationToken);

    public async Task<OperationRow> RequireAsync(string id, CancellationToken cancellationToken)
        => await FindAsync(id, cancellationToken) ?? throw ApiException.NotFound("operation", id);

    public Task<ResultRow?> FindResultAsync(string id, CancellationToken cancellationToken)
        => database.Results.SingleOrDefaultAsync(r => r.OperationId == id, cancellationToken);

    /// <summary>Inserts a queued operation and its first event. Its virtual time is its campaign's: at least now, plus a share for each that was queued before.</summary>
    public async Task InsertAsync(OperationRow row, CancellationToken cancellationToken)
    {
        const string sql = """
            with turn as (
                update campaigns set vtime = greatest(vtime, (extract(epoch from clock_timestamp()) * 1000)::bigint) + 100
                where id = @campaign_id returning vtime),
            inserted as (
                insert into operations (
                    id, type, kind, parent_id, campaign_id, priority, vtime, status, backend, gpu, request, trace_id, trace_parent, actor,
                    purpose, experiment_id, strategy_hash, dataset, data_window, seed, reproduces)
                values (
                    @id, @type, @kind, @parent_id, @campaign_id, @priority,
                    coalesce((select vtime from turn), (extract(epoch from clock_timestamp()) * 1000)::bigint),
                    'queued', @backend, @gpu, @request, @trace_id, @trace_parent, @actor,
                    @purpose, @experiment_id, @strategy_hash, @dataset, @data_window, @seed, @reproduces)
                returning id)
            insert into operation_events (operation_id, event, to_status, attempt, note)
            select id, 'accepted', 'queued', 0, null from inserted
            """;
        await database.Database.ExecuteSqlRawAsync(
            sql,
            [
                Text("id", row.Id), Text("type", row.Type), Text("kind", row.Kind), Text("parent_id", row.ParentId), Text("campaign_id", row.CampaignId),
                new NpgsqlParameter("priority", row.Priority), Text("backend", row.Backend), Text("gpu", row.Gpu),
                new NpgsqlParameter("request", NpgsqlDbType.Jsonb) { Value = row.Request },
                Text("trace_id", row.TraceId), Text("trace_parent", row.TraceParent), Text("actor", row.Actor), Text("purpose", row.Purpose),
                Text("experiment_id", row.ExperimentId), Text("strategy_hash", row.StrategyHash), Text("dataset", row.Dataset), Text("data_window", row.DataWindow),
                new NpgsqlParameter("seed", NpgsqlDbType.Bigint) { Value = (object?)row.Seed ?? DBNull.Value }, Text("reproduces", row.Reproduces),
            ],
            cancellationToken);
    }

    public async Task<Page<Operation>> ListAsync(
        OperationStatus? status, string? type, string? campaignId, DateTimeOffset? since, string? after, int limit, CancellationToken cancellationToken)
    {
        var query = database.Operations.AsQueryable();
        query = status is null ? query : query.Where(o => o.Status == status);
        query = type is null ? query : query.Where(o => o.Type == type);
        query = campaignId is null ? query : query.Where(o => o.CampaignId == campaignId);
        query = since is null ? query : query.Where(o => o.CreatedAt >= since);
        query = after is null ? query : query.Where(o => string.Compare(o.Id, after) < 0);

        // Newest first: ids sort by the time of acceptance.
        var rows = await query.OrderByDescending(o => o.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var page = rows.Take(limit).Select(r => OperationMapping.ToOperation(r)).ToList();
        return new Page<Operation>(page, rows.Count > limit ? page[^1].Id : null);
    }

    public async Task<IReadOnlyList<Operation>> ListChildrenAsync(string id, CancellationToken cancellationToken)
        => [.. (await database.Operations.Where(o => o.ParentId == id).OrderBy(o => o.Id).Take(10_000).ToListAsync(cancellationToken)).Select(r => OperationMapping.ToOperation(r))];

    public async Task<IReadOnlyList<OperationEvent>> ListEventsAsync(string id, CancellationToken cancellationToken)
        => [.. (await database.OperationEvents.Where(e => e.OperationId == id).OrderBy(e => e.Sequence).ToListAsync(cancellationToken)).Select(e =>
            new OperationEvent(e.Sequence, e.At, e.Event, e.FromStatus, e.ToStatus, e.Attempt) { WorkerId = e.WorkerId, Note = e.Note })];

    public async Task<IReadOnlyList<OperationMetric>> ListMetricsAsync(string id, long? cursor, CancellationToken cancellationToken)
        => await database.OperationMetrics.Where(m => m.OperationId == id && m.Cursor > (cursor ?? 0)).OrderBy(m => m.Cursor).Take(10_000)
            .Select(m => new OperationMetric(m.Cursor, m.Name, m.Step, m.Value)).ToListAsync(cancellationToken);

    /// <summary>Adds metric points; a point that a resumed attempt computes again replaces the old one. Points that are not finite are left out.</summary>
    public async Task AddMetricsAsync(string id, IReadOnlyList<OperationMetric>? metrics, CancellationToken cancellationToken)
    {
        // One statement cannot touch a row twice, so the last of equal points wins here.
        var points = (metrics ?? []).Where(m => double.IsFinite(m.Value) && double.IsFinite(m.Step)).GroupBy(m => (m.Name, m.Step)).Select(g => g.Last()).ToList();
        if (points.Count == 0)
        {
            return;
        }

        await database.Database.ExecuteSqlAsync($"""
            insert into operation_metrics (operation_id, name, step, value)
            select {id}, n, s, v from unnest({points.Select(p => p.Name).ToArray()}, {points.Select(p => p.Step).ToArray()}, {points.Select(p => p.Value).ToArray()}) as p (n, s, v)
            on conflict (operation_id, name, step) do update set value = excluded.value, cursor = default
            """, cancellationToken);
    }

    /// <summary>An attempt starts from zero: nothing of what was computed before it stays with the operation.</summary>
    public Task BeginAnewAsync(string id, string reason, CancellationToken cancellationToken) => database.Database.ExecuteSqlAsync($"""
        update operations set checkpoint = null, loss_checkpoint = null, progress = null, began_anew = {reason} where id = {id};
        delete from checkpoints where operation_id = {id};
        delete from operation_metrics where operation_id = {id};
        """, cancellationToken);

    /// <summary>Place in the queue of its kind, from 1.</summary>
    public async Task<int> QueuePositionAsync(OperationRow row, CancellationToken cancellationToken)
    {
        var before = await database.Operations.CountAsync(
            o => o.Status == OperationStatus.Queued && o.Kind == row.Kind
                && (o.Priority > row.Priority || (o.Priority == row.Priority && (o.Vtime < row.Vtime || (o.Vtime == row.Vtime && string.Compare(o.Id, row.Id) < 0)))),
            cancellationToken);
        return before + 1;
    }

    private static NpgsqlParameter Text(string name, string? value) => new(name, NpgsqlDbType.Text) { Value = (object?)value ?? DBNull.Value, Direction = ParameterDirection.Input };
}
