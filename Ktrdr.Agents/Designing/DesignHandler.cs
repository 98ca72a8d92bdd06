using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Strategies;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Agents.Designing;

/// <summary>Runs <c>agent_design</c>: a new strategy with its hypothesis, or the stored one that the campaign was given, saved at the Api.</summary>
internal sealed class DesignHandler(ResearcherApi researcher) : IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<DesignRequest>();
        var api = researcher.Patient;
        context.Report(new OperationProgress(5, request.Strategy is null ? "designing" : $"reading {request.Strategy}"));
        var design = request.Strategy is { } name
            ? Given(await api.CallAsync((a, c) => a.GetStrategyAsync(name, null, c), context.Cancellation).ConfigureAwait(false))
            : await context.ComputeAsync(() => Create(request)).ConfigureAwait(false);
        context.Report(new OperationProgress(60, "saving the strategy and its hypothesis"));
        var saved = await api.CallAsync((a, c) => a.SaveStrategyAsync(new StrategyDocumentRequest(design.Yaml) { Lenient = true }, c), context.Cancellation).ConfigureAwait(false);
        var campaign = await api.CallAsync((a, c) => a.GetCampaignAsync(request.CampaignId, c), context.Cancellation).ConfigureAwait(false);
        var hypothesis = await api.CallAsync((a, c) => a.SaveHypothesisAsync(new SaveHypothesisRequest(campaign.MemoryScope, design.Hypothesis, design.Rationale), c), context.Cancellation).ConfigureAwait(false);
        var result = new DesignResult
        {
            StrategyName = saved.Name,
            StrategyHash = saved.Hash,
            Document = saved.Document,
            Hypothesis = design.Hypothesis,
            HypothesisId = hypothesis.Id,
            Rationale = design.Rationale,
            Blocks = design.Blocks,
        };
        return OperationOutcome.Of(result, ResultHashes.Of(result, nameof(DesignResult.HypothesisId)));
    }

    private static Design Create(DesignRequest request)
    {
        try
        {
            return Designer.Create(request);
        }
        catch (InvalidOperationException exhausted)
        {
            throw new OperationFailedException("no_design", exhausted.Message, exhausted);
        }
    }

    private static Design Given(StrategyVersion strategy)
    {
        var document = StrategyReader.Parse(strategy.Document, lenient: true);
        return new Design(
            document, strategy.Document, strategy.Hash, Hypotheses.Statement(document), $"{strategy.Name}, version {strategy.Version}, was given to the campaign by {strategy.Author}.", DesignBlocks.Of(document));
    }
}
