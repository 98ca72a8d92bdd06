using Ktrdr.Api.Operations;
using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Npgsql;

namespace Ktrdr.Api.Observability;

/// <summary>Takes samples in one round trip. It remembers what cannot be asked cheaply each time: the ledger's totals so far, and when the progress of each running operation last moved.</summary>
internal sealed class LabReader(NpgsqlDataSource source, Leases leases, TimeProvider time)
{
    private const string Operations = """
        select type, kind, status, count(*) from operations
        where status in ('queued', 'dispatched', 'running', 'lost', 'cancelling') group by type, kind, status order by type, kind, status
        """;

    // A worker's refusal, or its silence after a claim, puts an operation back where it was: it has waited since before that. The oldest ids have waited longest, but for those that came back.
    private const string OldestQueued = """
        select k.kind, extract(epoch from max(clock_timestamp() - q.since))::float8
        from unnest(@kinds) as k (kind) cross join lateral (
            select coalesce((select max(e.at) from operation_events e where e.operation_id = o.id and e.to_status = 'queued' and e.from_status is distinct from 'dispatched'), o.created_at) as since
            from (select id, created_at from operations where status = 'queued' and kind = k.kind order by id limit 200) o) q
        group by k.kind order by k.kind
        """;

    private const string Running = """
        select id, attempt, type, campaign_id, coalesce(progress::text, '') from operations where status = 'running' and worker_id is not null order by id
        """;

    private const string Workers = """
        select w.worker_id, array_to_string(w.kinds, '-'), w.draining, extract(epoch from clock_timestamp() - w.last_seen_at)::float8, w.slots,
            (select count(*) from worker_slots s where s.worker_id = w.worker_id and s.operation_id is not null)
        from workers w order by w.worker_id
        """;

    private const string Campaigns = "select status, count(*) from campaigns group by status order by status";

    private const string CampaignIdle = """
        select c.id, extract(epoch from clock_timestamp() - greatest(
            c.created_at,
            (select max((e.document ->> 'updated_at')::timestamptz) from experiments e where e.campaign_id = c.id),
            (select max(greatest(o.created_at, o.started_at, o.finished_at)) from (select * from operations where campaign_id = c.id order by id desc limit 100) o)))::float8
        from campaigns c join operations d on d.id = c.document ->> 'research_operation_id'
        where c.status <> 'closed' and d.status in ('queued', 'dispatched', 'running', 'lost') order by c.id
        """;

    private const string Experiments = """
        select e.phase, count(*) from experiments e join campaigns c on c.id = e.campaign_id where c.status <> 'closed' group by e.phase order by e.phase
        """;

    private const string Verdicts = """
        select verdict_rank, count(*) from experiments group by verdict_rank order by verdict_rank
        """;

    private const string Ledger = "select purpose, outcome, count(*), max(sequence) from ledger where sequence > @after group by purpose, outcome";

    private const string Sizes = "select pg_database_size(current_database()), (select coalesce(sum(bytes), 0)::int8 from artifacts)";

    private readonly SortedDictionary<(string Purpose, string Outcome), long> _trials = [];
    private Dictionary<(string Id, int Attempt), (string Progress, long Since)> _progress = [];
    private long _ledgerEnd;

    /// <summary>Not to be called twice at a time.</summary>
    public async Task<LabSample> ReadAsync(CancellationToken cancellationToken)
    {
        await using var batch = source.CreateBatch();
        foreach (var sql in new[] { Operations, OldestQueued, Running, Workers, Campaigns, CampaignIdle, Experiments, Verdicts, Ledger, Sizes })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        }

        batch.BatchCommands[1].Parameters.AddWithValue("kinds", WorkerKinds.All.ToArray());
        batch.BatchCommands[8].Parameters.AddWithValue("after", _ledgerEnd);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        var operations = await RowsAsync(reader, r => (r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt64(3)), cancellationToken);
        var oldest = await NextAsync(reader, r => (r.GetString(0), r.GetDouble(1)), cancellationToken);
        var running = await NextAsync(
            reader, r => new RunningOperation(r.GetString(0), r.GetInt32(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3), r.GetString(4)), cancellationToken);
        var workers = await NextAsync(reader, WorkerOf, cancellationToken);
        var campaigns = await NextAsync(reader, r => (r.GetString(0), r.GetInt64(1)), cancellationToken);
        var idle = await NextAsync(reader, r => (Campaign: r.GetString(0), Seconds: r.GetDouble(1)), cancellationToken);
        var experiments = await NextAsync(reader, r => (r.GetString(0), r.GetInt64(1)), cancellationToken);
        var verdicts = await NextAsync(reader, r => (VerdictRank.Words[r.GetInt32(0)], r.GetInt64(1)), cancellationToken);
        var ledger = await NextAsync(reader, r => (r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3)), cancellationToken);
        var sizes = await NextAsync(reader, r => (Database: r.GetInt64(0), Artifacts: r.GetInt64(1)), cancellationToken);

        var silences = SilencesOf(running);
        return new LabSample
        {
            Operations = operations,
            OldestQueued = oldest,
            LongestSilence = [.. silences.GroupBy(s => s.Operation.Type, (type, of) => (type, of.Max(s => s.Seconds)))],
            Workers = workers,
            Campaigns = campaigns,
            CampaignIdle = [.. idle.Select(c => (c.Campaign, Math.Min(c.Seconds, SilenceWithin(c.Campaign))))],
            Experiments = experiments,
            Verdicts = verdicts,
            Trials = Totals(ledger),
            DatabaseBytes = sizes[0].Database,
            ArtifactBytes = sizes[0].Artifacts,
        };

        // What drives a campaign waits for the others; it moves when one of them does.
        double SilenceWithin(string campaign) => silences.Where(s => s.Operation.CampaignId == campaign).Select(s => s.Seconds).DefaultIfEmpty(double.PositiveInfinity).Min();
    }

    private List<(RunningOperation Operation, double Seconds)> SilencesOf(List<RunningOperation> running)
    {
        var now = time.GetTimestamp();
        var seen = new Dictionary<(string, int), (string, long)>();
        var silences = new List<(RunningOperation, double)>();
        foreach (var operation in running)
        {
            var key = (operation.Id, operation.Attempt);
            var since = _progress.TryGetValue(key, out var known) && known.Progress == operation.Progress ? known.Since : now;
            seen[key] = (operation.Progress, since);
            silences.Add((operation, time.GetElapsedTime(since, now).TotalSeconds));
        }

        _progress = seen;
        return silences;
    }

    private IReadOnlyList<(string Purpose, string Outcome, long Count)> Totals(List<(string Purpose, string Outcome, long Count, long Last)> added)
    {
        // Rows are appended under one lock, so none appears later below a sequence that was seen.
        foreach (var (purpose, outcome, count, last) in added)
        {
            _trials[(purpose, outcome)] = _trials.GetValueOrDefault((purpose, outcome)) + count;
            _ledgerEnd = Math.Max(_ledgerEnd, last);
        }

        return [.. _trials.Select(t => (t.Key.Purpose, t.Key.Outcome, t.Value))];
    }

    private WorkerSample WorkerOf(NpgsqlDataReader row)
    {
        var (age, slots, busy) = (row.GetDouble(3), row.GetInt32(4), (int)row.GetInt64(5));
        var status = age > leases.WorkerSilent.TotalSeconds ? WorkerStatus.Unavailable : row.GetBoolean(2) ? WorkerStatus.Draining : busy >= slots ? WorkerStatus.Busy : WorkerStatus.Available;
        return new WorkerSample(row.GetString(0), row.GetString(1), KtrdrJson.Word(status), age, slots, busy);
    }

    private static async Task<List<T>> NextAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        return await RowsAsync(reader, read, cancellationToken);
    }

    private static async Task<List<T>> RowsAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private sealed record RunningOperation(string Id, int Attempt, string Type, string? CampaignId, string Progress);
}
