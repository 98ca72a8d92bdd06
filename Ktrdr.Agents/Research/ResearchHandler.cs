using Ktrdr.Contracts.Research;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Agents.Research;

/// <summary>Runs <c>agent_research</c>: the loop over a campaign's experiments.</summary>
internal sealed class ResearchHandler(ResearcherApi researcher) : IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<AgentResearchRequest>();
        var api = researcher.Patient;
        var loop = new ResearchLoop(api, new OperationWaiter(api), context.Report);
        var result = await loop.RunAsync(request.CampaignId, context.OperationId, context.Cancellation).ConfigureAwait(false);
        return OperationOutcome.Of(result, ResultHashes.Of(result, nameof(AgentResearchResult.CampaignId)));
    }
}
