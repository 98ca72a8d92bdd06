using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>
/// Operations that are made of others and run on no worker. The whole starts with its first part, fails with the first part that fails, and is queued again with the parts that did not succeed;
/// its result is committed by what its last part brings along.
/// </summary>
internal sealed class OperationParts(KtrdrDatabase database, OperationTransitions transitions)
{
    public const string Kind = WorkerKinds.None;

    /// <summary>After a part began: the whole runs. Parts of anything else change nothing.</summary>
    public async Task<OperationRow?> BegunAsync(OperationRow part, CancellationToken cancellationToken)
        => await WholeAsync(part, cancellationToken) is { Status: OperationStatus.Queued } whole
            ? await transitions.TryApplyAsync(new OperationMove(whole.Id, OperationTrigger.PartBegun), cancellationToken)
            : null;

    /// <summary>The step that ends the whole where a part has failed; null where there is none.</summary>
    public async Task<OperationMove?> FailureOfWholeAsync(OperationRow part, CancellationToken cancellationToken)
        => await WholeAsync(part, cancellationToken) is { Status: OperationStatus.Queued or OperationStatus.Running } whole
            ? new OperationMove(whole.Id, OperationTrigger.Failure)
            {
                Note = part.Id,
                Failure = Json.Read<OperationFailure>(part.Failure!) with { Suggestion = $"'ktrdr operations show {part.Id}' tells more; resume runs the parts that are missing" },
            }
            : null;

    /// <summary>Parts that did not succeed and are not under way.</summary>
    public Task<List<string>> UnfinishedAsync(string wholeId, CancellationToken cancellationToken)
        => database.Operations.Where(o => o.ParentId == wholeId && (o.Status == OperationStatus.Failed || o.Status == OperationStatus.Cancelled)).OrderBy(o => o.Id).Select(o => o.Id).ToListAsync(cancellationToken);

    /// <summary>Says how far the whole is, in the caller's transaction. Returns whether every part has succeeded; the whole's row is locked, so exactly one caller sees the last part.</summary>
    public async Task<bool> ProgressAsync(string wholeId, string partType, string step, CancellationToken cancellationToken)
    {
        await database.Database.ExecuteSqlAsync($"select 1 from operations where id = {wholeId} for update", cancellationToken);
        var parts = await database.Operations.Where(o => o.ParentId == wholeId && o.Type == partType).GroupBy(o => o.Status == OperationStatus.Succeeded)
            .Select(g => new { Done = g.Key, Count = g.Count() }).ToListAsync(cancellationToken);
        var (done, all) = (parts.Where(p => p.Done).Sum(p => p.Count), parts.Sum(p => p.Count));
        var progress = Json.Write(new OperationProgress(100.0 * done / (all + 1), $"{step} {done} of {all}") { ItemsDone = done, ItemsTotal = all });
        await database.Database.ExecuteSqlAsync($"update operations set progress = {progress}::jsonb where id = {wholeId}", cancellationToken);
        return done == all;
    }

    private async Task<OperationRow?> WholeAsync(OperationRow part, CancellationToken cancellationToken)
        => part.ParentId is null ? null : await database.Operations.SingleOrDefaultAsync(o => o.Id == part.ParentId && o.Kind == Kind, cancellationToken);
}
