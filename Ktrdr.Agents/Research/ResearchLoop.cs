using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;

namespace Ktrdr.Agents.Research;

/// <summary>
/// Drives a campaign to its end. Experiment i begins when the outcomes 1 … i−lag are there, so lag experiments run at once and what each of them knows does
/// not depend on who is fast. Nothing is kept between calls: run again after a kill, it goes on from what the Api has.
/// </summary>
internal sealed class ResearchLoop(PatientApi api, OperationWaiter waiter, Action<OperationProgress> report)
{
    public async Task<AgentResearchResult> RunAsync(string campaignId, string operationId, CancellationToken cancellation)
    {
        var campaign = await api.CallAsync((a, c) => a.GetCampaignAsync(campaignId, c), cancellation).ConfigureAwait(false);
        var experiments = await RunExperimentsAsync(campaign, operationId, cancellation).ConfigureAwait(false);
        campaign = await api.CallAsync((a, c) => a.GetCampaignAsync(campaignId, c), cancellation).ConfigureAwait(false);
        if (campaign.CloseWhenDone || campaign.Status == CampaignStatus.Closing)
        {
            report(new OperationProgress(95, "closing the campaign"));
            await new CampaignClosing(api, waiter, new OperationStarter(api, operationId), campaign).RunAsync(experiments, cancellation).ConfigureAwait(false);
        }

        var final = await api.CallAsync((a, c) => a.ListExperimentsAsync(campaignId, c), cancellation).ConfigureAwait(false);
        var verdicts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var experiment in final)
        {
            var word = experiment.Verdict ?? "failed";
            verdicts[word] = verdicts.GetValueOrDefault(word) + 1;
        }

        report(new OperationProgress(100, "done") { ItemsDone = final.Count, ItemsTotal = final.Count });
        return new AgentResearchResult(campaignId, final.Count, verdicts);
    }

    private async Task<IReadOnlyList<Experiment>> RunExperimentsAsync(Campaign campaign, string operationId, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var known = (await api.CallAsync((a, c) => a.ListExperimentsAsync(campaign.Id, c), cancellation).ConfigureAwait(false)).ToDictionary(e => e.Number);
        var run = new ExperimentRun(api, waiter, new OperationStarter(api, operationId), campaign);
        var running = new List<Task<Experiment>>();
        try
        {
            for (var number = 1; number <= campaign.Cycles; number++)
            {
                var earlier = await Task.WhenAll(running.Take(Math.Max(0, number - campaign.Lag))).ConfigureAwait(false);
                var experiment = known.GetValueOrDefault(number);
                if (experiment is null)
                {
                    if (await IsClosingAsync(campaign.Id, cancellation).ConfigureAwait(false))
                    {
                        break;
                    }

                    var request = new CreateExperimentRequest(number);
                    experiment = await api.CallAsync((a, c) => a.CreateExperimentAsync(campaign.Id, request, c), cancellation).ConfigureAwait(false);
                }

                Report(campaign, running, number);
                running.Add(run.RunAsync(experiment, earlier, stop.Token));
            }

            return await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch
        {
            // One of them met something that ends the loop: the others must not go on behind its back.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running.Select(Ended)).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task Ended(Task run) => await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task<bool> IsClosingAsync(string campaignId, CancellationToken cancellation) =>
        (await api.CallAsync((a, c) => a.GetCampaignAsync(campaignId, c), cancellation).ConfigureAwait(false)).Status != CampaignStatus.Open;

    private void Report(Campaign campaign, List<Task<Experiment>> running, int number)
    {
        var done = running.Count(t => t.IsCompletedSuccessfully);
        report(new OperationProgress(90.0 * done / campaign.Cycles, $"experiment {number} of {campaign.Cycles} begins") { ItemsDone = done, ItemsTotal = campaign.Cycles });
    }
}
