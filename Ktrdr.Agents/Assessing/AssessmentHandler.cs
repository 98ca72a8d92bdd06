using Ktrdr.Agents.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Engine.Strategies;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Agents.Assessing;

/// <summary>Runs <c>agent_assessment</c>: gathers the runs of an experiment, has its inputs left out one by one, and says what it all means.</summary>
internal sealed class AssessmentHandler(ResearcherApi researcher) : IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<ExperimentRequest>();
        var api = researcher.Patient;
        var waiter = new OperationWaiter(api);
        var cancellation = context.Cancellation;
        context.Report(new OperationProgress(5, "reading the runs"));
        var campaign = await api.CallAsync((a, c) => a.GetCampaignAsync(request.CampaignId, c), cancellation).ConfigureAwait(false);
        var experiment = await api.CallAsync((a, c) => a.GetExperimentAsync(request.ExperimentId, c), cancellation).ConfigureAwait(false);
        var training = await ResultAsync<TrainingResult>(experiment.TrainingOperationId).ConfigureAwait(false);
        var backtest = await ResultAsync<BacktestResult>(experiment.BacktestOperationId).ConfigureAwait(false);
        IReadOnlyList<InputAttribution> attribution = [];
        if (experiment.Gate is null or { Passed: true } && experiment.StrategyHash is { } hash)
        {
            var strategy = await api.CallAsync((a, c) => a.GetStrategyAsync(hash, null, c), cancellation).ConfigureAwait(false);
            var inputs = AblationPlan.InputsOf(StrategyReader.Parse(strategy.Document, lenient: true));
            context.Report(new OperationProgress(20, $"leaving out {inputs.Count} inputs one by one"));
            attribution = await new Ablation(api, waiter, campaign, experiment, context.OperationId).RunAsync(inputs, cancellation).ConfigureAwait(false);
        }

        var assessment = Assessor.Assess(new Evidence(experiment, training, backtest, attribution));
        return OperationOutcome.Of(assessment, ResultHashes.Of(assessment));

        async Task<T?> ResultAsync<T>(string? operationId)
            where T : class
        {
            if (operationId is null)
            {
                return null;
            }

            var operation = await api.CallAsync((a, c) => a.GetOperationAsync(operationId, c), cancellation).ConfigureAwait(false);
            return operation.Result is { } result ? KtrdrJson.Read<T>(result) : null;
        }
    }
}
