using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Ktrdr.Tests.Support;

/// <summary>A PostgreSQL server of this test run's own: a free port on the loopback, a temporary folder, gone afterwards. Test classes get a database each.</summary>
internal sealed class PostgresServer : IDisposable
{
    // Runs the server beside itself until its own input ends, which it does when the test process goes, however it goes.
    private const string Guard = "folder=$1; shift; \"$@\" >/dev/null 2>&1 & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf \"$folder\"";

    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartAsync);

    private readonly Process _process;
    private readonly int _port;
    private int _databases;

    private PostgresServer(Process process, int port)
    {
        (_process, _port) = (process, port);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>Why there is no server on this machine; null where there is.</summary>
    public static string? Missing { get; } = Binaries() is null ? "needs PostgreSQL's server binaries below /usr/lib/postgresql" : null;

    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>A new database owned by ktrdr_owner, empty.</summary>
    public async Task<TestDatabase> CreateDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", "postgres"));
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name} owner ktrdr_owner", connection);
        await create.ExecuteNonQueryAsync();
        return new TestDatabase(ConnectionString("ktrdr_owner", name), ConnectionString("ktrdr_api", name), ConnectionString("postgres", name));
    }

    /// <summary>The end of the shell's input is its word to stop the server and delete the folder; it ends by itself when this process is killed.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            _process.WaitForExit(10_000);
        }
    }

    private string ConnectionString(string user, string database)
        => $"Host=127.0.0.1;Port={_port};Username={user};Database={database};Maximum Pool Size=30;Timeout=15;Command Timeout=60";

    private static async Task<PostgresServer> StartAsync()
    {
        var binaries = Binaries() ?? throw new InvalidOperationException(Missing);
        var folder = Directory.CreateTempSubdirectory("ktrdr-tests-pg-").FullName;
        var data = Path.Combine(folder, "data");
        if (Environment.UserName == "root")
        {
            Run("chown", ["postgres", folder]);
        }

        Run(Path.Combine(binaries, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"], asUser: true);
        var port = FreePort();
        var start = Command("/bin/sh", ["-c", Guard, "sh", folder], asUser: false);
        start.RedirectStandardInput = true;
        var command = Command(
            Path.Combine(binaries, "postgres"),
            ["-D", data, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=300", "-c", "logging_collector=off"],
            asUser: true);
        foreach (var word in command.ArgumentList.Prepend(command.FileName))
        {
            start.ArgumentList.Add(word);
        }

        var process = Process.Start(start)!;
        var server = new PostgresServer(process, port);
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(server.ConnectionString("postgres", "postgres") + ";Pooling=false");
                await connection.OpenAsync();
                await using var roles = new NpgsqlCommand("create role ktrdr_owner login; create role ktrdr_api login;", connection);
                await roles.ExecuteNonQueryAsync();
                return server;
            }
            catch (NpgsqlException) when (deadline.Elapsed < TimeSpan.FromSeconds(30) && !process.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }

    private static string? Binaries()
        => Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb"))).OrderDescending(StringComparer.Ordinal).FirstOrDefault()
            : null;

    /// <summary>PostgreSQL refuses to run as root; setpriv replaces itself, so the process id stays the server's.</summary>
    private static ProcessStartInfo Command(string program, string[] arguments, bool asUser)
    {
        var drop = asUser && Environment.UserName == "root";
        var start = new ProcessStartInfo(drop ? "setpriv" : program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/tmp",
        };
        foreach (var argument in drop ? ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static void Run(string program, string[] arguments, bool asUser = false)
    {
        using var process = Process.Start(Command(program, arguments, asUser))!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors.Result}");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <param name="Owner">Connection string of the role that migrates.</param>
/// <param name="Api">Connection string of the role that the Api runs as.</param>
/// <param name="Superuser">For what a test does behind the product's back.</param>
internal sealed record TestDatabase(string Owner, string Api, string Superuser);

/// <summary>A test that needs a PostgreSQL server; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : Xunit.FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.Missing;
}

/// <inheritdoc cref="PostgresFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresTheoryAttribute : Xunit.TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresServer.Missing;
}
