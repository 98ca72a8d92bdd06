using System.Diagnostics.Metrics;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

/// <summary>What is counted and told of an operation's end, where that end is part of a larger transaction.</summary>
public sealed class AfterCommitTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresFact]
    public async Task Finish_InATransactionThatIsRolledBackAndThenInOneThatStands_CountsOneEnd()
    {
        var type = $"rolled_back_{Guid.NewGuid():N}";
        var ends = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "ktrdr.operations.duration")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                Interlocked.Add(ref ends, tag.Value as string == type ? 1 : 0);
            }
        });
        listener.Start();
        var id = await AcceptAsync();
        await fixture.SqlAsync($"update operations set type = '{type}' where id = '{id}'");
        using var changes = fixture.Api.Services.GetRequiredService<OperationSignals>().Subscribe(id);
        while (await changes.WaitAsync(TimeSpan.FromMilliseconds(300), CancellationToken.None))
        {
            // The acceptance's own notifications.
        }

        await Assert.ThrowsAsync<TimeoutException>(() => EndAsync(id, () => throw new TimeoutException("the database went away")));
        Assert.Equal((OperationStatus.Queued, 0), ((await fixture.Api.Admin.GetOperationAsync(id)).Status, ends));
        Assert.False(await changes.WaitAsync(TimeSpan.Zero, CancellationToken.None));

        await EndAsync(id, () => Assert.Equal(0, ends));
        Assert.Equal((OperationStatus.Cancelled, 1), ((await fixture.Api.Admin.GetOperationAsync(id)).Status, ends));
        Assert.True(await changes.WaitAsync(TimeSpan.Zero, CancellationToken.None));
    }

    private async Task EndAsync(string id, Action afterwards)
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        var (database, service) = (scope.ServiceProvider.GetRequiredService<KtrdrDatabase>(), scope.ServiceProvider.GetRequiredService<OperationService>());
        await database.InTransactionAsync(
            async () =>
            {
                Assert.NotNull(await service.FinishAsync(new OperationMove(id, OperationTrigger.Cancel) { CancelReason = "enough" }, CancellationToken.None));
                afterwards();
            },
            CancellationToken.None);
    }

    private async Task<string> AcceptAsync()
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(OperationTypes.AgentDesign, KtrdrJson.ToElement(new { }), "test"), CancellationToken.None)).OperationId;
    }
}
