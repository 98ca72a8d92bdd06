using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Operations;

/// <summary>What workers report of their attempts. Every report may be repeated: a worker that got no answer sends it again.</summary>
internal sealed class AttemptReports(KtrdrDatabase database, OperationStore store, OperationTransitions transitions, OperationService service, Leases leases)
{
    /// <summary>Saved states that are kept per operation.</summary>
    private const int KeptCheckpoints = 2;

    private const int LongestReason = 1000;

    /// <param name="id">The operation.</param>
    /// <param name="attempt">Its fencing token.</param>
    /// <param name="report">Null from a worker that was built before there was anything to report.</param>
    /// <param name="cancellationToken">Of the request.</param>
    public Task StartedAsync(string id, int attempt, StartedReport? report, CancellationToken cancellationToken)
        => report?.BeginsAnew is { Length: > LongestReason } reason
            ? throw ApiException.Invalid("begins_anew", $"{reason.Length} characters", $"at most {LongestReason}")
            : MoveAsync(new OperationMove(id, OperationTrigger.Started) { Attempt = attempt, Note = report?.BeginsAnew, BeginsAnew = report?.BeginsAnew }, cancellationToken);

    public Task ReleasedAsync(string id, int attempt, ReleaseReport report, CancellationToken cancellationToken)
        => MoveAsync(new OperationMove(id, OperationTrigger.Released) { Attempt = attempt, Note = report.Reason }, cancellationToken);

    public Task CancelledAsync(string id, int attempt, CancelledReport report, CancellationToken cancellationToken)
        => MoveAsync(new OperationMove(id, OperationTrigger.CancelConfirmed) { Attempt = attempt, Note = report.Reason }, cancellationToken);

    public Task FailedAsync(string id, int attempt, OperationFailure failure, CancellationToken cancellationToken)
        => MoveAsync(new OperationMove(id, OperationTrigger.Failure) { Attempt = attempt, Failure = failure, Note = failure.Code }, cancellationToken);

    /// <summary>Progress and metrics stand together: points of an attempt that was superseded in between never follow those of the next.</summary>
    public Task ProgressAsync(string id, int attempt, ProgressReport report, CancellationToken cancellationToken)
        => database.InTransactionAsync(
            async () =>
            {
                var updated = await database.Database.ExecuteSqlRawAsync(
                    """
                    update operations set progress = @progress, lease_expires_at = now() + @lease
                    where id = @id and attempt = @attempt and status in ('running', 'cancelling')
                    """,
                    [
                        new NpgsqlParameter("progress", NpgsqlDbType.Jsonb) { Value = Json.Write(report.Progress) },
                        new NpgsqlParameter("lease", NpgsqlDbType.Interval) { Value = leases.Running },
                        new NpgsqlParameter("id", id),
                        new NpgsqlParameter("attempt", attempt),
                    ],
                    cancellationToken);
                if (updated == 0)
                {
                    throw await transitions.RefusalAsync(new OperationMove(id, OperationTrigger.Released) { Attempt = attempt }, cancellationToken);
                }

                await store.AddMetricsAsync(id, report.Metrics, cancellationToken);
            },
            cancellationToken);

    /// <summary>Remembers where an attempt can be resumed. The bytes must be here already: the row never points at nothing.</summary>
    public Task CheckpointAsync(string id, int attempt, CheckpointReference checkpoint, CancellationToken cancellationToken)
        => database.InTransactionAsync(
            async () =>
            {
                if (checkpoint.EngineBuild is { Length: > ResultCommit.LongestBuild } build)
                {
                    throw ApiException.Invalid("engine_build", $"{build.Length} characters", $"at most {ResultCommit.LongestBuild}");
                }

                var kept = checkpoint with { Attempt = attempt, SavedAt = DateTimeOffset.UtcNow };
                if (await database.Database.SqlQuery<int>($"select 1 as \"Value\" from artifacts where sha256 = {checkpoint.Sha256} for share").CountAsync(cancellationToken) == 0)
                {
                    throw ApiException.Invalid("sha256", checkpoint.Sha256, "the hash of an artifact that was put before");
                }

                var updated = await database.Database.ExecuteSqlRawAsync(
                    """
                    update operations set checkpoint = @checkpoint
                    where id = @id and attempt = @attempt and status in ('dispatched', 'running', 'cancelling', 'queued')
                    """,
                    [
                        new NpgsqlParameter("checkpoint", NpgsqlDbType.Jsonb) { Value = Json.Write(kept) },
                        new NpgsqlParameter("id", id),
                        new NpgsqlParameter("attempt", attempt),
                    ],
                    cancellationToken);
                if (updated == 0)
                {
                    throw await transitions.RefusalAsync(new OperationMove(id, OperationTrigger.Released) { Attempt = attempt }, cancellationToken);
                }

                await database.Database.ExecuteSqlAsync($"""
                    insert into checkpoints (operation_id, attempt, sha256, kind, step) values ({id}, {attempt}, {kept.Sha256}, {kept.Kind}, {kept.Step});
                    delete from checkpoints where operation_id = {id} and id not in (select id from checkpoints where operation_id = {id} order by id desc limit {KeptCheckpoints});
                    """, cancellationToken);
            },
            cancellationToken);

    private async Task MoveAsync(OperationMove move, CancellationToken cancellationToken)
    {
        if (await service.FinishAsync(move, cancellationToken) is not null)
        {
            return;
        }

        var current = await store.FindAsync(move.OperationId, cancellationToken);
        var repeated = current is not null && current.Attempt == move.Attempt && OperationStateMachine.Of(move.Trigger).Any(s => s.To == current.Status);
        if (!repeated)
        {
            throw await transitions.RefusalAsync(move, cancellationToken);
        }
    }
}
