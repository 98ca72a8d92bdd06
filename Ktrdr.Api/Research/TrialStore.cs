using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Research;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Research;

/// <summary>The trials that a campaign's statistics must count: its own, and everybody else's on the same market.</summary>
internal sealed class TrialStore(KtrdrDatabase database, CampaignStore campaigns, LedgerStore ledger)
{
    // The better known of several rows of one trial stands for it.
    private static readonly string[] OutcomeOrder = [LedgerOutcomes.Completed, LedgerOutcomes.Gated, LedgerOutcomes.Failed, LedgerOutcomes.Cancelled];

    public async Task<CampaignTrials> OfCampaignAsync(string campaignId, CancellationToken cancellationToken)
    {
        var campaign = await campaigns.RequireAsync(campaignId, cancellationToken);
        var family = await database.Datasets.Where(d => d.Id == campaign.Dataset).Select(d => d.Family).SingleAsync(cancellationToken);
        var rows = await database.Ledger
            .Where(l => database.Datasets.Any(d => d.Id == l.Dataset && d.Family == family))
            .Where(l => l.Purpose != RunPurposes.Ablation && (l.DataWindow == DataWindows.Validation || l.DataWindow == DataWindows.Test || l.DataWindow == DataWindows.Custom))
            .OrderBy(l => l.Sequence).ToListAsync(cancellationToken);
        var head = await ledger.HeadAsync(cancellationToken);
        var experiments = (await campaigns.ListExperimentsAsync(campaignId, cancellationToken)).ToDictionary(e => e.Id);

        // What a person ran by hand for an experiment is a trial like anybody's, and no evidence of the experiment's own.
        var (ownRows, otherRows) = (new List<LedgerRow>(), new List<LedgerRow>());
        foreach (var row in rows)
        {
            var isOwn = row.CampaignId == campaignId && row.Purpose is (RunPurposes.Trial or RunPurposes.Nomination) && row.ExperimentId is not null && experiments.ContainsKey(row.ExperimentId);
            (isOwn ? ownRows : otherRows).Add(row);
        }

        var own = ownRows
            .GroupBy(r => (experiments[r.ExperimentId!].Number, r.DataWindow, r.ExperimentId)).OrderBy(g => g.Key.Number).ThenByDescending(g => g.Key.DataWindow, StringComparer.Ordinal)
            .Select(Best).ToList();
        var ownKeys = own.Select(KeyOf).ToHashSet();
        var foreign = otherRows.Where(r => !ownKeys.Contains(KeyOf(r))).GroupBy(KeyOf)
            .OrderBy(g => g.Key.Strategy, StringComparer.Ordinal).ThenBy(g => g.Key.Dataset, StringComparer.Ordinal).ThenBy(g => g.Key.Window, StringComparer.Ordinal)
            .Select(Best).ToList();

        // Dates of one's own may lie in bars that the model was trained on: such a run counts, its returns say nothing.
        var ids = own.Concat(foreign).Where(r => r.Outcome == LedgerOutcomes.Completed && r.DataWindow != DataWindows.Custom).Select(r => r.OperationId).ToArray();
        var backtests = await database.Backtests.Where(b => ids.Contains(b.OperationId)).Select(b => new { b.OperationId, b.Result, b.DailyReturns })
            .ToDictionaryAsync(b => b.OperationId, b => (Result: Json.Read<BacktestResult>(b.Result), Daily: Json.Read<IReadOnlyList<DailyReturn>>(b.DailyReturns)), cancellationToken);
        return new CampaignTrials(head, [.. own.Select(r => ToTrial(r, true)), .. foreign.Select(r => ToTrial(r, false))]);

        LedgerTrial ToTrial(LedgerRow row, bool isOwn)
        {
            var experiment = isOwn ? experiments[row.ExperimentId!] : null;
            var trial = new LedgerTrial
            {
                Own = isOwn,
                ExperimentId = experiment?.Id,
                ExperimentNumber = experiment?.Number,
                StrategyHash = row.StrategyHash,
                Dataset = row.Dataset,
                Window = row.DataWindow,
                Outcome = row.Outcome,
                Reason = row.Outcome == LedgerOutcomes.Gated ? experiment?.Gate?.Reason : null,
            };
            return row.Outcome == LedgerOutcomes.Completed && backtests.TryGetValue(row.OperationId, out var backtest)
                ? trial with
                {
                    BacktestOperationId = row.OperationId,
                    Trades = backtest.Result.Metrics.Trades,
                    Sharpe = backtest.Result.Metrics.Sharpe,
                    SharpeAtDoubleCosts = backtest.Result.SharpeAtDoubleCosts,
                    DailyReturns = backtest.Daily,
                }
                : trial;
        }
    }

    private static LedgerRow Best(IEnumerable<LedgerRow> rows) => rows.OrderBy(r => Array.IndexOf(OutcomeOrder, r.Outcome)).ThenBy(r => r.Sequence).First();

    private static (string Strategy, string Dataset, string Window) KeyOf(LedgerRow row) => (row.StrategyHash, row.Dataset, row.DataWindow);
}
