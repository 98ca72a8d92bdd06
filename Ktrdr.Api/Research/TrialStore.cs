using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Research;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Research;

/// <summary>The trials that a campaign's statistics must count: its own, and everybody else's on the same market.</summary>
internal sealed class TrialStore(KtrdrDatabase database, CampaignStore campaigns, LedgerStore ledger, TrialOrders orders)
{
    // The better known of several rows of one trial stands for it.
    private static readonly string[] OutcomeOrder = [LedgerOutcomes.Completed, LedgerOutcomes.Gated, LedgerOutcomes.Failed, LedgerOutcomes.Cancelled];

    public async Task<CampaignTrials> OfCampaignAsync(string campaignId, TrialPage page, CancellationToken cancellationToken)
    {
        var campaign = await campaigns.RequireAsync(campaignId, cancellationToken);
        return await PageAsync(campaignId, page, until => OrderOfCampaignAsync(campaignId, campaign.Dataset, until, cancellationToken), cancellationToken);
    }

    /// <summary>The variants of a sweep by their numbers, and everything else that was tried on the same market.</summary>
    public Task<CampaignTrials> OfSweepAsync(string sweepId, string dataset, TrialPage page, CancellationToken cancellationToken)
        => PageAsync(sweepId, page, until => OrderOfSweepAsync(sweepId, dataset, until, cancellationToken), cancellationToken);

    private async Task<IReadOnlyList<CountedTrial>> OrderOfCampaignAsync(string campaignId, string dataset, long until, CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(dataset, until, cancellationToken);
        var experiments = (await campaigns.ListExperimentsAsync(campaignId, cancellationToken)).ToDictionary(e => e.Id);

        // What a person ran by hand for an experiment is a trial like anybody's, and no evidence of the experiment's own.
        var (ownRows, otherRows) = (new List<CountedTrial>(), new List<CountedTrial>());
        foreach (var row in rows)
        {
            var isOwn = row.CampaignId == campaignId && row.Purpose is (RunPurposes.Trial or RunPurposes.Nomination) && row.ExperimentId is not null && experiments.ContainsKey(row.ExperimentId);
            (isOwn ? ownRows : otherRows).Add(row);
        }

        var own = ownRows
            .GroupBy(r => (experiments[r.ExperimentId!].Number, r.DataWindow, r.ExperimentId)).OrderBy(g => g.Key.Number).ThenByDescending(g => g.Key.DataWindow, StringComparer.Ordinal)
            .Select(Best).Select(row => row with
            {
                Number = experiments[row.ExperimentId!].Number,
                Reason = row.Outcome == LedgerOutcomes.Gated ? experiments[row.ExperimentId!].Gate?.Reason : null,
            }).ToList();
        return [.. own, .. Foreign(otherRows, own)];
    }

    private async Task<IReadOnlyList<CountedTrial>> OrderOfSweepAsync(string sweepId, string dataset, long until, CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(dataset, until, cancellationToken);
        var numbers = await database.SweepVariants.Where(v => v.SweepId == sweepId && v.StrategyHash != null).OrderBy(v => v.Number)
            .Select(v => new { v.OperationId, v.StrategyHash, v.Number }).ToListAsync(cancellationToken);

        // Combinations that come to the same document are one trial, known by its first number: in which order parts came in must not matter.
        var variants = numbers.GroupBy(v => (v.OperationId, v.StrategyHash!)).ToDictionary(g => g.Key, g => g.First().Number);
        var own = rows.Where(r => variants.ContainsKey((r.OperationId, r.StrategyHash))).GroupBy(KeyOf)
            .Select(g => Best(g.GroupBy(r => variants[(r.OperationId, r.StrategyHash)]).MinBy(numbered => numbered.Key)!))
            .Select(r => r with { Number = variants[(r.OperationId, r.StrategyHash)] }).OrderBy(r => r.Number).ToList();
        return [.. own, .. Foreign(rows, own)];
    }

    /// <summary>Every evaluation on the market without what came of it, which is little: what counts is decided over all of them, whatever page is asked for.</summary>
    private Task<List<CountedTrial>> RowsAsync(string dataset, long until, CancellationToken cancellationToken) => database.Ledger
        .Where(l => l.Sequence <= until && database.Datasets.Any(d => d.Id == l.Dataset && database.Datasets.Any(same => same.Id == dataset && same.Family == d.Family)))
        .Where(l => l.Purpose != RunPurposes.Ablation && l.Purpose != RunPurposes.Reproduction
            && (l.DataWindow == DataWindows.Validation || l.DataWindow == DataWindows.Test || l.DataWindow == DataWindows.Custom))
        .OrderBy(l => l.Sequence).Select(l => new CountedTrial(l.Sequence, l.CampaignId, l.ExperimentId, l.OperationId, l.Purpose, l.StrategyHash, l.Dataset, l.DataWindow, l.Outcome))
        .ToListAsync(cancellationToken);

    /// <summary>One of each trial that is not among the own ones.</summary>
    private static IEnumerable<CountedTrial> Foreign(IEnumerable<CountedTrial> rows, IReadOnlyList<CountedTrial> own)
    {
        var ownKeys = own.Select(KeyOf).ToHashSet();
        return rows.Where(r => !ownKeys.Contains(KeyOf(r))).GroupBy(KeyOf)
            .OrderBy(g => g.Key.Strategy, StringComparer.Ordinal).ThenBy(g => g.Key.Dataset, StringComparer.Ordinal).ThenBy(g => g.Key.Window, StringComparer.Ordinal)
            .Select(Best);
    }

    /// <summary>The page's trials with their returns; only these are ever in memory.</summary>
    /// <param name="asker">Id of the campaign or sweep.</param>
    /// <param name="page">Which.</param>
    /// <param name="order">All of its trials as of a row of the ledger, its own first.</param>
    /// <param name="cancellationToken">Of the request.</param>
    private async Task<CampaignTrials> PageAsync(string asker, TrialPage page, Func<long, Task<IReadOnlyList<CountedTrial>>> order, CancellationToken cancellationToken)
    {
        var head = await ledger.HeadAsync(page.Until, cancellationToken);
        var known = page.Until is null ? null : orders.Find(asker, head.Sequence);
        var all = known ?? await order(head.Sequence);
        var next = page.Next(head.Sequence, all.Count);
        if (known is null && next is not null)
        {
            orders.Keep(asker, head.Sequence, all);
        }

        var shown = all.Skip(page.Skip).Take(page.Limit).ToArray();
        var evidence = await EvidenceAsync(shown, cancellationToken);
        return new CampaignTrials(head.Hash, [.. shown.Select(row => ToTrial(row, evidence, page.Packed))], all.Count, next);
    }

    /// <summary>What completed runs gave, by operation and strategy: a sweep's part holds many.</summary>
    private async Task<Dictionary<(string Operation, string Strategy), Evidence>> EvidenceAsync(IReadOnlyList<CountedTrial> rows, CancellationToken cancellationToken)
    {
        // Dates of one's own may lie in bars that the model was trained on: such a run counts, its returns say nothing.
        var completed = rows.Where(r => r.Outcome == LedgerOutcomes.Completed && r.DataWindow != DataWindows.Custom).ToList();
        var (ids, strategies) = (completed.Select(r => r.OperationId).Distinct().ToArray(), completed.Select(r => r.StrategyHash).Distinct().ToArray());
        var evidence = new Dictionary<(string, string), Evidence>();
        var backtests = database.Backtests.Where(b => ids.Contains(b.OperationId))
            .Select(b => new Evidence(b.OperationId, b.StrategyHash, b.Trades, b.HeadlineSharpe, b.StressedSharpe, b.DailyReturns));
        var variants = database.SweepVariants.Where(v => ids.Contains(v.OperationId) && strategies.Contains(v.StrategyHash)).OrderByDescending(v => v.Number)
            .Select(v => new Evidence(v.OperationId, v.StrategyHash!, v.Trades, v.HeadlineSharpe, v.StressedSharpe, v.DailyReturns));
        foreach (var runs in (IQueryable<Evidence>[])[backtests, variants])
        {
            await foreach (var run in runs.AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                evidence[(run.OperationId, run.StrategyHash)] = run;
            }
        }

        return evidence;
    }

    private static LedgerTrial ToTrial(CountedTrial row, Dictionary<(string Operation, string Strategy), Evidence> evidence, bool packed)
    {
        var trial = new LedgerTrial
        {
            Own = row.Number is not null,
            ExperimentNumber = row.Number,
            ExperimentId = row.Number is null ? null : row.ExperimentId,
            StrategyHash = row.StrategyHash,
            Dataset = row.Dataset,
            Window = row.DataWindow,
            Outcome = row.Outcome,
            Reason = row.Reason,
        };
        return evidence.TryGetValue((row.OperationId, row.StrategyHash), out var known)
            ? trial with
            {
                BacktestOperationId = row.OperationId,
                Trades = known.Trades ?? 0,
                Sharpe = known.Sharpe,
                SharpeAtDoubleCosts = known.SharpeAtDoubleCosts,
                DailyReturns = packed ? null : PackedReturns.Read(known.Returns),
                PackedReturns = packed ? known.Returns : null,
            }
            : trial;
    }

    private static CountedTrial Best(IEnumerable<CountedTrial> rows) => rows.OrderBy(r => Array.IndexOf(OutcomeOrder, r.Outcome)).ThenBy(r => r.Sequence).First();

    private static (string Strategy, string Dataset, string Window) KeyOf(CountedTrial row) => (row.StrategyHash, row.Dataset, row.DataWindow);

    private sealed record Evidence(string OperationId, string StrategyHash, int? Trades, double? Sharpe, double? SharpeAtDoubleCosts, byte[] Returns);
}
