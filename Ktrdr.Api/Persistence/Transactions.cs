using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Ktrdr.Api.Persistence;

internal static class Transactions
{
    private static readonly ConditionalWeakTable<IDbContextTransaction, List<Action>> Waiting = [];

    /// <summary>Runs the work in one transaction, or in the one that is already open.</summary>
    public static async Task<T> InTransactionAsync<T>(this KtrdrDatabase database, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        if (database.Database.CurrentTransaction is not null)
        {
            return await work();
        }

        await using IDbContextTransaction transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        var result = await work();
        await transaction.CommitAsync(cancellationToken);
        if (Waiting.TryGetValue(transaction, out var actions))
        {
            actions.ForEach(action => action());
        }

        return result;
    }

    /// <summary>Runs the action once what the caller's transaction did stands, at once where none is open. A rollback forgets it: for what is counted or told and cannot be taken back.</summary>
    public static void AfterCommit(this KtrdrDatabase database, Action action)
    {
        if (database.Database.CurrentTransaction is { } transaction)
        {
            Waiting.GetOrCreateValue(transaction).Add(action);
        }
        else
        {
            action();
        }
    }

    public static Task InTransactionAsync(this KtrdrDatabase database, Func<Task> work, CancellationToken cancellationToken)
        => database.InTransactionAsync(
            async () =>
            {
                await work();
                return true;
            },
            cancellationToken);
}

/// <summary>The advisory locks, each for one purpose.</summary>
internal static class AdvisoryLocks
{
    public const long LedgerChain = 0x6B74_0002;
    public const long AgentClaims = 0x6B74_0003;
    public const long ModelVersions = 0x6B74_0004;
    public const long StrategyVersions = 0x6B74_0005;
    public const long Datasets = 0x6B74_0006;

    /// <summary>Waits for the lock and holds it until the transaction ends.</summary>
    public static Task LockAsync(this KtrdrDatabase database, long key, CancellationToken cancellationToken)
        => database.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({key})", cancellationToken);
}
