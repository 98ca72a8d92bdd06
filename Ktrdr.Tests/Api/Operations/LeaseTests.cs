using Ktrdr.Api.Operations;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

/// <summary>Leases are shortened, so that the tests wait a second instead of fifteen.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
    private readonly ApiFixture _fixture = new() { Leases = new Leases { Running = TimeSpan.FromSeconds(1), Dispatched = TimeSpan.FromSeconds(4) } };

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [PostgresFact]
    public async Task Lease_NobodyRenewsIt_RunsAgainAndStillTakesTheLateResultUntilThen()
    {
        await using var worker = await FakeWorker.StartAsync(_fixture.Api, "silent", [WorkerKinds.Agent]);
        var id = await AcceptAsync();
        var first = await worker.NextAsync();
        await worker.LeaveAsync();

        await ApiFixture.UntilAsync(async () => (await Get(id)).Status == OperationStatus.Queued, "the lease's end");
        Assert.Equal(["accepted", "claimed", "started", "lease_expired", "requeued"], (await _fixture.Api.Admin.GetOperationEventsAsync(id)).Select(e => e.Event));

        await worker.Reports.ReportResultAsync(id, first.Attempt, first.AttemptToken, new ResultReport(KtrdrJson.ToElement(new { late = true })) { ResultHash = new string('c', 64) });
        Assert.Equal(OperationStatus.Succeeded, (await Get(id)).Status);
    }

    [PostgresFact]
    public async Task Dispatched_NeverStarted_GoesBackWithoutCounting()
    {
        await using var worker = await FakeWorker.StartAsync(_fixture.Api, "accepting", [WorkerKinds.Agent]);
        worker.StartAtOnce = false;
        var id = await AcceptAsync();
        var first = await worker.NextAsync();
        var second = await worker.NextAsync();
        Assert.Equal((1, 2), (first.Attempt, second.Attempt));
        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.ReportStartedAsync(id, 1, first.AttemptToken, new StartedReport()));
        Assert.Equal(ErrorCodes.Superseded, refused.Code);
        Assert.Equal(0, await _fixture.SqlAsync($"select losses from operations where id = '{id}'"));
        await worker.Reports.ReportStartedAsync(id, 2, second.AttemptToken, new StartedReport());
        await worker.Reports.ReportResultAsync(id, 2, second.AttemptToken, new ResultReport(KtrdrJson.ToElement(new { })) { ResultHash = new string('c', 64) });
    }

    [PostgresFact]
    public async Task Lease_OfAnOperationThatCannotBeEnded_KeepsNoOtherFromItsEnd()
    {
        await using var worker = await FakeWorker.StartAsync(_fixture.Api, "poisoned", [WorkerKinds.Agent], slots: 2);
        var (poisoned, sound) = (await AcceptAsync(), await AcceptAsync());
        await worker.NextAsync();
        await worker.NextAsync();

        // A part of a sweep whose request nobody understands: what it had computed cannot be counted, so it cannot end.
        await _fixture.SqlAsync($$"""
            update operations set type = 'sweep_part', status = 'cancelling', request = '{}', checkpoint = '{"sha256": "gone", "step": "1 variants"}', lease_expires_at = now() - interval '1 hour'
            where id = '{{poisoned}}'
            """);
        await worker.LeaveAsync();

        await ApiFixture.UntilAsync(async () => (await Get(sound)).Status == OperationStatus.Queued, "the lease's end");
        Assert.Equal(OperationStatus.Cancelling, (await Get(poisoned)).Status);
        await _fixture.SqlAsync($"update operations set type = 'agent_design' where id = '{poisoned}'");
        await ApiFixture.UntilAsync(async () => (await Get(poisoned)).Status == OperationStatus.Cancelled, "the end of what could not end");
    }

    private Task<Operation> Get(string id) => _fixture.Api.Admin.GetOperationAsync(id);

    private async Task<string> AcceptAsync()
    {
        await using var scope = _fixture.Api.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(OperationTypes.AgentDesign, KtrdrJson.ToElement(new { }), "test"), CancellationToken.None)).OperationId;
    }
}
