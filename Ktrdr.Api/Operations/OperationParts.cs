using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>A type of operation that is made of others and runs on no worker.</summary>
internal interface IWholeType
{
    string Type { get; }

    /// <summary>Type of its parts.</summary>
    string PartType { get; }

    /// <summary>The operation that makes the whole's result once every part has succeeded.</summary>
    NewOperation Closing(OperationRow whole);
}

/// <summary>
/// Operations that are made of others. The whole starts with its first part, ends with the first part that fails or is cancelled by itself, and is queued again with the parts that did
/// not succeed; its result is committed by its closing operation. Locks are taken in the order part, ledger, whole: a transaction that holds a whole
/// takes no other lock but those of parts that have ended.
/// </summary>
internal sealed class OperationParts(KtrdrDatabase database, OperationTransitions transitions, IEnumerable<IWholeType> types)
{
    public const string Kind = WorkerKinds.None;

    private const int Batch = 200;

    /// <summary>The whole that an operation is a part of; null for any other.</summary>
    public async Task<OperationRow?> WholeOfAsync(OperationRow part, CancellationToken cancellationToken)
        => part.ParentId is null ? null : await database.Operations.SingleOrDefaultAsync(o => o.Id == part.ParentId && o.Kind == Kind, cancellationToken);

    /// <summary>After a part began: the whole runs. Parts of anything else change nothing.</summary>
    public async Task<OperationRow?> BegunAsync(OperationRow part, CancellationToken cancellationToken)
        => await WholeOfAsync(part, cancellationToken) is { Status: OperationStatus.Queued } whole
            ? await transitions.TryApplyAsync(new OperationMove(whole.Id, OperationTrigger.PartBegun), cancellationToken)
            : null;

    /// <summary>Ends the whole where a part has failed or was cancelled by itself; null where there is none to end.</summary>
    public async Task<OperationRow?> EndedAsync(OperationRow part, CancellationToken cancellationToken)
    {
        if (await WholeOfAsync(part, cancellationToken) is not { Status: OperationStatus.Queued or OperationStatus.Running } whole)
        {
            return null;
        }

        var failure = part.Failure is { } reason && part.Status == OperationStatus.Failed
            ? Json.Read<OperationFailure>(reason)
            : new OperationFailure("part_cancelled", $"{part.Id}, a part of it, was cancelled: {part.CancelReason}") { Retryable = true };
        return await transitions.TryApplyAsync(
            new OperationMove(whole.Id, OperationTrigger.Failure)
            {
                Note = part.Id,
                Failure = failure with { Suggestion = $"'ktrdr operations show {part.Id}' tells more; resume runs the parts that are missing" },
            },
            cancellationToken);
    }

    /// <summary>Queues the parts that have ended without success. The whole must be locked by the caller's transaction.</summary>
    /// <exception cref="ApiException">409: a part is still under way, so that its end would be lost.</exception>
    public async Task QueueAgainAsync(OperationRow whole, OperationTrigger trigger, CancellationToken cancellationToken)
    {
        var parts = await database.Operations.Where(o => o.ParentId == whole.Id && o.Status != OperationStatus.Succeeded).OrderBy(o => o.Id)
            .Select(o => new { o.Id, o.Status }).ToListAsync(cancellationToken);
        if (parts.FirstOrDefault(p => p.Status is not (OperationStatus.Failed or OperationStatus.Cancelled)) is { } live)
        {
            throw ApiException.Conflict($"operation {whole.Id} is still being stopped: {live.Id}, a part of it, is {StatusNames.Of(live.Status)}; allowed: once every part has ended", "status");
        }

        foreach (var part in parts)
        {
            await transitions.TryApplyAsync(new OperationMove(part.Id, trigger), cancellationToken);
        }
    }

    /// <summary>
    /// Says how far the whole is, in the caller's transaction, and returns its closing operation where that is due: every part has succeeded, and none is there yet.
    /// The whole's row is locked first, so that exactly one caller sees the last part.
    /// </summary>
    public async Task<NewOperation?> AdvanceAsync(string wholeId, CancellationToken cancellationToken)
    {
        // Not "for update": the variants of parts that come in at the same time refer to the row, and hold it for their foreign keys.
        await database.Database.ExecuteSqlAsync($"select 1 from operations where id = {wholeId} for no key update", cancellationToken);
        var whole = await database.Operations.SingleAsync(o => o.Id == wholeId, cancellationToken);
        var type = types.Single(t => t.Type == whole.Type);
        var children = await database.Operations.Where(o => o.ParentId == wholeId).GroupBy(o => new { o.Type, o.Status })
            .Select(g => new { g.Key.Type, g.Key.Status, Count = g.Count() }).ToListAsync(cancellationToken);
        var all = children.Where(c => c.Type == type.PartType).Sum(c => c.Count);
        var done = children.Where(c => c.Type == type.PartType && c.Status == OperationStatus.Succeeded).Sum(c => c.Count);
        var progress = Json.Write(new OperationProgress(100.0 * done / (all + 1), $"parts done: {done} of {all}") { ItemsDone = done, ItemsTotal = all });
        await database.Database.ExecuteSqlAsync($"update operations set progress = {progress}::jsonb where id = {wholeId}", cancellationToken);

        // A closing operation that has succeeded beside a whole that had been cancelled closed nothing.
        var isClosing = children.Any(c => c.Type != type.PartType && c.Status is not (OperationStatus.Succeeded or OperationStatus.Failed or OperationStatus.Cancelled));
        var isLive = whole.Status is OperationStatus.Queued or OperationStatus.Running;
        return isLive && done == all && !isClosing ? type.Closing(whole) : null;
    }

    /// <summary>Parts that have ended without success while their whole goes on.</summary>
    public Task<List<OperationRow>> UnansweredAsync(CancellationToken cancellationToken)
        => Wholes(OperationStatus.Queued, OperationStatus.Running)
            .SelectMany(w => database.Operations.Where(o => o.ParentId == w.Id && (o.Status == OperationStatus.Failed || o.Status == OperationStatus.Cancelled)))
            .OrderBy(o => o.Id).Take(Batch).ToListAsync(cancellationToken);

    /// <summary>Parts that still wait or run although their whole has ended.</summary>
    public Task<List<string>> OrphansAsync(CancellationToken cancellationToken)
        => Wholes(OperationStatus.Failed, OperationStatus.Cancelled)
            .SelectMany(w => database.Operations.Where(o => o.ParentId == w.Id && (o.Status == OperationStatus.Queued || o.Status == OperationStatus.Dispatched || o.Status == OperationStatus.Running)))
            .OrderBy(o => o.Id).Take(Batch).Select(o => o.Id).ToListAsync(cancellationToken);

    private IQueryable<OperationRow> Wholes(OperationStatus one, OperationStatus other)
    {
        var names = types.Select(t => t.Type).ToArray();
        return database.Operations.Where(w => names.Contains(w.Type) && (w.Status == one || w.Status == other));
    }
}
