using System.Net;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Agents.Research;

/// <summary>
/// Takes one experiment from where it stands to its end. The phase at the Api is the only state: each step starts its operation under a key of its own
/// (a second start gives the first answer), waits for it, and moves the phase by a guarded transition. Stopped between any two calls, it goes on.
/// </summary>
internal sealed class ExperimentRun(PatientApi api, OperationWaiter waiter, OperationStarter starter, Campaign campaign)
{
    /// <param name="earlier">The finished experiments that this one may know.</param>
    public async Task<Experiment> RunAsync(Experiment experiment, IReadOnlyList<Experiment> earlier, CancellationToken cancellation)
    {
        while (experiment.Phase is not (ExperimentPhase.Done or ExperimentPhase.Failed))
        {
            experiment = experiment.Phase switch
            {
                ExperimentPhase.Designing => await DesignAsync(experiment, earlier, cancellation).ConfigureAwait(false),
                ExperimentPhase.Training => await TrainAsync(experiment, cancellation).ConfigureAwait(false),
                ExperimentPhase.Backtesting => await BacktestAsync(experiment, cancellation).ConfigureAwait(false),
                ExperimentPhase.Assessing => await AssessAsync(experiment, cancellation).ConfigureAwait(false),
                _ => await LearnAsync(experiment, cancellation).ConfigureAwait(false),
            };
        }

        return experiment;
    }

    /// <summary>The seed of an experiment's training: of the campaign's seed and the number alone.</summary>
    internal static long TrainingSeed(Campaign campaign, int number) => (long)(Generator.Derive(unchecked((ulong)campaign.Seed), $"training/{number}") >> 1);

    private Task<Experiment> DesignAsync(Experiment experiment, IReadOnlyList<Experiment> earlier, CancellationToken cancellation) => PhaseAsync(
        experiment,
        experiment.DesignOperationId,
        async () =>
        {
            var request = await new DesignRequests(api, campaign).CreateAsync(experiment, earlier, cancellation).ConfigureAwait(false);
            return await StartAgentAsync(experiment, OperationTypes.AgentDesign, "designing", request, cancellation).ConfigureAwait(false);
        },
        id => To(ExperimentPhase.Designing) with { DesignOperationId = id },
        operation =>
        {
            var design = KtrdrJson.Read<DesignResult>(operation.Result!.Value);
            return To(ExperimentPhase.Training, ExperimentPhase.Designing) with
            {
                StrategyName = design.StrategyName,
                StrategyHash = design.StrategyHash,
                Hypothesis = design.Hypothesis,
                HypothesisId = design.HypothesisId,
                Blocks = design.Blocks,
            };
        },
        cancellation);

    private Task<Experiment> TrainAsync(Experiment experiment, CancellationToken cancellation) => PhaseAsync(
        experiment,
        experiment.TrainingOperationId,
        () => starter.StartAsync($"{experiment.Id}:training", (a, key, parent, c) => a.StartTrainingAsync(
            new TrainingRequest
            {
                Strategy = experiment.StrategyHash!,
                Dataset = campaign.Dataset,
                Symbol = campaign.Symbol,
                Timeframe = campaign.Timeframe,
                Seed = TrainingSeed(campaign, experiment.Number),
                Purpose = RunPurposes.Trial,
                ExperimentId = experiment.Id,
            },
            key, parent, campaign.Id, c), cancellation),
        id => To(ExperimentPhase.Training) with { TrainingOperationId = id },
        operation =>
        {
            var training = KtrdrJson.Read<TrainingResult>(operation.Result!.Value);
            var gate = Gates.AfterTraining(training);
            return gate.Passed
                ? To(ExperimentPhase.Backtesting, ExperimentPhase.Training) with { ModelId = training.ModelId }
                : Stopped(ExperimentPhase.Training, gate) with { ModelId = training.ModelId };
        },
        cancellation,
        failed => Gates.AfterFailedTraining(failed.Failure) is { } gate ? Stopped(ExperimentPhase.Training, gate) : null);

    private Task<Experiment> BacktestAsync(Experiment experiment, CancellationToken cancellation) => PhaseAsync(
        experiment,
        experiment.BacktestOperationId,
        () => starter.StartAsync($"{experiment.Id}:backtesting", (a, key, parent, c) => a.StartBacktestAsync(
            new BacktestRequest
            {
                Model = experiment.ModelId,
                Dataset = campaign.Dataset,
                Window = "validation",
                Purpose = RunPurposes.Trial,
                ExperimentId = experiment.Id,
            },
            key, parent, campaign.Id, c), cancellation),
        id => To(ExperimentPhase.Backtesting) with { BacktestOperationId = id },
        operation =>
        {
            var backtest = KtrdrJson.Read<BacktestResult>(operation.Result!.Value);
            var gate = Gates.AfterBacktest(backtest);
            return gate.Passed
                ? To(ExperimentPhase.Assessing, ExperimentPhase.Backtesting) with
                {
                    Validation = backtest.Metrics,
                    Verdict = backtest.ProvisionalVerdict,
                    VerdictReasons = backtest.ProvisionalReasons,
                }
                : Stopped(ExperimentPhase.Backtesting, gate);
        },
        cancellation);

    private Task<Experiment> AssessAsync(Experiment experiment, CancellationToken cancellation) => PhaseAsync(
        experiment,
        experiment.AssessmentOperationId,
        () => StartAgentAsync(experiment, OperationTypes.AgentAssessment, "assessing", new ExperimentRequest(campaign.Id, experiment.Id), cancellation),
        id => To(ExperimentPhase.Assessing) with { AssessmentOperationId = id },
        operation =>
        {
            var assessment = KtrdrJson.Read<Assessment>(operation.Result!.Value);
            return To(ExperimentPhase.Learning, ExperimentPhase.Assessing) with { Assessment = assessment, Verdict = assessment.ProvisionalVerdict };
        },
        cancellation);

    private Task<Experiment> LearnAsync(Experiment experiment, CancellationToken cancellation) => PhaseAsync(
        experiment,
        experiment.LearningOperationId,
        () => StartAgentAsync(experiment, OperationTypes.AgentLearning, "learning", new ExperimentRequest(campaign.Id, experiment.Id), cancellation),
        id => To(ExperimentPhase.Learning) with { LearningOperationId = id },
        operation => To(ExperimentPhase.Done, ExperimentPhase.Learning) with { Lesson = KtrdrJson.Read<Lesson>(operation.Result!.Value) },
        cancellation);

    private async Task<Experiment> PhaseAsync(
        Experiment experiment,
        string? startedAs,
        Func<Task<string>> start,
        Func<string, ExperimentTransition> remember,
        Func<Operation, ExperimentTransition> advance,
        CancellationToken cancellation,
        Func<Operation, ExperimentTransition?>? recover = null)
    {
        if (startedAs is null)
        {
            startedAs = await start().ConfigureAwait(false);
            var remembered = await MoveAsync(experiment, remember(startedAs), cancellation).ConfigureAwait(false);
            if (remembered.Phase != experiment.Phase)
            {
                return remembered;
            }
        }

        var operation = await waiter.FinishedAsync(startedAs, cancellation).ConfigureAwait(false);
        var next = operation is { Status: OperationStatus.Succeeded, Result: not null }
            ? advance(operation)
            : recover?.Invoke(operation) ?? To(ExperimentPhase.Failed, experiment.Phase) with { Failure = OperationWaiter.ReasonOf(operation) };
        return await MoveAsync(experiment, next, cancellation).ConfigureAwait(false);
    }

    /// <summary>A refused transition means that an earlier attempt of this loop made it already: go on from where the experiment stands.</summary>
    private async Task<Experiment> MoveAsync(Experiment experiment, ExperimentTransition transition, CancellationToken cancellation)
    {
        try
        {
            return await api.CallAsync((a, c) => a.TransitionExperimentAsync(experiment.Id, transition, c), cancellation).ConfigureAwait(false);
        }
        catch (KtrdrApiException refused) when (refused.Status == HttpStatusCode.Conflict)
        {
            var current = await api.CallAsync((a, c) => a.GetExperimentAsync(experiment.Id, c), cancellation).ConfigureAwait(false);
            if (current.Phase == experiment.Phase)
            {
                throw;
            }

            return current;
        }
    }

    private Task<string> StartAgentAsync<T>(Experiment experiment, string type, string phase, T request, CancellationToken cancellation) =>
        starter.StartAsync($"{experiment.Id}:{phase}", (a, key, parent, c) => a.StartAgentPhaseAsync(experiment.Id, type, KtrdrJson.ToElement(request), key, parent, c), cancellation);

    private static ExperimentTransition Stopped(ExperimentPhase from, GateOutcome gate) =>
        To(ExperimentPhase.Assessing, from) with { Gate = gate, Verdict = "rejected", VerdictReasons = [gate.Reason] };

    private static ExperimentTransition To(ExperimentPhase phase, ExperimentPhase? from = null) => new() { From = from ?? phase, To = phase };
}
