using System.Collections.Concurrent;
using System.Text;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Operations;

/// <summary>One step of one operation with what it brings along.</summary>
internal sealed record OperationMove(string OperationId, OperationTrigger Trigger)
{
    /// <summary>The fencing token; null where the caller does not hold one (a client's cancel, resume, retry).</summary>
    public int? Attempt { get; init; }
    public string? Note { get; init; }
    public OperationFailure? Failure { get; init; }
    public string? CancelReason { get; init; }

    /// <summary>Why the attempt that starts does not go on from the checkpoint that is there.</summary>
    public string? BeginsAnew { get; init; }

    /// <summary>After a refusal: how long the slot is left alone.</summary>
    public TimeSpan SlotPause { get; init; }
}

/// <summary>Makes a step: one SQL statement guarded by the expected statuses and attempt, which also writes the event row and frees the slot.</summary>
internal sealed class OperationTransitions(KtrdrDatabase database, Leases leases)
{
    private static readonly ConcurrentDictionary<OperationTrigger, string> Statements = new();

    /// <summary>The row after the step, or null where the guard refused it.</summary>
    public async Task<OperationRow?> TryApplyAsync(OperationMove move, CancellationToken cancellationToken)
    {
        var sql = Statements.GetOrAdd(move.Trigger, Statement);
        var rows = await database.Operations.FromSqlRaw(
            sql,
            Text("id", move.OperationId),
            new NpgsqlParameter("attempt", NpgsqlDbType.Integer) { Value = (object?)move.Attempt ?? DBNull.Value },
            Text("note", move.Note),
            Text("cancel_reason", move.CancelReason),
            new NpgsqlParameter("failure", NpgsqlDbType.Jsonb) { Value = move.Failure is null ? DBNull.Value : Json.Write(move.Failure) },
            new NpgsqlParameter("running_lease", NpgsqlDbType.Interval) { Value = leases.Running },
            new NpgsqlParameter("slot_pause", NpgsqlDbType.Interval) { Value = move.SlotPause }).ToListAsync(cancellationToken);
        return rows.SingleOrDefault();
    }

    /// <exception cref="ApiException">404 for an unknown operation, 409 with the current state where the step is not allowed.</exception>
    public async Task<OperationRow> ApplyAsync(OperationMove move, CancellationToken cancellationToken)
        => await TryApplyAsync(move, cancellationToken) ?? throw await RefusalAsync(move, cancellationToken);

    public async Task<ApiException> RefusalAsync(OperationMove move, CancellationToken cancellationToken)
    {
        var current = await database.Operations.SingleOrDefaultAsync(o => o.Id == move.OperationId, cancellationToken);
        if (current is null)
        {
            return ApiException.NotFound("operation", move.OperationId);
        }

        var status = StatusNames.Of(current.Status);
        if (move.Attempt is { } attempt && attempt != current.Attempt)
        {
            return new ApiException(409, ErrorCodes.Superseded, $"attempt {attempt} of operation {current.Id} is superseded: it is {status} with attempt {current.Attempt}")
            {
                Field = "attempt",
                Allowed = $"{current.Attempt}",
            };
        }

        var allowed = string.Join(", ", OperationStateMachine.Of(move.Trigger).Select(s => StatusNames.Of(s.From)));
        return new ApiException(409, ErrorCodes.WrongState, $"operation {current.Id} is {status}; {OperationStateMachine.EventOf(move.Trigger)} is allowed when it is {allowed}")
        {
            Field = "status",
            Allowed = allowed,
        };
    }

    private static string Statement(OperationTrigger trigger)
    {
        var steps = OperationStateMachine.Of(trigger).ToList();
        var cases = new StringBuilder();
        foreach (var step in steps)
        {
            cases.Append($" when '{StatusNames.Of(step.From)}' then '{StatusNames.Of(step.To)}'");
        }

        var from = string.Join(", ", steps.Select(s => $"'{StatusNames.Of(s.From)}'"));

        // A new number at once: what workers of the attempts before it still say, such as a failure whose answer was lost, is not about this one.
        var fresh = trigger is OperationTrigger.Resume or OperationTrigger.Retry;
        return $"""
            with before as (
                select o.id, o.status as from_status, o.worker_id as from_worker, case o.status{cases} end as to_status
                from operations o
                where o.id = @id and o.status in ({from}) and (@attempt is null or o.attempt = @attempt)
                for no key update),
            moved as (
                update operations o set
                    status = b.to_status,
                    worker_id = case when b.to_status = 'queued' then null else o.worker_id end,
                    lease_expires_at = case b.to_status
                        when 'running' then {(trigger == OperationTrigger.PartBegun ? "null::timestamptz" : "now() + @running_lease")}
                        when 'cancelling' then coalesce(o.lease_expires_at, now())
                        else null end,
                    started_at = case when b.to_status = 'running' then coalesce(o.started_at, now()) else o.started_at end,
                    finished_at = case
                        when b.to_status in ('succeeded', 'failed', 'cancelled') then now()
                        when b.to_status = 'queued' then null
                        else o.finished_at end,
                    failure = {(fresh ? "null" : "coalesce(@failure, o.failure)")},
                    cancel_reason = {(fresh ? "null" : "coalesce(@cancel_reason, o.cancel_reason)")},
                    {(trigger == OperationTrigger.Retry ? "checkpoint = null, progress = null, began_anew = null," : "")}
                    {(fresh ? "losses = 0, loss_checkpoint = null," : trigger == OperationTrigger.LeaseExpired ? Losses : "")}
                    attempt = o.attempt{(fresh ? " + 1" : "")}
                from before b
                where o.id = b.id
                returning o.*),
            freed as (
                update worker_slots s set operation_id = null, attempt = null, not_before = greatest(s.not_before, now() + @slot_pause)
                from moved m
                where s.operation_id = m.id and m.status in ('queued', 'succeeded', 'failed', 'cancelled')),
            event as (
                insert into operation_events (operation_id, event, from_status, to_status, attempt, worker_id, note)
                select m.id, '{OperationStateMachine.EventOf(trigger)}', b.from_status, m.status, m.attempt, b.from_worker, coalesce(@note, @cancel_reason)
                from moved m join before b on b.id = m.id)
            select * from moved
            """;
    }

    // A loss counts unless a checkpoint moved since the last one.
    private const string Losses = """
        losses = case
            when b.from_status <> 'running' then o.losses
            when o.checkpoint ->> 'sha256' is distinct from o.loss_checkpoint then 0
            else o.losses + 1 end,
        loss_checkpoint = case when b.from_status = 'running' then o.checkpoint ->> 'sha256' else o.loss_checkpoint end,
        """;

    private static NpgsqlParameter Text(string name, string? value) => new(name, NpgsqlDbType.Text) { Value = (object?)value ?? DBNull.Value };
}
