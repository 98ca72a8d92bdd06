using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Ktrdr.Tests.Support;

/// <summary>A PostgreSQL server of this test run's own: a free port on the loopback, a temporary folder, gone afterwards. Test classes get a database each.</summary>
internal sealed class PostgresServer : IDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartAsync);

    private readonly string _folder;
    private readonly Process _process;
    private readonly int _port;
    private int _databases;

    private PostgresServer(string folder, Process process, int port)
    {
        (_folder, _process, _port) = (folder, process, port);
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

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // SIGQUIT: immediate shutdown. The data is thrown away.
            using var stop = Process.Start("kill", ["-QUIT", $"{_process.Id}"]);
            stop.WaitForExit();
            if (!_process.WaitForExit(10_000))
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
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
        var start = Command(
            Path.Combine(binaries, "postgres"),
            ["-D", data, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=300", "-c", "logging_collector=off"],
            asUser: true);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        var server = new PostgresServer(folder, process, port);
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
        foreach (var argument in drop ? ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "QUIT", program, .. arguments] : arguments)
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
