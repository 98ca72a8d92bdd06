using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Research;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Research;

/// <summary>Experiments in the order of their evidence.</summary>
internal sealed class Leaderboard(KtrdrDatabase database, CampaignStore store)
{
    public async Task<IReadOnlyList<LeaderboardRow>> RowsAsync(string? campaignId, int limit, CancellationToken cancellationToken)
    {
        if (campaignId is not null)
        {
            await store.RequireAsync(campaignId, cancellationToken);
        }

        var experiments = await store.BestAsync(campaignId, limit, cancellationToken);
        var ids = experiments.Select(e => e.CampaignId).Distinct().ToArray();
        var campaigns = (await database.Campaigns.Where(c => ids.Contains(c.Id)).Select(c => c.Document).ToListAsync(cancellationToken)).Select(Json.Read<Campaign>).ToDictionary(c => c.Id);
        return [.. experiments.Select((experiment, i) => ToRow(i + 1, experiment, campaigns[experiment.CampaignId]))];
    }

    private static LeaderboardRow ToRow(int rank, Experiment experiment, Campaign campaign) => new()
    {
        Rank = rank,
        ExperimentId = experiment.Id,
        CampaignId = campaign.Id,
        Number = experiment.Number,
        Phase = experiment.Phase,
        Strategy = experiment.StrategyName,
        Hypothesis = experiment.Hypothesis,
        Symbol = campaign.Symbol,
        Timeframe = campaign.Timeframe,
        Synthetic = campaign.Synthetic,
        ValidationSharpe = experiment.Validation?.Sharpe,
        TestSharpe = experiment.Test?.Sharpe,
        DeflatedSharpe = experiment.Statistics?.DeflatedSharpe,
        TStatistic = experiment.Statistics?.TStatistic ?? experiment.Validation?.NetTStatistic,
        Trades = experiment.Validation?.Trades ?? 0,
        Verdict = experiment.Verdict,
        VerdictIsFinal = experiment.VerdictIsFinal,
        Reasons = experiment.VerdictReasons,
        TrialsCounted = campaign.Statistics?.Trials,
    };
}
