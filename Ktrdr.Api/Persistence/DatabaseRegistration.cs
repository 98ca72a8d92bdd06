using Ktrdr.Contracts.Sandboxes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Ktrdr.Api.Persistence;

/// <summary>How the database is reached, whatever edition registers it.</summary>
internal static class DatabaseRegistration
{
    /// <summary>A data source with a name that the server shows, and with a pool that leaves room for others.</summary>
    public static NpgsqlDataSource CreateSource(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "ktrdr-api" };
        if (settings.MaxPoolSize == 100)
        {
            // The server's default allows 100 connections: two replicas, migrations and psql must fit beside each other.
            settings.MaxPoolSize = 40;
        }

        // A trial's daily returns are some 20 kB: with the usual 8 KiB they come in small pieces, each of which waits for the next.
        settings.ReadBufferSize = 65_536;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    /// <summary>Commands are not repeated: they belong to transactions with locks, and what may be tried again is tried again as a whole.</summary>
    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource source) => options
        .UseNpgsql(source)
        .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
        .ConfigureWarnings(w => w.Ignore(
            // Migrations are written by hand, so there is no snapshot to compare the model with.
            RelationalEventId.PendingModelChangesWarning,
            // Whoever catches the exception says it in one line, or with its trace where it is a fault of ours; EF's own lines say it three times more.
            RelationalEventId.CommandError,
            RelationalEventId.ConnectionError,
            RelationalEventId.TransactionError,
            CoreEventId.QueryIterationFailed,
            CoreEventId.SaveChangesFailed));

    public static KtrdrDatabase Open(NpgsqlDataSource source)
    {
        var options = new DbContextOptionsBuilder<KtrdrDatabase>();
        Configure(options, source);
        return new KtrdrDatabase(options.Options);
    }

    /// <summary>The connection string of a variable such as ConnectionStrings__ktrdr; an error that says how to set it where it is missing.</summary>
    public static string Require(IConfiguration configuration, string variable)
        => configuration[variable.Replace("__", ":", StringComparison.Ordinal)] is { Length: > 0 } value
            ? value
            : throw new StartupException($"{variable} is not set; it must hold a PostgreSQL connection string such as 'Host=127.0.0.1;Port=5432;Database={SandboxVariables.DatabaseName};Username=...;Password=...'.");
}

/// <summary>The process cannot start; the message is the one line that is printed.</summary>
internal sealed class StartupException(string message) : Exception(message);
