using Ktrdr.Api.Observability;
using Ktrdr.Api.Operations;
using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.Api.Observability;

/// <summary>What the samples say of workers that fall silent, where little silence is enough.</summary>
public sealed class LabReaderSilenceTests : IAsyncLifetime
{
    private readonly ApiFixture _fixture = new() { Leases = new Leases { Running = TimeSpan.FromSeconds(2), WorkerSilent = TimeSpan.FromSeconds(2), WorkerRemoved = TimeSpan.FromSeconds(4) } };

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [PostgresFact]
    public async Task Worker_SilentForLong_IsForgottenAndCounted()
    {
        using var removed = new CounterTotal("ktrdr.workers.removed", "lost");
        var reader = new LabReader(_fixture.Api.Services.GetRequiredService<NpgsqlDataSource>(), _fixture.Leases, TimeProvider.System);
        var worker = await FakeWorker.StartAsync(_fixture.Api, "vanishing", [WorkerKinds.Data]);
        await worker.KillAsync();

        await ApiFixture.UntilAsync(async () => (await reader.ReadAsync(CancellationToken.None)).Workers.Any(w => w is { WorkerId: "vanishing", Status: "unavailable", HeartbeatAge: > 2 }), "the silence");
        await ApiFixture.UntilAsync(async () => (await reader.ReadAsync(CancellationToken.None)).Workers.All(w => w.WorkerId != "vanishing"), "the worker's end");
        Assert.True(removed.Total >= 1);
    }
}
