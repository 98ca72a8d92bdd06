using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;

namespace Ktrdr.Api.Research;

/// <summary>Puts a campaign's statistics where they are read; concluded ones make the verdicts final.</summary>
internal sealed class CampaignStatisticsResultHandler(CampaignStore store) : IResultHandler
{
    public string Type => OperationTypes.CampaignStatistics;

    public async Task<JsonElement> CommitAsync(OperationRow operation, ResultReport report, CancellationToken cancellationToken)
    {
        var statistics = KtrdrJson.Read<CampaignStatisticsResult>(report.Result);
        var request = Json.Read<CampaignStatisticsRequest>(operation.Request);
        if (statistics.CampaignId != request.CampaignId || statistics.Stage != request.Stage)
        {
            throw ApiException.Invalid("campaign_id", $"{statistics.CampaignId} at stage {statistics.Stage}", $"{request.CampaignId} at stage {request.Stage}, as in the request");
        }

        var campaign = await store.LockAsync(statistics.CampaignId, cancellationToken);
        await store.SaveAsync(campaign with { Statistics = statistics }, cancellationToken);
        foreach (var judged in statistics.Experiments.OrderBy(e => e.Number))
        {
            var experiment = await store.LockExperimentAsync(judged.ExperimentId, cancellationToken);
            if (experiment.CampaignId != campaign.Id)
            {
                throw ApiException.Invalid("experiments", judged.ExperimentId, $"an experiment of campaign {campaign.Id}");
            }

            var updated = experiment with { Statistics = judged, UpdatedAt = DateTimeOffset.UtcNow };
            await store.SaveExperimentAsync(
                statistics.Stage == CampaignStages.Conclude
                    ? updated with { Verdict = judged.Verdict, VerdictReasons = judged.Reasons, VerdictIsFinal = true }
                    : updated,
                cancellationToken);
        }

        return report.Result;
    }
}
