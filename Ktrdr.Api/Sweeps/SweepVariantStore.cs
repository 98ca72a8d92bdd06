using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Sweeps;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Sweeps;

/// <summary>Variants that a part has computed, and the rows of the ledger that say so.</summary>
internal sealed class SweepVariantStore(KtrdrDatabase database, LedgerStore ledger)
{
    /// <summary>Stores variants in the caller's transaction. A part that ended early and was resumed brings some of them again: they stand once, here and in the ledger, and what has a result keeps it.</summary>
    /// <param name="part">The operation that computed them.</param>
    /// <param name="sweepId">The whole.</param>
    /// <param name="variants">Each number once.</param>
    /// <param name="resultHash">Of the part's result; null where it ended without one.</param>
    /// <param name="cancellationToken">Of the request.</param>
    public async Task AddAsync(OperationRow part, string sweepId, IReadOnlyList<SweepVariant> variants, string? resultHash, CancellationToken cancellationToken)
    {
        var known = (await database.Ledger.Where(l => l.OperationId == part.Id).Select(l => new { l.StrategyHash, l.Outcome }).ToListAsync(cancellationToken))
            .Select(l => (l.StrategyHash, l.Outcome)).ToHashSet();
        foreach (var variant in variants)
        {
            await SaveAsync(part.Id, sweepId, variant, cancellationToken);
            var outcome = variant.Failure is null ? LedgerOutcomes.Completed : LedgerOutcomes.Failed;
            if (variant.StrategyHash is { } strategy && !known.Contains((strategy, outcome)) && !known.Contains((strategy, LedgerOutcomes.Completed)))
            {
                await ledger.AppendAsync(
                    new LedgerEvaluation(part.Id, part.Actor, part.Purpose!, strategy, part.Dataset!, part.DataWindow!, part.Seed ?? 0, outcome) { ResultHash = resultHash }, cancellationToken);
            }
        }
    }

    private Task SaveAsync(string partId, string sweepId, SweepVariant variant, CancellationToken cancellationToken) => database.Database.ExecuteSqlRawAsync(
        """
        insert into sweep_variants (sweep_id, number, operation_id, strategy_hash, sharpe, variant, daily_returns)
        values (@sweep, @number, @operation, @strategy, @sharpe, @variant, @daily)
        on conflict (sweep_id, number) do update set
            operation_id = excluded.operation_id, strategy_hash = excluded.strategy_hash, sharpe = excluded.sharpe, variant = excluded.variant, daily_returns = excluded.daily_returns
        where excluded.variant ->> 'failure' is null or sweep_variants.variant ->> 'failure' is not null
        """,
        [
            new NpgsqlParameter("sweep", sweepId), new NpgsqlParameter("number", variant.Number), new NpgsqlParameter("operation", partId),
            new NpgsqlParameter("strategy", NpgsqlDbType.Text) { Value = (object?)variant.StrategyHash ?? DBNull.Value },
            new NpgsqlParameter("sharpe", NpgsqlDbType.Double) { Value = (object?)variant.TrialSharpe ?? DBNull.Value },
            new NpgsqlParameter("variant", NpgsqlDbType.Jsonb) { Value = Json.Write(variant with { DailyReturns = [] }) },
            new NpgsqlParameter("daily", PackedReturns.Of(variant.DailyReturns)),
        ],
        cancellationToken);
}
