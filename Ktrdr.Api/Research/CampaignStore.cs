using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Research;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Research;

/// <summary>Campaigns and experiments: documents behind the few columns that queries need. A change locks its row first.</summary>
internal sealed class CampaignStore(KtrdrDatabase database)
{
    public async Task<Campaign> RequireAsync(string id, CancellationToken cancellationToken)
        => Json.Read<Campaign>(await database.Campaigns.Where(c => c.Id == id).Select(c => c.Document).SingleOrDefaultAsync(cancellationToken) ?? throw ApiException.NotFound("campaign", id));

    /// <summary>Reads a campaign and keeps others from changing it until the transaction ends.</summary>
    public async Task<Campaign> LockAsync(string id, CancellationToken cancellationToken)
    {
        var rows = await database.Campaigns.FromSql($"select * from campaigns where id = {id} for update").ToListAsync(cancellationToken);
        return Json.Read<Campaign>(rows.SingleOrDefault()?.Document ?? throw ApiException.NotFound("campaign", id));
    }

    public Task<IReadOnlyList<Campaign>> ListAsync(CancellationToken cancellationToken) => NewestAsync(1_000, cancellationToken);

    public async Task<IReadOnlyList<Campaign>> NewestAsync(int most, CancellationToken cancellationToken)
        => [.. (await database.Campaigns.OrderByDescending(c => c.Id).Take(most).Select(c => c.Document).ToListAsync(cancellationToken)).Select(Json.Read<Campaign>)];

    public Task AddAsync(Campaign campaign, CancellationToken cancellationToken)
        => database.Database.ExecuteSqlRawAsync(
            "insert into campaigns (id, status, document) values (@id, @status, @document)",
            [new NpgsqlParameter("id", campaign.Id), new NpgsqlParameter("status", KtrdrJson.Word(campaign.Status)), Document(campaign)],
            cancellationToken);

    public Task SaveAsync(Campaign campaign, CancellationToken cancellationToken)
        => database.Database.ExecuteSqlRawAsync(
            "update campaigns set status = @status, document = @document where id = @id",
            [new NpgsqlParameter("id", campaign.Id), new NpgsqlParameter("status", KtrdrJson.Word(campaign.Status)), Document(campaign)],
            cancellationToken);

    public async Task<IReadOnlyList<Experiment>> ListExperimentsAsync(string campaignId, CancellationToken cancellationToken)
        => [.. (await database.Experiments.Where(e => e.CampaignId == campaignId).OrderBy(e => e.Number).Select(e => e.Document).ToListAsync(cancellationToken)).Select(Json.Read<Experiment>)];

    public async Task<Experiment> RequireExperimentAsync(string id, CancellationToken cancellationToken)
        => Json.Read<Experiment>(await database.Experiments.Where(e => e.Id == id).Select(e => e.Document).SingleOrDefaultAsync(cancellationToken) ?? throw ApiException.NotFound("experiment", id));

    public async Task<Experiment?> FindExperimentAsync(string campaignId, int number, CancellationToken cancellationToken)
        => await database.Experiments.Where(e => e.CampaignId == campaignId && e.Number == number).Select(e => e.Document).SingleOrDefaultAsync(cancellationToken) is { } document
            ? Json.Read<Experiment>(document)
            : null;

    public async Task<Experiment> LockExperimentAsync(string id, CancellationToken cancellationToken)
    {
        var rows = await database.Experiments.FromSql($"select * from experiments where id = {id} for update").ToListAsync(cancellationToken);
        return Json.Read<Experiment>(rows.SingleOrDefault()?.Document ?? throw ApiException.NotFound("experiment", id));
    }

    public Task AddExperimentAsync(Experiment experiment, CancellationToken cancellationToken)
        => database.Database.ExecuteSqlRawAsync(
            "insert into experiments (id, campaign_id, number, phase, document) values (@id, @campaign, @number, @phase, @document)",
            [
                new NpgsqlParameter("id", experiment.Id), new NpgsqlParameter("campaign", experiment.CampaignId), new NpgsqlParameter("number", experiment.Number),
                new NpgsqlParameter("phase", KtrdrJson.Word(experiment.Phase)), Document(experiment),
            ],
            cancellationToken);

    public Task SaveExperimentAsync(Experiment experiment, CancellationToken cancellationToken)
        => database.Database.ExecuteSqlRawAsync(
            "update experiments set phase = @phase, verdict_rank = @rank, deflated_sharpe = @deflated, t_statistic = @t, document = @document where id = @id",
            [
                new NpgsqlParameter("id", experiment.Id), new NpgsqlParameter("phase", KtrdrJson.Word(experiment.Phase)), new NpgsqlParameter("rank", VerdictRank.Of(experiment.Verdict)),
                Number("deflated", experiment.Statistics?.DeflatedSharpe), Number("t", experiment.Statistics?.TStatistic ?? experiment.Validation?.NetTStatistic), Document(experiment),
            ],
            cancellationToken);

    /// <summary>The best first: verdict, then deflated Sharpe, then t-statistic; earlier experiments win ties.</summary>
    public async Task<IReadOnlyList<Experiment>> BestAsync(string? campaignId, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.Experiments.FromSql($"""
            select * from experiments where {campaignId}::text is null or campaign_id = {campaignId}
            order by verdict_rank, deflated_sharpe desc nulls last, t_statistic desc nulls last, id limit {limit}
            """).ToListAsync(cancellationToken);
        return [.. rows.Select(r => Json.Read<Experiment>(r.Document))];
    }

    private static NpgsqlParameter Document<T>(T document) => new("document", NpgsqlDbType.Jsonb) { Value = Json.Write(document) };

    private static NpgsqlParameter Number(string name, double? value) => new(name, NpgsqlDbType.Double) { Value = (object?)value ?? DBNull.Value };
}
