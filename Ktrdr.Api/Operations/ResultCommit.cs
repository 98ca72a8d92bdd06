using System.Text.Json;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Operations;

/// <summary>What committing a result of one type means beyond storing it.</summary>
internal interface IResultHandler
{
    string Type { get; }

    /// <summary>Runs inside the commit's transaction, after the guarded update. Returns the result as it is stored.</summary>
    Task<JsonElement> CommitAsync(OperationRow operation, ResultReport report, CancellationToken cancellationToken);
}

/// <summary>What an operation of one type leaves behind when it ends without a result, or begins anew without the state that it had saved.</summary>
internal interface IRemainsHandler
{
    string Type { get; }

    /// <summary>Runs inside the transaction in which the operation fails, is cancelled or begins anew, after the guarded update. May be called again for an operation that was resumed and ended once more.</summary>
    Task CommitAsync(OperationRow operation, CancellationToken cancellationToken);
}

/// <summary>
/// Commits a result exactly once: the guarded update of the operation, the result, what its type brings along and the ledger's row
/// are one transaction. After that the same report is answered as before, and another attempt's is refused.
/// </summary>
internal sealed class ResultCommit(
    KtrdrDatabase database, OperationStore store, OperationTransitions transitions, OperationSignals signals, Reproductions reproductions, IEnumerable<IResultHandler> handlers)
{
    public const int LongestBuild = 100;

    public async Task CommitAsync(string id, int attempt, ResultReport report, CancellationToken cancellationToken)
    {
        if (report.Result.ValueKind != JsonValueKind.Object)
        {
            throw ApiException.Invalid("result", report.Result.ValueKind.ToString().ToLowerInvariant(), "an object");
        }

        if (report.ResultHash is not { Length: 64 })
        {
            throw ApiException.Invalid("result_hash", report.ResultHash, "64 hex digits");
        }

        if (report.EngineBuild is { Length: > LongestBuild })
        {
            throw ApiException.Invalid("engine_build", $"{report.EngineBuild.Length} characters", $"at most {LongestBuild}");
        }

        await database.InTransactionAsync(() => CommitOnceAsync(id, attempt, report, cancellationToken), cancellationToken);
    }

    /// <summary>What the row of a result holds, as <c>@id</c>, <c>@result</c>, <c>@hash</c> and <c>@build</c>.</summary>
    public static NpgsqlParameter[] Parameters(string operationId, JsonElement result, ResultReport report, string? engineBuild) =>
    [
        new("id", operationId), new("result", NpgsqlDbType.Jsonb) { Value = result.GetRawText() }, new("hash", report.ResultHash),
        new("build", NpgsqlDbType.Text) { Value = (object?)engineBuild ?? DBNull.Value },
    ];

    /// <summary>Null for a reproduction: it is compared, and brings nothing along.</summary>
    private IResultHandler? HandlerOf(OperationRow operation) => operation.Reproduces is null ? handlers.FirstOrDefault(h => h.Type == operation.Type) : null;

    /// <summary>Does nothing where this report was committed before.</summary>
    private async Task CommitOnceAsync(string id, int attempt, ResultReport report, CancellationToken cancellationToken)
    {
        var move = new OperationMove(id, OperationTrigger.Result) { Attempt = attempt };
        var operation = await transitions.TryApplyAsync(move, cancellationToken);
        if (operation is null)
        {
            var known = await database.Results.Where(r => r.OperationId == id).Select(r => new { r.Attempt, r.ResultHash }).SingleOrDefaultAsync(cancellationToken);
            if (known is null || known.Attempt != attempt || known.ResultHash != report.ResultHash)
            {
                throw await transitions.RefusalAsync(move, cancellationToken);
            }

            return;
        }

        var result = report.Result;
        if (operation.Reproduces is not null)
        {
            result = await reproductions.CompareAsync(operation, report, cancellationToken);
        }
        else if (HandlerOf(operation) is { } handler)
        {
            result = await handler.CommitAsync(operation, report, cancellationToken);
        }

        await database.Database.ExecuteSqlRawAsync(
            "insert into results (operation_id, attempt, result, result_hash, engine_build) values (@id, @attempt, @result, @hash, @build)",
            [.. Parameters(id, result, report, report.EngineBuild), new NpgsqlParameter("attempt", attempt)],
            cancellationToken);
        await store.AddMetricsAsync(id, report.Metrics, cancellationToken);

        // Nothing resumes a finished operation: its saved states may go, the sweep deletes their bytes.
        await database.Database.ExecuteSqlAsync($"delete from checkpoints where operation_id = {id}", cancellationToken);
        database.AfterCommit(() =>
        {
            OperationMetrics.Ended(operation);
            signals.Raise(id);
        });
    }
}
