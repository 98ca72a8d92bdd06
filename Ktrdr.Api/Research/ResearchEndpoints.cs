using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Research;

internal static class ResearchEndpoints
{
    public static void MapResearch(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1").WithTags("research");
        group.MapPost("/research", StartAsync).Requires(Access.Research);
        group.MapGet("/campaigns", (CampaignStore store, CancellationToken ct) => store.ListAsync(ct)).Requires(Access.Read);
        group.MapGet("/campaigns/{id}", (string id, CampaignStore store, CancellationToken ct) => store.RequireAsync(id, ct)).Requires(Access.Read);
        group.MapPost("/campaigns/{id}/close", (string id, HttpContext context, CampaignService service, CancellationToken ct) => service.CloseAsync(id, Caller.Of(context).Actor, ct)).Requires(Access.Research);
        group.MapPost("/campaigns/{id}/closed", (string id, CampaignService service, CancellationToken ct) => service.MarkClosedAsync(id, ct)).Requires(Access.Research);
        group.MapGet("/campaigns/{id}/experiments", async (string id, CampaignStore store, CancellationToken ct) =>
        {
            await store.RequireAsync(id, ct);
            return await store.ListExperimentsAsync(id, ct);
        }).Requires(Access.Read);
        group.MapPost("/campaigns/{id}/experiments", (string id, CreateExperimentRequest request, ExperimentService service, CancellationToken ct) => service.CreateAsync(id, request.Number, ct)).Requires(Access.Research);
        group.MapGet("/campaigns/{id}/ledger", LedgerAsync).Requires(Access.Read);
        group.MapGet("/campaigns/{id}/trials", (string id, string? after, int? limit, bool? packed, TrialStore store, CancellationToken ct)
            => store.OfCampaignAsync(id, TrialPage.Of(after, limit, packed), ct)).Requires(Access.Read);
        group.MapPost("/campaigns/{id}/statistics", StatisticsAsync).Requires(Access.Research);
        group.MapGet("/leaderboard", (string? campaign, int? limit, Leaderboard board, CancellationToken ct) => board.RowsAsync(campaign, Paging.Limit(limit, 50, 1_000), ct)).Requires(Access.Read);
        group.MapGet("/experiments/{id}", (string id, CampaignStore store, CancellationToken ct) => store.RequireExperimentAsync(id, ct)).Requires(Access.Read);
        group.MapPost("/experiments/{id}/transition", (string id, ExperimentTransition step, HttpContext context, ExperimentService service, CancellationToken ct)
            => service.TransitionAsync(id, step, Caller.Of(context).Actor, ct)).Requires(Access.Research);
        group.MapPost("/experiments/{id}/phases/{type}", PhaseAsync).Requires(Access.Research);
        group.MapGet("/hypotheses", (string? scope, MemoryStore store, CancellationToken ct) => store.ListHypothesesAsync(scope, ct)).Requires(Access.Read);
        group.MapPost("/hypotheses", (SaveHypothesisRequest request, MemoryStore store, CancellationToken ct) => store.SaveHypothesisAsync(request, ct)).Requires(Access.Research);
        group.MapGet("/lessons", (string? scope, MemoryStore store, CancellationToken ct) => store.ListLessonsAsync(scope, ct)).Requires(Access.Read);
        group.MapPost("/lessons", (Lesson lesson, MemoryStore store, CancellationToken ct) => store.SaveLessonAsync(lesson, ct)).Requires(Access.Research);
    }

    private static async Task<IResult> StartAsync(
        ResearchRequest request, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context, CampaignService service, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var started = await idempotency.RunAsync("research", key, request, () => service.StartAsync(request, Caller.Of(context).Actor, cancellationToken), cancellationToken);
        return Results.Accepted($"/api/v1/operations/{started.OperationId}", started);
    }

    private static async Task<Page<LedgerEntry>> LedgerAsync(string id, string? after, int? limit, CampaignStore campaigns, KtrdrDatabase database, CancellationToken cancellationToken)
    {
        await campaigns.RequireAsync(id, cancellationToken);
        long from = 0;
        if (after is not null && !long.TryParse(after, out from))
        {
            throw ApiException.Invalid("after", after, "the next of an earlier page");
        }

        var most = Paging.Limit(limit, 200, 1_000);
        var rows = await database.Ledger.Where(l => l.CampaignId == id && l.Sequence > from).OrderBy(l => l.Sequence).Take(most + 1).ToListAsync(cancellationToken);
        var page = rows.Take(most).Select(LedgerStore.ToEntry).ToList();
        return new Page<LedgerEntry>(page, rows.Count > most ? page[^1].Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    private static async Task<IResult> StatisticsAsync(
        string id, string? stage, string? parent, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context,
        CampaignStore campaigns, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        if (stage is not (CampaignStages.Nominate or CampaignStages.Conclude))
        {
            throw ApiException.Invalid("stage", stage, $"{CampaignStages.Nominate}, {CampaignStages.Conclude}");
        }

        await campaigns.RequireAsync(id, cancellationToken);
        var operation = new NewOperation(OperationTypes.CampaignStatistics, KtrdrJson.ToElement(new CampaignStatisticsRequest(id, stage)), Caller.Of(context).Actor) { CampaignId = id, ParentId = parent };
        return Accepted.Operation(await idempotency.RunAsync(
            "campaigns/statistics", key, new { id, stage, parent }, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }

    private static async Task<IResult> PhaseAsync(
        string id, string type, JsonElement request, string? parent, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context,
        CampaignStore campaigns, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var experiment = await campaigns.RequireExperimentAsync(id, cancellationToken);
        var (campaignId, experimentId) = type switch
        {
            OperationTypes.AgentDesign => KtrdrJson.Read<DesignRequest>(request) is var design ? (design.CampaignId, design.ExperimentId) : default,
            OperationTypes.AgentAssessment or OperationTypes.AgentLearning => KtrdrJson.Read<ExperimentRequest>(request) is var phase ? (phase.CampaignId, phase.ExperimentId) : default,
            _ => throw ApiException.Invalid("type", type, $"{OperationTypes.AgentDesign}, {OperationTypes.AgentAssessment}, {OperationTypes.AgentLearning}"),
        };
        if (experimentId != id || campaignId != experiment.CampaignId)
        {
            throw ApiException.Invalid("experiment_id", $"{experimentId} of campaign {campaignId}", $"{id} of campaign {experiment.CampaignId}");
        }

        var operation = new NewOperation(type, request, Caller.Of(context).Actor) { CampaignId = experiment.CampaignId, ParentId = parent, ExperimentId = id };
        return Accepted.Operation(await idempotency.RunAsync(
            "experiments/phases", key, new { id, type, request, parent }, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }
}
