using Ktrdr.Api.MarketData;
using Ktrdr.Api.Models;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Strategies;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Research;

/// <summary>A campaign's life: start, close, closed. The experiments are driven by an agent's operation.</summary>
internal sealed class CampaignService(KtrdrDatabase database, CampaignStore store, MemoryStore memory, DatasetStore datasets, StrategyStore strategies, OperationService operations)
{
    private const int MostCycles = 1_000;
    private const int MostLag = 64;
    private const int LongestText = 2_000;

    public async Task<ResearchStarted> StartAsync(ResearchRequest request, string actor, CancellationToken cancellationToken)
    {
        Check(request);
        var dataset = await datasets.ResolveAsync(request.Dataset, request.Symbol, request.Timeframe, cancellationToken);
        if (dataset.Symbol != request.Symbol || dataset.Timeframe != request.Timeframe)
        {
            throw ApiException.Invalid("dataset", $"{dataset.Symbol} {dataset.Timeframe}", $"a dataset of {request.Symbol} {request.Timeframe}");
        }

        var strategy = request.Strategy is null ? null : await strategies.RequireAsync(request.Strategy, null, cancellationToken);
        var id = Ids.New("cmp");
        var scope = request.MemoryScope ?? id;
        var campaign = new Campaign
        {
            Id = id,
            Goal = request.Goal,
            Symbol = dataset.Symbol,
            Timeframe = dataset.Timeframe,
            Dataset = dataset.Id,
            Synthetic = dataset.Synthetic,
            Cycles = request.Cycles,
            Seed = request.Seed,
            Lag = request.Lag,
            CloseWhenDone = request.Close,
            MemoryScope = scope,
            Strategy = strategy?.Hash,
            Status = CampaignStatus.Open,
            Memory = new MemorySnapshot(await memory.ListLessonsAsync(scope, cancellationToken)),
            CreatedAt = DateTimeOffset.UtcNow,
        };
        await store.AddAsync(campaign, cancellationToken);
        var accepted = await DriveAsync(campaign, actor, cancellationToken);
        await store.SaveAsync(campaign with { ResearchOperationId = accepted.OperationId }, cancellationToken);
        return new ResearchStarted(id, accepted.OperationId);
    }

    /// <summary>No further experiments. If nobody drives the campaign any more, a new operation brings it to its end.</summary>
    public Task<Campaign> CloseAsync(string id, string actor, CancellationToken cancellationToken)
        => database.InTransactionAsync(
            async () =>
            {
                var campaign = await store.LockAsync(id, cancellationToken);
                if (campaign.Status == CampaignStatus.Closed)
                {
                    return campaign;
                }

                var driven = await database.Operations.AnyAsync(
                    o => o.Id == campaign.ResearchOperationId && o.Status != OperationStatus.Succeeded && o.Status != OperationStatus.Failed && o.Status != OperationStatus.Cancelled, cancellationToken);
                var closing = campaign with
                {
                    Status = CampaignStatus.Closing,
                    ResearchOperationId = driven ? campaign.ResearchOperationId : (await DriveAsync(campaign, actor, cancellationToken)).OperationId,
                };
                await store.SaveAsync(closing, cancellationToken);
                return closing;
            },
            cancellationToken);

    /// <summary>The driver's word that the verdicts are final.</summary>
    public Task<Campaign> MarkClosedAsync(string id, CancellationToken cancellationToken)
        => database.InTransactionAsync(
            async () =>
            {
                var campaign = await store.LockAsync(id, cancellationToken);
                if (campaign.Status == CampaignStatus.Closed)
                {
                    return campaign;
                }

                if (campaign.Status != CampaignStatus.Closing || campaign.Statistics?.Stage != CampaignStages.Conclude)
                {
                    throw new ApiException(409, ErrorCodes.WrongState, $"campaign {id} is {KtrdrJson.Word(campaign.Status)} with statistics {campaign.Statistics?.Stage ?? "none"}; closed is allowed when it is closing and its statistics are concluded")
                    {
                        Field = "status",
                        Allowed = "closing",
                    };
                }

                var closed = campaign with { Status = CampaignStatus.Closed, ClosedAt = DateTimeOffset.UtcNow };
                await store.SaveAsync(closed, cancellationToken);
                return closed;
            },
            cancellationToken);

    private static void Check(ResearchRequest request)
    {
        if (request.Cycles is < 1 or > MostCycles)
        {
            throw ApiException.Invalid("cycles", request.Cycles, $"1 to {MostCycles}");
        }

        if (request.Lag is < 1 or > MostLag)
        {
            throw ApiException.Invalid("lag", request.Lag, $"1 to {MostLag}");
        }

        RunRules.CheckSeed(request.Seed);
        if (request.Goal.Length is 0 or > LongestText)
        {
            throw ApiException.Invalid("goal", $"{request.Goal.Length} characters", $"1 to {LongestText} characters");
        }

        if (request.MemoryScope is { Length: 0 or > 200 })
        {
            throw ApiException.Invalid("memory_scope", request.MemoryScope, "1 to 200 characters");
        }
    }

    private Task<OperationAccepted> DriveAsync(Campaign campaign, string actor, CancellationToken cancellationToken)
        => operations.AcceptAsync(
            new NewOperation(OperationTypes.AgentResearch, KtrdrJson.ToElement(new AgentResearchRequest(campaign.Id)), actor) { CampaignId = campaign.Id, Seed = campaign.Seed }, cancellationToken);
}

/// <summary>The two times at which a campaign is judged.</summary>
internal static class CampaignStages
{
    public const string Nominate = "nominate";
    public const string Conclude = "conclude";
}
