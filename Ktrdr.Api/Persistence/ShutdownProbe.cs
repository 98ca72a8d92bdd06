using Npgsql;

namespace Ktrdr.Api.Persistence;

/// <summary>
/// Asks whether the database is on its way down. A server that was stopped in smart mode refuses new connections and serves the open ones,
/// so a pool that is large enough never hears of it.
/// </summary>
/// <param name="connect">Opens and closes a connection of its own, outside of any pool.</param>
internal sealed class ShutdownProbe(Func<CancellationToken, Task> connect)
{
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    public static ShutdownProbe Of(string connectionString)
    {
        var alone = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "ktrdr-api-probe", Pooling = false, Timeout = 5 }.ConnectionString;
        return new ShutdownProbe(async cancellationToken =>
        {
            await using var connection = new NpgsqlConnection(alone);
            await connection.OpenAsync(cancellationToken);
        });
    }

    /// <summary>False also where nobody answers: who has a connection that broke notices by itself.</summary>
    public async Task<bool> IsShuttingDownAsync(CancellationToken cancellationToken)
    {
        try
        {
            await connect(cancellationToken);
            return false;
        }
        catch (PostgresException refused)
        {
            return refused.SqlState == PostgresErrorCodes.CannotConnectNow;
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }
}
