using Ktrdr.Api.Observability;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.Api.Observability;

/// <summary>What the samples of the lab say is what the database holds.</summary>
public sealed class LabReaderTests : IAsyncLifetime
{
    /// <summary>No silence ends anything here: a busy machine may take its time.</summary>
    private readonly ApiFixture _fixture = new();
    private readonly Clock _clock = new();
    private LabReader _reader = null!;

    public async Task InitializeAsync()
    {
        await _fixture.InitializeAsync();
        if (PostgresServer.Missing is null)
        {
            _reader = new LabReader(_fixture.Api.Services.GetRequiredService<NpgsqlDataSource>(), _fixture.Leases, _clock);
        }
    }

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [PostgresFact]
    public async Task Read_OfAnEmptyLab_IsEmpty()
    {
        var sample = await ReadAsync();

        Assert.Empty(sample.Operations);
        Assert.Empty(sample.OldestQueued);
        Assert.Empty(sample.Trials);
        Assert.True(sample.DatabaseBytes > 1_000_000);
    }

    [PostgresFact]
    public async Task OldestQueued_AfterARefusal_HasWaitedSinceItWasQueued()
    {
        var id = await AcceptAsync();
        await _fixture.SqlAsync($"update operation_events set at = at - interval '100 s' where operation_id = '{id}'");
        await _fixture.SqlAsync($"insert into operation_events (operation_id, event, from_status, to_status, attempt) values ('{id}', 'refused', 'dispatched', 'queued', 1)");

        var sample = await ReadAsync();

        Assert.Equal([(OperationTypes.AgentDesign, WorkerKinds.Agent, "queued", 1L)], sample.Operations);
        var (kind, seconds) = Assert.Single(sample.OldestQueued);
        Assert.Equal(WorkerKinds.Agent, kind);
        Assert.InRange(seconds, 100, 160);

        await _fixture.SqlAsync($"insert into operation_events (operation_id, event, from_status, to_status, attempt) values ('{id}', 'requeued', 'lost', 'queued', 1)");
        Assert.InRange(Assert.Single((await ReadAsync()).OldestQueued).Seconds, 0, 60);
    }

    [PostgresFact]
    public async Task LongestSilence_OfARunningOperation_EndsWithNewProgress()
    {
        await using var worker = await FakeWorker.StartAsync(_fixture.Api, "quiet", [WorkerKinds.Agent]);
        var id = await AcceptAsync();
        var dispatch = await worker.NextAsync();
        await worker.BeatAsync(dispatch);
        Assert.Equal([(OperationTypes.AgentDesign, 0.0)], (await ReadAsync()).LongestSilence);

        _clock.Pass(TimeSpan.FromSeconds(70));
        await worker.BeatAsync(dispatch);
        Assert.Equal([(OperationTypes.AgentDesign, 70.0)], (await ReadAsync()).LongestSilence);

        await worker.Reports.ReportProgressAsync(id, dispatch.Attempt, dispatch.AttemptToken, new ProgressReport(new OperationProgress(50, "further")));
        var sample = await ReadAsync();
        Assert.Equal([(OperationTypes.AgentDesign, 0.0)], sample.LongestSilence);
        var seen = Assert.Single(sample.Workers);
        Assert.Equal(("quiet", "agent", "busy", 1, 1), (seen.WorkerId, seen.Kinds, seen.Status, seen.Slots, seen.BusySlots));
        await worker.Reports.ReportResultAsync(id, dispatch.Attempt, dispatch.AttemptToken, new ResultReport(KtrdrJson.ToElement(new { })) { ResultHash = new string('c', 64) });
        Assert.Empty((await ReadAsync()).LongestSilence);
    }

    [PostgresFact]
    public async Task Trials_ReadAgain_AddUpWhatTheLedgerGained()
    {
        await AppendAsync("trial", "completed");
        await AppendAsync("trial", "gated");
        Assert.Equal([("trial", "completed", 1L), ("trial", "gated", 1L)], (await ReadAsync()).Trials);

        await AppendAsync("trial", "completed");
        await AppendAsync("ablation", "completed");
        var totals = (await ReadAsync()).Trials;

        Assert.Equal([("ablation", "completed", 1L), ("trial", "completed", 2L), ("trial", "gated", 1L)], totals);
        Assert.Equal(totals, (await ReadAsync()).Trials);
    }

    [PostgresFact]
    public async Task CampaignIdle_OfADrivenCampaign_EndsWhenOneOfItsOperationsMoves()
    {
        await using var worker = await FakeWorker.StartAsync(_fixture.Api, "driver", [WorkerKinds.Agent], slots: 2);
        var driver = await AcceptAsync();
        var driving = await worker.NextAsync();
        await _fixture.SqlAsync($$"""insert into campaigns (id, status, document, created_at) values ('cmp_1', 'open', '{"research_operation_id": "{{driver}}"}', now() - interval '1 h'), ('cmp_2', 'open', '{}', now() - interval '1 h')""");
        var (campaign, seconds) = Assert.Single((await ReadAsync()).CampaignIdle);
        Assert.Equal("cmp_1", campaign);
        Assert.InRange(seconds, 3600, 3700);

        var part = await AcceptAsync();
        await _fixture.SqlAsync($"update operations set campaign_id = 'cmp_1', created_at = now() - interval '1 h' where id = '{part}'");
        await worker.NextAsync();
        Assert.InRange(Assert.Single((await ReadAsync()).CampaignIdle).Seconds, 0, 60);

        await _fixture.SqlAsync($"update operations set started_at = now() - interval '1 h' where id = '{part}'");
        _clock.Pass(TimeSpan.FromMinutes(20));
        Assert.InRange(Assert.Single((await ReadAsync()).CampaignIdle).Seconds, 1190, 1300);
        await _fixture.SqlAsync($$"""update operations set progress = '{"percent": 7, "step": "further"}' where id = '{{part}}'""");
        Assert.InRange(Assert.Single((await ReadAsync()).CampaignIdle).Seconds, 0, 60);

        await _fixture.SqlAsync($"update operations set status = 'failed', lease_expires_at = null where id in ('{driving.OperationId}', '{part}')");
        Assert.Empty((await ReadAsync()).CampaignIdle);
    }

    private Task<LabSample> ReadAsync() => _reader.ReadAsync(CancellationToken.None);

    private async Task<string> AcceptAsync()
    {
        await using var scope = _fixture.Api.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(OperationTypes.AgentDesign, KtrdrJson.ToElement(new { }), "test"), CancellationToken.None)).OperationId;
    }

    private async Task AppendAsync(string purpose, string outcome)
    {
        await using var scope = _fixture.Api.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<Ktrdr.Api.Persistence.KtrdrDatabase>();
        await using var transaction = await database.Database.BeginTransactionAsync();
        await scope.ServiceProvider.GetRequiredService<LedgerStore>().AppendAsync(new LedgerEvaluation("op_1", "test", purpose, "hash", "data", "validation", 1, outcome), CancellationToken.None);
        await transaction.CommitAsync();
    }

    /// <summary>Stands still until it is told that time passes.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;
    }
}
