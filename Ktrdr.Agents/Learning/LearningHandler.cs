using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Agents.Learning;

/// <summary>Runs <c>agent_learning</c>: writes the lesson of an experiment into the memory. Saving twice is saving once.</summary>
internal sealed class LearningHandler(ResearcherApi researcher) : IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<ExperimentRequest>();
        var api = researcher.Patient;
        var cancellation = context.Cancellation;
        context.Report(new OperationProgress(10, "reading the experiment"));
        var campaign = await api.CallAsync((a, c) => a.GetCampaignAsync(request.CampaignId, c), cancellation).ConfigureAwait(false);
        var experiment = await api.CallAsync((a, c) => a.GetExperimentAsync(request.ExperimentId, c), cancellation).ConfigureAwait(false);
        string? document = null;
        if (experiment.StrategyHash is { } hash)
        {
            document = (await api.CallAsync((a, c) => a.GetStrategyAsync(hash, null, c), cancellation).ConfigureAwait(false)).Document;
        }

        var lesson = Learner.Learn(campaign, experiment, document);
        context.Report(new OperationProgress(60, "saving the lesson"));
        await api.CallAsync((a, c) => a.SaveLessonAsync(lesson, c), cancellation).ConfigureAwait(false);
        return OperationOutcome.Of(lesson, ResultHashes.Of(lesson, nameof(Lesson.ExperimentId), nameof(Lesson.HypothesisId), nameof(Lesson.MemoryScope), nameof(Lesson.SavedAt)));
    }
}
