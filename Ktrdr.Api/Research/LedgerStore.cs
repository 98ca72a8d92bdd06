using System.Security.Cryptography;
using System.Text;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Research;

/// <summary>What is written down of one evaluation.</summary>
internal sealed record LedgerEvaluation(string OperationId, string Actor, string Purpose, string StrategyHash, string Dataset, string Window, long Seed, string Outcome)
{
    public string? CampaignId { get; init; }
    public string? ExperimentId { get; init; }
    public string? ResultHash { get; init; }
}

internal static class LedgerOutcomes
{
    public const string Completed = "completed";
    public const string Gated = "gated";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
}

/// <summary>Appends to the chain of everything that was ever tried. The Api's database role may insert and read here and nothing else.</summary>
internal sealed class LedgerStore(KtrdrDatabase database)
{
    public static string Genesis { get; } = new('0', 64);

    /// <summary>Adds a row at the chain's end, in the caller's transaction: rows exist if and only if what they tell of was committed.</summary>
    public async Task AppendAsync(LedgerEvaluation evaluation, CancellationToken cancellationToken)
    {
        await database.LockAsync(AdvisoryLocks.LedgerChain, cancellationToken);
        var head = await database.Ledger.OrderByDescending(l => l.Sequence).Select(l => new { l.Sequence, l.Hash }).FirstOrDefaultAsync(cancellationToken);
        var at = await database.Database.SqlQuery<DateTimeOffset>($"select date_trunc('milliseconds', clock_timestamp()) as \"Value\"").SingleAsync(cancellationToken);
        var row = new LedgerRow
        {
            Sequence = (head?.Sequence ?? 0) + 1,
            At = at,
            Actor = evaluation.Actor,
            CampaignId = evaluation.CampaignId,
            ExperimentId = evaluation.ExperimentId,
            OperationId = evaluation.OperationId,
            Purpose = evaluation.Purpose,
            StrategyHash = evaluation.StrategyHash,
            Dataset = evaluation.Dataset,
            DataWindow = evaluation.Window,
            Seed = evaluation.Seed,
            Outcome = evaluation.Outcome,
            ResultHash = evaluation.ResultHash,
            PreviousHash = head?.Hash ?? Genesis,
            Hash = "",
        };
        await database.Database.ExecuteSqlAsync($"""
            insert into ledger (sequence, at, actor, campaign_id, experiment_id, operation_id, purpose, strategy_hash, dataset, data_window, seed, outcome, result_hash, previous_hash, hash)
            values ({row.Sequence}, {row.At}, {row.Actor}, {row.CampaignId}, {row.ExperimentId}, {row.OperationId}, {row.Purpose}, {row.StrategyHash}, {row.Dataset},
                {row.DataWindow}, {row.Seed}, {row.Outcome}, {row.ResultHash}, {row.PreviousHash}, {HashOf(row)})
            """, cancellationToken);
    }

    /// <summary>A run that ended without a result counts as tried; anything but a run leaves no row.</summary>
    public async Task AppendUnsuccessfulAsync(OperationRow row, CancellationToken cancellationToken)
    {
        var counts = row is { Purpose: not null, StrategyHash: not null, Dataset: not null }
            && (row.Type == OperationTypes.Backtest || (row.Type == OperationTypes.Training && row.Purpose is RunPurposes.Trial or RunPurposes.Ablation));
        if (!counts)
        {
            return;
        }

        await AppendAsync(
            new LedgerEvaluation(row.Id, row.Actor, row.Purpose!, row.StrategyHash!, row.Dataset!, row.DataWindow ?? DataWindows.Custom, row.Seed ?? 0,
                row.Status == OperationStatus.Failed ? LedgerOutcomes.Failed : LedgerOutcomes.Cancelled)
            {
                CampaignId = row.CampaignId,
                ExperimentId = row.ExperimentId,
            },
            cancellationToken);
    }

    /// <summary>Number and hash of the last row, or of the last up to <paramref name="until"/>.</summary>
    public async Task<(long Sequence, string Hash)> HeadAsync(long? until, CancellationToken cancellationToken)
    {
        var head = await database.Ledger.Where(l => until == null || l.Sequence <= until).OrderByDescending(l => l.Sequence).Select(l => new { l.Sequence, l.Hash }).FirstOrDefaultAsync(cancellationToken);
        return head is null ? (0, Genesis) : (head.Sequence, head.Hash);
    }

    public static LedgerEntry ToEntry(LedgerRow row) => new()
    {
        Sequence = row.Sequence,
        At = row.At,
        Actor = row.Actor,
        CampaignId = row.CampaignId,
        ExperimentId = row.ExperimentId,
        OperationId = row.OperationId,
        Purpose = row.Purpose,
        StrategyHash = row.StrategyHash,
        Dataset = row.Dataset,
        Window = row.DataWindow,
        Seed = row.Seed,
        Outcome = row.Outcome,
        ResultHash = row.ResultHash,
        PreviousHash = row.PreviousHash,
        Hash = row.Hash,
    };

    /// <summary>SHA-256 over the previous hash and every field, one per line; a missing field is an empty line.</summary>
    public static string HashOf(LedgerRow row)
    {
        var text = string.Join('\n', row.PreviousHash, row.Sequence, row.At.ToUnixTimeMilliseconds(), row.Actor, row.CampaignId, row.ExperimentId, row.OperationId, row.Purpose,
            row.StrategyHash, row.Dataset, row.DataWindow, row.Seed, row.Outcome, row.ResultHash);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
