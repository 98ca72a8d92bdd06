using System.Diagnostics;
using System.Text.Json;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>An operation about to be accepted.</summary>
internal sealed record NewOperation(string Type, JsonElement Request, string Actor)
{
    public string? ParentId { get; init; }
    public string? CampaignId { get; init; }
    public int Priority { get; init; }
    public string Backend { get; init; } = "simd";
    public string Gpu { get; init; } = SlotChoice.GpuForbidden;

    // What the ledger says of a run.
    public string? Purpose { get; init; }
    public string? ExperimentId { get; init; }
    public string? StrategyHash { get; init; }
    public string? Dataset { get; init; }
    public string? Window { get; init; }
    public long? Seed { get; init; }
    public string? Reproduces { get; init; }
}

/// <summary>Starts operations of every type the same way, and ends them: accept, cancel, resume, retry, loss.</summary>
internal sealed class OperationService(
    KtrdrDatabase database, OperationStore store, OperationTransitions transitions, OperationParts parts, LedgerStore ledger, OperationSignals signals, WorkerCancellation cancellation, Leases leases,
    IEnumerable<IRemainsHandler> remains)
{
    /// <summary>Queues the operation in the caller's transaction, or in one of its own.</summary>
    public async Task<OperationAccepted> AcceptAsync(NewOperation operation, CancellationToken cancellationToken)
    {
        if (operation.ParentId is not null && await store.FindAsync(operation.ParentId, cancellationToken) is null)
        {
            throw ApiException.NotFound("parent operation", operation.ParentId);
        }

        if (operation.CampaignId is not null && !await database.Campaigns.AnyAsync(c => c.Id == operation.CampaignId, cancellationToken))
        {
            throw ApiException.NotFound("campaign", operation.CampaignId);
        }

        var row = new OperationRow
        {
            Id = Ids.New("op"),
            Type = operation.Type,
            Kind = OperationTypes.WorkerKindOf(operation.Type),
            ParentId = operation.ParentId,
            CampaignId = operation.CampaignId,
            Priority = operation.Priority,
            Backend = operation.Backend,
            Gpu = operation.Gpu,
            Request = operation.Request.GetRawText(),
            TraceId = Activity.Current?.TraceId.ToHexString(),
            TraceParent = Activity.Current?.Id,
            Actor = operation.Actor,
            Purpose = operation.Purpose,
            ExperimentId = operation.ExperimentId,
            StrategyHash = operation.StrategyHash,
            Dataset = operation.Dataset,
            DataWindow = operation.Window,
            Seed = operation.Seed,
            Reproduces = operation.Reproduces,
        };
        await store.InsertAsync(row, cancellationToken);
        return new OperationAccepted(row.Id, OperationStatus.Queued);
    }

    /// <summary>Cancels the operation and everything that it started. A running one is told at once and again with the next heartbeat.</summary>
    public async Task<OperationRow> CancelAsync(string id, string? reason, CancellationToken cancellationToken)
    {
        if (reason is { Length: > 500 })
        {
            throw ApiException.Invalid("reason", $"{reason.Length} characters", "at most 500 characters");
        }

        var move = new OperationMove(id, OperationTrigger.Cancel) { CancelReason = reason ?? "cancelled by a client" };
        var row = await FinishAsync(move, cancellationToken);
        if (row is { Kind: OperationParts.Kind, Status: OperationStatus.Cancelling })
        {
            // No worker runs it, so none has to be waited for.
            row = await FinishAsync(new OperationMove(id, OperationTrigger.CancelConfirmed), cancellationToken) ?? row;
        }

        if (row is null)
        {
            var current = await store.RequireAsync(id, cancellationToken);
            row = current.Status is OperationStatus.Cancelling or OperationStatus.Cancelled ? current : throw await transitions.RefusalAsync(move, cancellationToken);
        }

        database.AfterCommit(() => cancellation.Tell(row));
        await CancelChildrenAsync(id, $"{id} was cancelled", cancellationToken);
        return row;
    }

    /// <summary>Queues an ended operation again; one that is made of others with those of its parts that did not succeed.</summary>
    /// <param name="fromCheckpoint">False starts from zero.</param>
    public async Task<OperationRow> QueueAgainAsync(string id, bool fromCheckpoint, CancellationToken cancellationToken)
    {
        var trigger = fromCheckpoint ? OperationTrigger.Resume : OperationTrigger.Retry;
        if (await store.FindAsync(id, cancellationToken) is { } asked && await parts.WholeOfAsync(asked, cancellationToken) is { } whole)
        {
            throw ApiException.Conflict($"operation {id} is a part of {whole.Id}; allowed: resume or retry {whole.Id}, which runs what is missing", "id");
        }

        return await database.InTransactionAsync(
            async () =>
            {
                var row = await transitions.ApplyAsync(new OperationMove(id, trigger), cancellationToken);
                if (row.Kind == OperationParts.Kind)
                {
                    await parts.QueueAgainAsync(row, trigger, cancellationToken);
                    await AdvanceAsync(id, cancellationToken);
                }

                return row;
            },
            cancellationToken);
    }

    /// <summary>Says how far an operation is that is made of others, and closes it after its last part. Runs in the transaction in which that part succeeds.</summary>
    public async Task AdvanceAsync(string wholeId, CancellationToken cancellationToken)
    {
        if (await parts.AdvanceAsync(wholeId, cancellationToken) is { } closing)
        {
            await AcceptAsync(closing, cancellationToken);
        }
    }

    /// <summary>Ends wholes that a part of has ended without success, and stops parts whose whole has ended: what a transaction could not do because of its locks, or a process that was killed in between.</summary>
    public async Task SettlePartsAsync(CancellationToken cancellationToken)
    {
        foreach (var part in await parts.UnansweredAsync(cancellationToken))
        {
            await EndWholeAsync(await parts.EndedAsync(part, cancellationToken), part.Id, cancellationToken);
        }

        foreach (var orphan in await parts.OrphansAsync(cancellationToken))
        {
            await StopAsync(orphan, "the operation it is a part of has ended", cancellationToken);
        }
    }

    /// <summary>Makes a step and, where it ends a run without a result, writes that down, in one transaction. Null where the step is not allowed.</summary>
    public async Task<OperationRow?> FinishAsync(OperationMove move, CancellationToken cancellationToken)
    {
        // In somebody's transaction other rows are locked already; what follows for a whole must wait for its end: see SettlePartsAsync.
        var mayTouchWhole = database.Database.CurrentTransaction is null;
        OperationRow? whole = null;
        var row = await database.InTransactionAsync(
            async () =>
            {
                var moved = await transitions.TryApplyAsync(move, cancellationToken);
                if (moved is { Status: OperationStatus.Failed or OperationStatus.Cancelled })
                {
                    await ledger.AppendUnsuccessfulAsync(moved, cancellationToken);
                    await KeepRemainsAsync(moved, cancellationToken);
                }
                else if (moved is not null && move.BeginsAnew is { } reason)
                {
                    // What the state held was tried, whichever build tried it.
                    await KeepRemainsAsync(moved, cancellationToken);
                    await store.BeginAnewAsync(moved.Id, reason, cancellationToken);
                }

                if (moved is not null)
                {
                    database.AfterCommit(() => Tell(moved));
                }

                whole = !mayTouchWhole ? null : moved?.Status switch
                {
                    OperationStatus.Running => await parts.BegunAsync(moved, cancellationToken),
                    OperationStatus.Failed or OperationStatus.Cancelled => await parts.EndedAsync(moved, cancellationToken),
                    _ => null,
                };
                return moved;
            },
            cancellationToken);
        await EndWholeAsync(whole, move.OperationId, cancellationToken);
        return row;
    }

    private async Task EndWholeAsync(OperationRow? whole, string part, CancellationToken cancellationToken)
    {
        if (whole is null)
        {
            return;
        }

        database.AfterCommit(() => Tell(whole));
        if (whole.Status == OperationStatus.Failed)
        {
            await CancelChildrenAsync(whole.Id, $"{part} of the same whole has ended", cancellationToken);
        }
    }

    /// <summary>What must not be told before it stands.</summary>
    private void Tell(OperationRow row)
    {
        OperationMetrics.Ended(row);
        signals.Raise(row.Id);
    }

    private async Task KeepRemainsAsync(OperationRow row, CancellationToken cancellationToken)
    {
        if (row.Reproduces is null && remains.FirstOrDefault(r => r.Type == row.Type) is { } left)
        {
            await left.CommitAsync(row, cancellationToken);
        }
    }

    private async Task CancelChildrenAsync(string id, string reason, CancellationToken cancellationToken)
    {
        var children = await database.Operations
            .Where(o => o.ParentId == id && (o.Status == OperationStatus.Queued || o.Status == OperationStatus.Dispatched || o.Status == OperationStatus.Running))
            .Select(o => o.Id).ToListAsync(cancellationToken);
        foreach (var child in children)
        {
            await StopAsync(child, reason, cancellationToken);
        }
    }

    private async Task StopAsync(string id, string reason, CancellationToken cancellationToken)
    {
        if (await FinishAsync(new OperationMove(id, OperationTrigger.Cancel) { CancelReason = reason }, cancellationToken) is { } moved)
        {
            database.AfterCommit(() => cancellation.Tell(moved));
        }
    }

    /// <summary>A lease ended, or the worker came back without the attempt. The row must be locked by the caller's transaction.</summary>
    public async Task LoseAsync(OperationRow row, string note, CancellationToken cancellationToken)
    {
        var checkpoint = row.Checkpoint is null ? null : Json.Read<CheckpointReference>(row.Checkpoint).Sha256;
        var counted = checkpoint != row.LossCheckpoint ? 0 : row.Losses + 1;
        if (row.Status == OperationStatus.Running && counted >= leases.CountedLosses)
        {
            var failure = new OperationFailure("lost_too_often", $"{counted} workers in a row were lost while they ran this operation, and no checkpoint moved in between")
            {
                Detail = note,
                Retryable = true,
                Suggestion = "look at the workers' logs and memory, then retry",
            };
            await FinishAsync(new OperationMove(row.Id, OperationTrigger.Exhausted) { Attempt = row.Attempt, Note = note, Failure = failure }, cancellationToken);
            return;
        }

        var lost = await FinishAsync(new OperationMove(row.Id, OperationTrigger.LeaseExpired) { Attempt = row.Attempt, Note = note }, cancellationToken);
        if (lost?.Status == OperationStatus.Lost)
        {
            database.AfterCommit(() => OperationMetrics.LeaseLost(row));
            await FinishAsync(new OperationMove(row.Id, OperationTrigger.Requeued) { Attempt = row.Attempt }, cancellationToken);
        }
    }
}
