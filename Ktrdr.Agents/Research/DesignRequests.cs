using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Research;

namespace Ktrdr.Agents.Research;

/// <summary>Builds the request of a design from nothing but the campaign, the number and the outcomes 1 … number−lag, so that nobody's speed decides what is designed.</summary>
internal sealed class DesignRequests(PatientApi api, Campaign campaign)
{
    public async Task<DesignRequest> CreateAsync(Experiment experiment, IReadOnlyList<Experiment> earlier, CancellationToken cancellation)
    {
        var seen = earlier.Where(e => e.Number <= experiment.Number - campaign.Lag && e.StrategyHash is not null).OrderBy(e => e.Number);
        var outcomes = new List<ExperimentOutcome>();
        foreach (var one in seen)
        {
            var strategy = await api.CallAsync((a, c) => a.GetStrategyAsync(one.StrategyHash!, null, c), cancellation).ConfigureAwait(false);
            outcomes.Add(new ExperimentOutcome
            {
                Number = one.Number,
                StrategyHash = one.StrategyHash!,
                Document = strategy.Document,
                Blocks = one.Blocks,
                TStatistic = one.Validation?.NetTStatistic,
                Verdict = one.Verdict,
            });
        }

        return new DesignRequest
        {
            CampaignId = campaign.Id,
            ExperimentId = experiment.Id,
            Number = experiment.Number,
            Seed = campaign.Seed,
            Goal = campaign.Goal,
            Symbol = campaign.Symbol,
            Timeframe = campaign.Timeframe,
            HasVolume = await HasVolumeAsync(cancellation).ConfigureAwait(false),
            Memory = campaign.Memory,
            Outcomes = outcomes,
            Strategy = experiment.Number == 1 ? campaign.Strategy : null,
        };
    }

    /// <summary>A dataset without volume was found so when it was imported.</summary>
    private async Task<bool> HasVolumeAsync(CancellationToken cancellation)
    {
        var dataset = await api.CallAsync((a, c) => a.GetDatasetAsync(campaign.Dataset, c), cancellation).ConfigureAwait(false);
        return !dataset.Findings.Any(f => IsAboutMissingVolume(f) && f.Count >= dataset.Bars);
    }

    private static bool IsAboutMissingVolume(DataFindingSummary finding) => finding.Code.Contains("volume", StringComparison.Ordinal);
}
