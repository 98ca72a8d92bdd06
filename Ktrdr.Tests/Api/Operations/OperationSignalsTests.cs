using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

public sealed class OperationSignalsTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private const string Name = "signals-test";

    [PostgresFact]
    public async Task Listener_DatabaseShutsDownOnceEverybodyHasLeft_GivesItsConnectionsBackAndComesAgain()
    {
        var ending = false;
        var probe = new ShutdownProbe(_ => ending
            ? throw new PostgresException("the database system is shutting down", "FATAL", "FATAL", PostgresErrorCodes.CannotConnectNow)
            : Task.CompletedTask)
        {
            Interval = TimeSpan.FromMilliseconds(20),
        };
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(fixture.Database.Api) { ApplicationName = Name }.ConnectionString);
        using var signals = new OperationSignals(source, probe, NullLogger<OperationSignals>.Instance);
        await signals.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(async () => await ConnectionsAsync() is [_], () => "a listener");
        await using (await source.OpenConnectionAsync())
        {
            // One that is idle in the pool afterwards.
        }

        var before = await ConnectionsAsync();
        Assert.Equal(2, before.Length);
        ending = true;
        await Eventually.TrueAsync(async () => !(await ConnectionsAsync()).Intersect(before).Any(), () => "every connection is given back");
        ending = false;

        using var changes = signals.Subscribe("op_heard");
        await Eventually.TrueAsync(
            async () =>
            {
                await fixture.SqlAsync("select pg_notify('ktrdr_operations', 'op_heard queued')");
                return await changes.WaitAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None);
            },
            () => "a notification is heard again");
        await signals.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Probe_NobodyAnswersOrThereIsNoRoom_IsNoShutdown()
    {
        Assert.False(await new ShutdownProbe(_ => throw new NpgsqlException("refused")).IsShuttingDownAsync(CancellationToken.None));
        Assert.False(await new ShutdownProbe(_ => throw new PostgresException("too many clients", "FATAL", "FATAL", PostgresErrorCodes.TooManyConnections)).IsShuttingDownAsync(CancellationToken.None));
        Assert.False(await new ShutdownProbe(_ => Task.CompletedTask).IsShuttingDownAsync(CancellationToken.None));
    }

    private async Task<int[]> ConnectionsAsync()
        => (int[])(await fixture.SqlAsync($"select coalesce(array_agg(pid), '{{}}') from pg_stat_activity where datname = current_database() and application_name = '{Name}'"))!;
}
