using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Api.Security;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Dashboard;

/// <summary>Reads what the first page shows. The figures are those of the routes of the same names.</summary>
internal sealed class DashboardReader(KtrdrDatabase database, WorkerStore workers, OperationReader operations, ProgressCache progress, CampaignStore campaigns)
{
    private const int ShownActive = 40;
    private const int ShownFinished = 30;
    private const int ShownCampaigns = 20;

    /// <summary>How many waiting operations say why; the ones behind them wait for the same.</summary>
    private const int ExplainedQueued = 10;

    /// <summary>What a request says in few words.</summary>
    private static readonly string[] ShownFields = ["symbol", "timeframe", "purpose", "window", "stage", "dropped_inputs", "experiment_id"];

    public async Task<DashboardView> ReadAsync(Caller caller, CancellationToken cancellationToken) => new(
        await workers.ListAsync(cancellationToken),
        await OperationsAsync(caller, cancellationToken),
        await CampaignsAsync(cancellationToken));

    /// <summary>What runs, newest first; then what waits, in the order of its turn; then what is finished, newest first.</summary>
    private async Task<IReadOnlyList<Operation>> OperationsAsync(Caller caller, CancellationToken cancellationToken)
    {
        OperationStatus[] finished = [OperationStatus.Succeeded, OperationStatus.Failed, OperationStatus.Cancelled];
        var running = await NewestAsync(o => !finished.Contains(o.Status) && o.Status != OperationStatus.Queued, ShownActive);
        var queued = await database.Operations.Where(o => o.Status == OperationStatus.Queued)
            .OrderByDescending(o => o.Priority).ThenBy(o => o.Vtime).ThenBy(o => o.Id).Take(ShownActive).ToListAsync(cancellationToken);
        var over = await NewestAsync(o => finished.Contains(o.Status), ShownFinished);

        var moments = await Task.WhenAll(running.Select(row => progress.FreshAsync(row, cancellationToken)));
        var shown = running.Select((row, i) => OperationMapping.ToOperation(row) with { Progress = moments[i] is { } text ? Json.Read<OperationProgress>(text) : null }).ToList();
        foreach (var row in queued.Take(ExplainedQueued))
        {
            shown.Add(await operations.DescribeAsync(row, caller, cancellationToken));
        }

        shown.AddRange(queued.Skip(ExplainedQueued).Concat(over).Select(row => OperationMapping.ToOperation(row)));

        // Requests can be large and leases move all the time: an operation's own route has both.
        return [.. shown.Select(o => o with { LeaseExpiresAt = null, Request = Shortened(o.Request) })];

        Task<List<OperationRow>> NewestAsync(System.Linq.Expressions.Expression<Func<OperationRow, bool>> which, int most)
            => database.Operations.Where(which).OrderByDescending(o => o.Id).Take(most).ToListAsync(cancellationToken);
    }

    private static JsonElement Shortened(JsonElement request)
        => KtrdrJson.ToElement(ShownFields.Where(f => request.TryGetProperty(f, out var value) && value.ValueKind != JsonValueKind.Null).ToDictionary(f => f, request.GetProperty));

    private async Task<IReadOnlyList<CampaignSummary>> CampaignsAsync(CancellationToken cancellationToken)
    {
        var newest = await campaigns.NewestAsync(ShownCampaigns, cancellationToken);
        var ids = newest.Select(c => c.Id).ToArray();

        // xmin is the transaction that wrote a row last, so the sum moves with every change and no document is read.
        var counts = (await database.Database.SqlQuery<CampaignCount>($"""
            select campaign_id as id, (count(*) filter (where phase in ('done', 'failed')))::int as done, sum(xmin::text::bigint)::bigint as revision
            from experiments where campaign_id = any ({ids}) group by campaign_id
            """).ToListAsync(cancellationToken)).ToDictionary(c => c.Id);
        return [.. newest.Select(campaign => new CampaignSummary(
            campaign.Id,
            campaign.Goal,
            campaign.Symbol,
            campaign.Timeframe,
            campaign.Synthetic,
            campaign.Status,
            campaign.Cycles,
            counts.GetValueOrDefault(campaign.Id)?.Done ?? 0,
            campaign.Statistics?.Trials,
            campaign.Statistics?.EffectiveTrials,
            campaign.Statistics?.Stage,
            campaign.CreatedAt,
            counts.GetValueOrDefault(campaign.Id)?.Revision ?? 0))];
    }
}
