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
        var worker = await FakeWorker.StartAsync(_fixture.Api, "silent", [WorkerKinds.Agent]);
        var id = await AcceptAsync();
        var first = await worker.NextAsync();
        await worker.DisposeAsync();

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
        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.ReportStartedAsync(id, 1, first.AttemptToken));
        Assert.Equal(ErrorCodes.Superseded, refused.Code);
        Assert.Equal(0, await _fixture.SqlAsync($"select losses from operations where id = '{id}'"));
        await worker.Reports.ReportStartedAsync(id, 2, second.AttemptToken);
        await worker.Reports.ReportResultAsync(id, 2, second.AttemptToken, new ResultReport(KtrdrJson.ToElement(new { })) { ResultHash = new string('c', 64) });
    }

    private Task<Operation> Get(string id) => _fixture.Api.Admin.GetOperationAsync(id);

    private async Task<string> AcceptAsync()
    {
        await using var scope = _fixture.Api.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(OperationTypes.AgentDesign, KtrdrJson.ToElement(new { }), "test"), CancellationToken.None)).OperationId;
    }
}
