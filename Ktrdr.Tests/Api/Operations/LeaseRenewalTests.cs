using Ktrdr.Api.Operations;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

/// <summary>What a heartbeat does to a lease, told by the lease's end and not by the clock of a busy machine.</summary>
public sealed class LeaseRenewalTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresFact]
    public async Task Heartbeat_ThatListsTheAttempt_MovesItsLeaseAndNoOther()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "beating", [WorkerKinds.Agent], slots: 2);
        var listed = await AcceptAsync();
        var first = await worker.NextAsync();
        var unlisted = await AcceptAsync();
        var second = await worker.NextAsync();
        Assert.Equal((listed, unlisted), (first.OperationId, second.OperationId));
        await ApiFixture.UntilAsync(async () => (await GetAsync(listed)).Status == OperationStatus.Running && (await GetAsync(unlisted)).Status == OperationStatus.Running, "both to run");
        var (listedBefore, unlistedBefore) = ((await GetAsync(listed)).LeaseExpiresAt!.Value, (await GetAsync(unlisted)).LeaseExpiresAt);

        Assert.Empty((await worker.BeatAsync(first)).Stop);

        var operation = await GetAsync(listed);
        Assert.True(operation.LeaseExpiresAt > listedBefore);
        Assert.Equal((OperationStatus.Running, 1), (operation.Status, operation.Attempt));
        Assert.Equal(unlistedBefore, (await GetAsync(unlisted)).LeaseExpiresAt);
    }

    private Task<Operation> GetAsync(string id) => fixture.Api.Admin.GetOperationAsync(id);

    private async Task<string> AcceptAsync()
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(OperationTypes.AgentDesign, KtrdrJson.ToElement(new { }), "test"), CancellationToken.None)).OperationId;
    }
}
