using Ktrdr.Api.Persistence;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Operations;

/// <summary>An operation that was given to a worker's slot.</summary>
internal sealed record Claim(OperationRow Operation, WorkerAddress Worker);

/// <summary>Claims free slots and the best queued operations for them, in one transaction without waiting for anybody.</summary>
internal sealed class ClaimStore(KtrdrDatabase database, Leases leases)
{
    public const int BatchSize = 32;

    /// <summary>More than the slots, because some operations may not fit the slots that are free.</summary>
    private const int Considered = 4 * BatchSize;

    public async Task<IReadOnlyList<Claim>> ClaimAsync(string kind, CancellationToken cancellationToken)
    {
        // The usual case costs one small query and no lock.
        if (!await database.Operations.AnyAsync(o => o.Status == OperationStatus.Queued && o.Kind == kind, cancellationToken))
        {
            return [];
        }

        return await database.InTransactionAsync(() => ClaimLockedAsync(kind, cancellationToken), cancellationToken);
    }

    /// <summary>Leaves a worker alone for a while.</summary>
    public Task PauseAsync(string workerId, TimeSpan pause, CancellationToken cancellationToken)
        => database.Database.ExecuteSqlAsync($"update worker_slots set not_before = greatest(not_before, now() + {pause}) where worker_id = {workerId}", cancellationToken);

    private async Task<IReadOnlyList<Claim>> ClaimLockedAsync(string kind, CancellationToken cancellationToken)
    {
        if (kind == WorkerKinds.Agent)
        {
            // How many research operations a worker runs is counted over slots that another replica could claim meanwhile.
            await database.LockAsync(AdvisoryLocks.AgentClaims, cancellationToken);
        }

        var slots = await FreeSlotsAsync(kind, cancellationToken);
        if (slots.Count == 0)
        {
            return [];
        }

        var backends = slots.SelectMany(s => s.Backends).Distinct().ToArray();
        var anyGpu = slots.Any(s => s.Free.Gpu);
        var queue = await database.Operations.FromSql($"""
            select * from operations
            where status = 'queued' and kind = {kind} and backend = any({backends}) and (gpu <> 'required' or {anyGpu})
            order by priority desc, vtime, id limit {Considered} for update skip locked
            """).ToListAsync(cancellationToken);
        var assignments = SlotChoice.Assign([.. slots.Select(s => s.Free)], [.. queue.Select(o => new QueuedOperation(o.Id, o.Type, o.Backend, o.Gpu, o.Checkpoint is null ? null : Json.Read<CheckpointReference>(o.Checkpoint).EngineBuild))]);
        if (assignments.Count == 0)
        {
            return [];
        }

        var workers = slots.GroupBy(s => s.Address.WorkerId).ToDictionary(g => g.Key, g => g.First().Address);
        var moved = await AssignAsync(assignments, cancellationToken);
        return [.. moved.Select(o => new Claim(o, workers[o.WorkerId!]))];
    }

    private async Task<List<(FreeSlot Free, WorkerAddress Address, IReadOnlyList<string> Backends)>> FreeSlotsAsync(string kind, CancellationToken cancellationToken)
    {
        var rows = await database.Database.SqlQuery<SlotRow>($"""
            select s.worker_id as "WorkerId", s.slot as "Slot", s.last_used_at as "LastUsedAt", w.endpoint_url as "EndpointUrl", w.nonce as "Nonce",
                w.slots as "Slots", w.capabilities::text as "Capabilities",
                (select count(*)::int from worker_slots r join operations o on o.id = r.operation_id
                    where r.worker_id = s.worker_id and o.type = 'agent_research') as "Research"
            from worker_slots s join workers w on w.worker_id = s.worker_id
            where s.operation_id is null and s.slot < w.slots and s.not_before <= now() and {kind} = any(w.kinds) and not w.draining
                and w.last_seen_at > now() - {leases.WorkerSilent}
            order by s.last_used_at, s.worker_id, s.slot
            limit {BatchSize} for update of s skip locked
            """).ToListAsync(cancellationToken);
        return [.. rows.Select(r =>
        {
            var capabilities = Json.Read<WorkerCapabilities>(r.Capabilities);
            var free = new FreeSlot(r.WorkerId, r.Slot, capabilities.Gpu, capabilities.Backends, r.LastUsedAt, r.Research, r.Slots, capabilities.EngineVersion);
            return (free, new WorkerAddress(r.WorkerId, r.EndpointUrl, r.Nonce), capabilities.Backends);
        })];
    }

    private async Task<List<OperationRow>> AssignAsync(IReadOnlyList<SlotAssignment> assignments, CancellationToken cancellationToken)
    {
        // The statuses are those of the state machine's step Claimed.
        var step = OperationStateMachine.Of(OperationTrigger.Claimed).Single();
        var sql = $"""
            with chosen as (
                select * from unnest(@operations, @workers, @slots) as c (operation_id, chosen_worker, slot)),
            moved as (
                update operations o set status = '{StatusNames.Of(step.To)}', attempt = o.attempt + 1, worker_id = c.chosen_worker, lease_expires_at = now() + @lease
                from chosen c
                where o.id = c.operation_id and o.status = '{StatusNames.Of(step.From)}'
                returning o.*),
            taken as (
                update worker_slots s set operation_id = m.id, attempt = m.attempt, last_used_at = clock_timestamp()
                from moved m join chosen c on c.operation_id = m.id
                where s.worker_id = c.chosen_worker and s.slot = c.slot),
            event as (
                insert into operation_events (operation_id, event, from_status, to_status, attempt, worker_id)
                select m.id, '{OperationStateMachine.EventOf(step.Trigger)}', '{StatusNames.Of(step.From)}', m.status, m.attempt, m.worker_id from moved m)
            select * from moved
            """;
        return await database.Operations.FromSqlRaw(
            sql,
            new NpgsqlParameter("operations", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = assignments.Select(a => a.OperationId).ToArray() },
            new NpgsqlParameter("workers", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = assignments.Select(a => a.WorkerId).ToArray() },
            new NpgsqlParameter("slots", NpgsqlDbType.Array | NpgsqlDbType.Integer) { Value = assignments.Select(a => a.Slot).ToArray() },
            new NpgsqlParameter("lease", NpgsqlDbType.Interval) { Value = leases.Dispatched }).ToListAsync(cancellationToken);
    }

    private sealed record SlotRow(string WorkerId, int Slot, DateTimeOffset LastUsedAt, string EndpointUrl, string Nonce, int Slots, string Capabilities, int Research);
}
