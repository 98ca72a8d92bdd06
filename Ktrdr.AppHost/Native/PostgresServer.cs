using System.Globalization;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>The database server of one sandbox while it runs: reached on 127.0.0.1 only, with passwords only.</summary>
public sealed class PostgresServer(PostgresInstallation installation, ServerUser user, PostgresCluster cluster, int port)
{
    private static readonly TimeSpan LeftoverTimeout = TimeSpan.FromSeconds(15);

    /// <summary>A crash does not lose what was committed (fsync stays on); what is tuned is only for a small machine that runs everything.</summary>
    public IReadOnlyList<string> Command =>
    [
        .. user.Prefix, installation.Program("postgres"), "-D", cluster.Data,
        "-c", string.Create(CultureInfo.InvariantCulture, $"port={port}"),
        "-c", "listen_addresses=127.0.0.1",
        "-c", "unix_socket_directories=",
        "-c", "max_connections=200",
        "-c", "shared_buffers=128MB",
        "-c", "max_wal_size=2GB",
        "-c", "checkpoint_timeout=15min",
        "-c", "wal_compression=on",
        "-c", "jit=off",
        "-c", "logging_collector=off",
        "-c", "log_destination=stderr",
        "-c", "timezone=UTC",
        .. installation.HasTimescale() ? (string[])["-c", "shared_preload_libraries=timescaledb", "-c", "timescaledb.telemetry_level=off"] : [],
    ];

    public string ConnectionString(string role, string password)
        => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Database={SandboxVariables.DatabaseName};Username={role};Password={password}");

    /// <summary>The server says in its lock file when it accepts connections; that needs no client and no password.</summary>
    public bool IsReady(int pid)
        => cluster.ReadLockFile() is { Length: >= 8 } lines
            && lines[0].Trim() == pid.ToString(CultureInfo.InvariantCulture)
            && lines[7].Trim() == "ready";

    /// <summary>Ends a server that a crashed host left on these data, and removes a lock file that names some other process.</summary>
    public static async Task EndLeftoverAsync(PostgresCluster cluster, CancellationToken cancellationToken)
    {
        if (cluster.ReadLockFile() is not { Length: > 0 } lines || !int.TryParse(lines[0].Trim(), CultureInfo.InvariantCulture, out var pid))
        {
            return;
        }

        if (ProcessIdentity.Of(pid) is { } server && (await UnixProcess.CommandLineAsync(pid, cancellationToken).ConfigureAwait(false)).Contains(cluster.Data, StringComparison.Ordinal))
        {
            await Leftovers.EndAsync(server, UnixProcess.Interrupt, LeftoverTimeout, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            File.Delete(cluster.LockFile);
        }
    }
}
