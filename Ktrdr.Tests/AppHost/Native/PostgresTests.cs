using System.Diagnostics;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Sandboxes;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.AppHost.Native;

public sealed class PostgresTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [PostgresTheory]
    [InlineData("system")]
    [InlineData("npm")]
    public async Task StartAsync_EitherWay_ServesOurRolesAndSurvivesACrash(string way)
    {
        await using var server = await StartAsync(way);
        Assert.Equal(way, server.Installation.Source);
        await ExecuteAsync(server.Connection(SandboxVariables.OwnerRole, SandboxSecrets.PostgresOwnerPassword), "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)");

        var before = server.Process.Snapshot().Process!;
        UnixProcess.Signal(before.Pid, UnixProcess.Kill);
        await UntilAsync(() => server.Process.Snapshot().Process is { } next && next != before && server.Server.IsReady(next.Pid));

        Assert.Equal(7, await ScalarAsync(server.Connection(SandboxVariables.OwnerRole, SandboxSecrets.PostgresOwnerPassword), "SELECT id FROM kept"));
        Assert.Equal("on", await ScalarAsync(server.Connection(SandboxVariables.SuperuserRole, SandboxSecrets.PostgresSuperuserPassword), "SHOW fsync"));
        Assert.Equal("127.0.0.1", await ScalarAsync(server.Connection(SandboxVariables.SuperuserRole, SandboxSecrets.PostgresSuperuserPassword), "SHOW listen_addresses"));
        Assert.Equal("", await ScalarAsync(server.Connection(SandboxVariables.SuperuserRole, SandboxSecrets.PostgresSuperuserPassword), "SHOW unix_socket_directories"));

        var last = server.Process.Snapshot().Process!;
        await server.DisposeAsync();
        Assert.False(last.IsAlive());
        Assert.False(File.Exists(server.Cluster.LockFile));
    }

    [PostgresFact]
    public async Task Connect_WrongPassword_IsRefused()
    {
        await using var server = await StartAsync("system");

        var error = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(server.Server.ConnectionString(SandboxVariables.ApiRole, "guess"), "SELECT 1"));
        Assert.Equal("28P01", error.SqlState);
    }

    [PostgresFact]
    public async Task PrepareAsync_SecretsWereReplaced_RolesGetTheNewPasswords()
    {
        await using (await StartAsync("system"))
        {
        }

        Directory.Delete(_home.Layout.Slot(0).Secrets, recursive: true);
        await using var server = await StartAsync("system");

        Assert.Equal(1, await ScalarAsync(server.Connection(SandboxVariables.OwnerRole, SandboxSecrets.PostgresOwnerPassword), "SELECT 1"));
    }

    [PostgresFact]
    public async Task EndLeftoverAsync_ServerOfACrashedHost_IsStopped()
    {
        var server = await StartAsync("system");
        var running = server.Process.Snapshot().Process!;
        // The host is gone and its watcher too: only the server itself is left.
        using var orphan = new Process { StartInfo = UnixProcess.StartInfo(["/bin/sh", "-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "orphan", .. server.Server.Command], "/") };
        await server.DisposeAsync();
        Assert.False(running.IsAlive());
        orphan.Start();
        var identity = ProcessIdentity.Of(orphan.Id)!;
        await UntilAsync(() => server.Server.IsReady(identity.Pid));

        await PostgresServer.EndLeftoverAsync(server.Cluster, CancellationToken.None);

        Assert.False(identity.IsAlive());
        Assert.False(File.Exists(server.Cluster.LockFile));
    }

    [Fact]
    public async Task FindAsync_WrongFolder_SaysWhatIsAllowed()
    {
        var user = await ServerUser.ChooseAsync(CancellationToken.None);

        var error = await Assert.ThrowsAsync<SandboxException>(() => PostgresInstallation.FindAsync(_home.Root, _home.Layout.Cache, user, _ => { }, CancellationToken.None));
        Assert.Equal($"KTRDR_POSTGRES is '{_home.Root}': allowed are system, npm, or a folder with initdb and postgres of version 14 or newer.", error.Message);
    }

    private async Task<RunningServer> StartAsync(string way)
    {
        OpenToOthers(_home.Root);
        var folder = _home.Layout.Slot(0);
        var secrets = new SandboxSecrets(folder);
        secrets.Ensure();
        var user = await ServerUser.ChooseAsync(CancellationToken.None);
        var installation = await PostgresInstallation.FindAsync(way, _home.Layout.Cache, user, _ => { }, CancellationToken.None);
        var cluster = await PostgresCluster.LocateAsync(folder, null, user, CancellationToken.None);
        Assert.Equal(folder.Postgres, cluster.Home);
        await cluster.PrepareAsync(installation, secrets, CancellationToken.None);
        var server = new PostgresServer(installation, user, cluster, PortCheck.TakeFree());
        var process = new SupervisedProcess(
            new ProcessPlan("postgres", server.Command)
            {
                WorkingFolder = "/",
                StopSignal = ("INT", UnixProcess.Interrupt),
                BeforeStart = cancellationToken => PostgresServer.EndLeftoverAsync(cluster, cancellationToken),
                IsReady = (pid, _) => Task.FromResult(server.IsReady(pid)),
            },
            new RotatingLog(Path.Combine(folder.Logs, "postgres.log")),
            _ => { });
        await process.StartAsync(CancellationToken.None);
        return new RunningServer(installation, cluster, server, process, secrets);
    }

    /// <summary>A folder of the system's temporary folder is not closed to the server's user, whatever our umask.</summary>
    private static void OpenToOthers(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "it did not happen in time");
            await Task.Delay(20);
        }
    }

    private sealed record RunningServer(PostgresInstallation Installation, PostgresCluster Cluster, PostgresServer Server, SupervisedProcess Process, SandboxSecrets Secrets) : IAsyncDisposable
    {
        private int _disposed;

        public string Connection(string role, string secret) => Server.ConnectionString(role, Secrets.Read(secret));

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? Process.DisposeAsync() : ValueTask.CompletedTask;
    }
}
