using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Research;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Research;

/// <summary>An experiment's guarded steps.</summary>
internal sealed class ExperimentService(KtrdrDatabase database, CampaignStore store, LedgerStore ledger)
{
    private static readonly Dictionary<ExperimentPhase, ExperimentPhase[]> Steps = new()
    {
        [ExperimentPhase.Designing] = [ExperimentPhase.Training, ExperimentPhase.Failed],
        [ExperimentPhase.Training] = [ExperimentPhase.Backtesting, ExperimentPhase.Assessing, ExperimentPhase.Failed],
        [ExperimentPhase.Backtesting] = [ExperimentPhase.Assessing, ExperimentPhase.Failed],
        [ExperimentPhase.Assessing] = [ExperimentPhase.Learning, ExperimentPhase.Failed],
        [ExperimentPhase.Learning] = [ExperimentPhase.Done, ExperimentPhase.Failed],
        [ExperimentPhase.Done] = [],
        [ExperimentPhase.Failed] = [],
    };

    /// <summary>Creates the experiment of that number, or gives it back as it is.</summary>
    public Task<Experiment> CreateAsync(string campaignId, int number, CancellationToken cancellationToken)
        => database.InTransactionAsync(
            async () =>
            {
                var campaign = await store.LockAsync(campaignId, cancellationToken);
                if (await store.FindExperimentAsync(campaignId, number, cancellationToken) is { } known)
                {
                    return known;
                }

                if (number < 1 || number > campaign.Cycles)
                {
                    throw ApiException.Invalid("number", number, $"1 to {campaign.Cycles}, the campaign's cycles");
                }

                if (campaign.Status != CampaignStatus.Open)
                {
                    throw new ApiException(409, ErrorCodes.WrongState, $"campaign {campaignId} is {KtrdrJson.Word(campaign.Status)}; experiments are created while it is open") { Field = "status", Allowed = "open" };
                }

                var now = DateTimeOffset.UtcNow;
                var experiment = new Experiment { Id = Ids.New("exp"), CampaignId = campaignId, Number = number, Phase = ExperimentPhase.Designing, CreatedAt = now, UpdatedAt = now };
                await store.AddExperimentAsync(experiment, cancellationToken);
                return experiment;
            },
            cancellationToken);

    public async Task<Experiment> TransitionAsync(string id, ExperimentTransition step, string actor, CancellationToken cancellationToken)
    {
        var (before, after) = await MoveAsync(id, step, actor, cancellationToken);
        ResearchMetrics.Moved(before, after);
        return after;
    }

    private Task<(Experiment Before, Experiment After)> MoveAsync(string id, ExperimentTransition step, string actor, CancellationToken cancellationToken)
        => database.InTransactionAsync(
            async () =>
            {
                var experiment = await store.LockExperimentAsync(id, cancellationToken);
                if (experiment.Phase != step.From)
                {
                    throw new ApiException(409, ErrorCodes.WrongState, $"experiment {id} is {KtrdrJson.Word(experiment.Phase)}, not {KtrdrJson.Word(step.From)}") { Field = "from", Allowed = KtrdrJson.Word(experiment.Phase) };
                }

                if (step.To != step.From && !Steps[step.From].Contains(step.To))
                {
                    throw ApiException.Invalid("to", KtrdrJson.Word(step.To), string.Join(", ", Steps[step.From].Prepend(step.From).Select(KtrdrJson.Word)));
                }

                if (experiment.VerdictIsFinal && step.Verdict is not null && step.Verdict != experiment.Verdict)
                {
                    throw new ApiException(409, ErrorCodes.WrongState, $"the verdict of experiment {id} is final: {experiment.Verdict}") { Field = "verdict", Allowed = experiment.Verdict };
                }

                var moved = Apply(experiment, step);
                await store.SaveExperimentAsync(moved, cancellationToken);
                if (step.Gate is { Gate: "training", Passed: false } && experiment.Gate is null)
                {
                    await RecordGatedAsync(moved, actor, cancellationToken);
                }

                return (experiment, moved);
            },
            cancellationToken);

    /// <summary>A strategy that the training gate stopped was tried: it counts.</summary>
    private async Task RecordGatedAsync(Experiment experiment, string actor, CancellationToken cancellationToken)
    {
        var campaign = await store.RequireAsync(experiment.CampaignId, cancellationToken);
        var seed = await database.Operations.Where(o => o.Id == experiment.TrainingOperationId).Select(o => o.Seed).SingleOrDefaultAsync(cancellationToken);
        await ledger.AppendAsync(
            new LedgerEvaluation(
                experiment.TrainingOperationId ?? experiment.Id, actor, RunPurposes.Trial, experiment.StrategyHash ?? "", campaign.Dataset, DataWindows.Validation, seed ?? campaign.Seed, LedgerOutcomes.Gated)
            {
                CampaignId = experiment.CampaignId,
                ExperimentId = experiment.Id,
            },
            cancellationToken);
    }

    private static Experiment Apply(Experiment experiment, ExperimentTransition step)
    {
        var now = DateTimeOffset.UtcNow;
        var ended = step.To is ExperimentPhase.Done or ExperimentPhase.Failed;
        return experiment with
        {
            Phase = step.To,
            StrategyName = step.StrategyName ?? experiment.StrategyName,
            StrategyHash = step.StrategyHash ?? experiment.StrategyHash,
            Hypothesis = step.Hypothesis ?? experiment.Hypothesis,
            HypothesisId = step.HypothesisId ?? experiment.HypothesisId,
            Blocks = step.Blocks ?? experiment.Blocks,
            DesignOperationId = step.DesignOperationId ?? experiment.DesignOperationId,
            TrainingOperationId = step.TrainingOperationId ?? experiment.TrainingOperationId,
            BacktestOperationId = step.BacktestOperationId ?? experiment.BacktestOperationId,
            AssessmentOperationId = step.AssessmentOperationId ?? experiment.AssessmentOperationId,
            LearningOperationId = step.LearningOperationId ?? experiment.LearningOperationId,
            TestOperationId = step.TestOperationId ?? experiment.TestOperationId,
            ModelId = step.ModelId ?? experiment.ModelId,
            Gate = step.Gate ?? experiment.Gate,
            Validation = step.Validation ?? experiment.Validation,
            Test = step.Test ?? experiment.Test,
            Verdict = step.Verdict ?? experiment.Verdict,
            VerdictReasons = step.VerdictReasons ?? experiment.VerdictReasons,
            Assessment = step.Assessment ?? experiment.Assessment,
            Lesson = step.Lesson ?? experiment.Lesson,
            Failure = step.Failure ?? experiment.Failure,
            UpdatedAt = now,
            FinishedAt = ended ? experiment.FinishedAt ?? now : experiment.FinishedAt,
        };
    }
}
