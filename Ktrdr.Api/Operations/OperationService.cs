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
    KtrdrDatabase database, OperationStore store, OperationTransitions transitions, OperationParts parts, LedgerStore ledger, OperationSignals signals, WorkerCancellation cancellation, Leases leases)
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
        if (row is null)
        {
            var current = await store.RequireAsync(id, cancellationToken);
            row = current.Status is OperationStatus.Cancelling or OperationStatus.Cancelled ? current : throw await transitions.RefusalAsync(move, cancellationToken);
        }

        cancellation.Tell(row);
        await CancelChildrenAsync(id, $"{id} was cancelled", cancellationToken);
        return row;
    }

    /// <param name="fromCheckpoint">False starts from zero.</param>
    public async Task<OperationRow> QueueAgainAsync(string id, bool fromCheckpoint, CancellationToken cancellationToken)
    {
        var trigger = fromCheckpoint ? OperationTrigger.Resume : OperationTrigger.Retry;
        return await database.InTransactionAsync(
            async () =>
            {
                var row = await transitions.ApplyAsync(new OperationMove(id, trigger), cancellationToken);
                if (row.Kind == OperationParts.Kind)
                {
                    foreach (var part in await parts.UnfinishedAsync(id, cancellationToken))
                    {
                        await transitions.TryApplyAsync(new OperationMove(part, trigger), cancellationToken);
                    }
                }

                return row;
            },
            cancellationToken);
    }

    /// <summary>Makes a step and, where it ends a run without a result, writes that down, in one transaction. Null where the step is not allowed.</summary>
    public async Task<OperationRow?> FinishAsync(OperationMove move, CancellationToken cancellationToken)
    {
        OperationRow? whole = null;
        var row = await database.InTransactionAsync(
            async () =>
            {
                var moved = await transitions.TryApplyAsync(move, cancellationToken);
                if (moved is { Status: OperationStatus.Failed or OperationStatus.Cancelled })
                {
                    await ledger.AppendUnsuccessfulAsync(moved, cancellationToken);
                }

                whole = moved?.Status switch
                {
                    OperationStatus.Running => await parts.BegunAsync(moved, cancellationToken),
                    OperationStatus.Failed when await parts.FailureOfWholeAsync(moved, cancellationToken) is { } failure => await transitions.TryApplyAsync(failure, cancellationToken),
                    _ => null,
                };
                return moved;
            },
            cancellationToken);
        if (row is not null)
        {
            signals.Raise(row.Id);
        }

        if (whole is not null)
        {
            signals.Raise(whole.Id);
            if (whole.Status == OperationStatus.Failed)
            {
                await CancelChildrenAsync(whole.Id, $"{move.OperationId} failed", cancellationToken);
            }
        }

        return row;
    }

    private async Task CancelChildrenAsync(string id, string reason, CancellationToken cancellationToken)
    {
        var children = await database.Operations
            .Where(o => o.ParentId == id && (o.Status == OperationStatus.Queued || o.Status == OperationStatus.Dispatched || o.Status == OperationStatus.Running))
            .Select(o => o.Id).ToListAsync(cancellationToken);
        foreach (var child in children)
        {
            var moved = await FinishAsync(new OperationMove(child, OperationTrigger.Cancel) { CancelReason = reason }, cancellationToken);
            if (moved is not null)
            {
                cancellation.Tell(moved);
            }
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
            OperationMetrics.LeasesLost.Add(1);
            await FinishAsync(new OperationMove(row.Id, OperationTrigger.Requeued) { Attempt = row.Attempt }, cancellationToken);
        }
    }
}
