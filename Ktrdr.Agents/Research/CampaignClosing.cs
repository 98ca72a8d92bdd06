using System.Net;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Agents.Research;

/// <summary>Ends a campaign: nominate from validation, score the nominated once on test, conclude, close.</summary>
internal sealed class CampaignClosing(PatientApi api, OperationWaiter waiter, OperationStarter starter, Campaign campaign)
{
    public async Task<Campaign> RunAsync(IReadOnlyList<Experiment> experiments, CancellationToken cancellation)
    {
        var current = await api.CallAsync((a, c) => a.GetCampaignAsync(campaign.Id, c), cancellation).ConfigureAwait(false);
        if (current.Status == CampaignStatus.Closed)
        {
            return current;
        }

        if (current.Status == CampaignStatus.Open)
        {
            await OnceAsync((a, c) => a.CloseCampaignAsync(campaign.Id, c), CampaignStatus.Closing, cancellation).ConfigureAwait(false);
        }

        var nomination = await StatisticsAsync("nominate", cancellation).ConfigureAwait(false);
        var nominated = nomination.Experiments.Where(t => t.Nominated).Select(t => t.ExperimentId).ToHashSet(StringComparer.Ordinal);
        await Task.WhenAll(experiments.Where(e => nominated.Contains(e.Id)).Select(e => TestAsync(e, cancellation))).ConfigureAwait(false);
        await StatisticsAsync("conclude", cancellation).ConfigureAwait(false);
        return await OnceAsync((a, c) => a.MarkCampaignClosedAsync(campaign.Id, c), CampaignStatus.Closed, cancellation).ConfigureAwait(false);
    }

    /// <summary>A refusal where the campaign already is what the call would make it means that an earlier call was heard and its answer lost.</summary>
    private async Task<Campaign> OnceAsync(Func<IKtrdrApi, CancellationToken, Task<Campaign>> call, CampaignStatus wanted, CancellationToken cancellation)
    {
        try
        {
            return await api.CallAsync(call, cancellation).ConfigureAwait(false);
        }
        catch (KtrdrApiException refused) when (refused.Status == HttpStatusCode.Conflict)
        {
            var current = await api.CallAsync((a, c) => a.GetCampaignAsync(campaign.Id, c), cancellation).ConfigureAwait(false);
            if (current.Status != wanted)
            {
                throw;
            }

            return current;
        }
    }

    private async Task<CampaignStatisticsResult> StatisticsAsync(string stage, CancellationToken cancellation)
    {
        var id = await starter.StartAsync($"{campaign.Id}:statistics:{stage}", (a, key, parent, c) => a.StartCampaignStatisticsAsync(campaign.Id, stage, key, parent, c), cancellation).ConfigureAwait(false);
        var operation = await SucceededAsync(id, cancellation).ConfigureAwait(false);
        return KtrdrJson.Read<CampaignStatisticsResult>(operation.Result!.Value);
    }

    /// <summary>A test that failed leaves the figures empty: without them the conclusion is "unproven".</summary>
    private async Task TestAsync(Experiment experiment, CancellationToken cancellation)
    {
        if (experiment.Test is not null)
        {
            return;
        }

        var request = new BacktestRequest
        {
            Model = experiment.ModelId,
            Dataset = campaign.Dataset,
            Window = "test",
            Purpose = RunPurposes.Nomination,
            ExperimentId = experiment.Id,
        };
        var id = await starter.StartAsync($"{experiment.Id}:test", (a, key, parent, c) => a.StartBacktestAsync(request, key, parent, campaign.Id, c), cancellation).ConfigureAwait(false);
        var operation = await waiter.FinishedAsync(id, cancellation).ConfigureAwait(false);
        var metrics = operation is { Status: OperationStatus.Succeeded, Result: { } result } ? KtrdrJson.Read<BacktestResult>(result).Metrics : null;
        var transition = new ExperimentTransition { From = experiment.Phase, To = experiment.Phase, TestOperationId = id, Test = metrics };
        await api.CallAsync((a, c) => a.TransitionExperimentAsync(experiment.Id, transition, c), cancellation).ConfigureAwait(false);
    }

    /// <summary>One that failed, perhaps under an earlier attempt of this loop, is tried once more: without it the campaign has no end.</summary>
    private async Task<Operation> SucceededAsync(string operationId, CancellationToken cancellation)
    {
        var operation = await waiter.FinishedAsync(operationId, cancellation).ConfigureAwait(false);
        if (operation.Status != OperationStatus.Succeeded)
        {
            await api.CallAsync((a, c) => a.RetryOperationAsync(operationId, c), cancellation).ConfigureAwait(false);
            operation = await waiter.FinishedAsync(operationId, cancellation).ConfigureAwait(false);
        }

        return operation.Status == OperationStatus.Succeeded
            ? operation
            : throw new OperationFailedException("closing_failed", $"The campaign cannot be closed: {OperationWaiter.ReasonOf(operation)}") { Suggestion = "retry the research operation" };
    }
}
