using Ktrdr.Agents.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;

namespace Ktrdr.Agents.Assessing;

/// <summary>
/// Runs the small trainings of an attribution on training workers, all at once: on the campaign's train window, whose last fifth gives the losses that are
/// compared. They are in the ledger as <c>ablation</c>, neither trials nor ever nominated.
/// </summary>
internal sealed class Ablation(PatientApi api, OperationWaiter waiter, Campaign campaign, Experiment experiment, string assessmentOperationId)
{
    /// <returns>One row per input, in the given order.</returns>
    public async Task<IReadOnlyList<InputAttribution>> RunAsync(IReadOnlyList<string> inputs, CancellationToken cancellation)
    {
        if (inputs.Count == 0)
        {
            return [];
        }

        var all = LossAsync(null, cancellation);
        var without = inputs.Select(input => LossAsync(input, cancellation)).ToArray();
        var lossWith = await all.ConfigureAwait(false);
        var losses = await Task.WhenAll(without).ConfigureAwait(false);
        return [.. inputs.Select((input, i) => new InputAttribution(input, lossWith, losses[i], losses[i] - lossWith))];
    }

    /// <summary>Null where the training failed or its loss is not finite.</summary>
    private async Task<double?> LossAsync(string? dropped, CancellationToken cancellation)
    {
        var request = new TrainingRequest
        {
            Strategy = experiment.StrategyHash!,
            Dataset = campaign.Dataset,
            Symbol = campaign.Symbol,
            Timeframe = campaign.Timeframe,
            Seed = ExperimentRun.TrainingSeed(campaign, experiment.Number),
            Epochs = AblationPlan.Epochs,
            Purpose = RunPurposes.Ablation,
            DroppedInputs = dropped is null ? [] : [dropped],
            ExperimentId = experiment.Id,
        };
        var key = $"{experiment.Id}:ablation:{dropped ?? "none"}";
        var accepted = await api.CallAsync((a, c) => a.StartTrainingAsync(request, key, assessmentOperationId, campaign.Id, c), cancellation).ConfigureAwait(false);
        var operation = await waiter.FinishedAsync(accepted.OperationId, cancellation).ConfigureAwait(false);
        return operation is { Status: OperationStatus.Succeeded, Result: { } result } ? KtrdrJson.Read<TrainingResult>(result).ValidationLoss : null;
    }
}
