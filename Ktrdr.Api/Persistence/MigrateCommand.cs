using System.Text.RegularExpressions;
using Ktrdr.Contracts.Sandboxes;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ktrdr.Api.Persistence;

/// <summary><c>Ktrdr.Api migrate</c>: brings the schema up to date as its owner, grants the Api's role what it needs, and ends.</summary>
internal static partial class MigrateCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(IConfiguration configuration, TextWriter output, CancellationToken cancellationToken)
    {
        var connectionString = DatabaseRegistration.Require(configuration, SandboxVariables.OwnerDatabase);
        var role = configuration[SandboxVariables.ApiDatabaseRole] is { Length: > 0 } configured ? configured : SandboxVariables.ApiRole;
        try
        {
            var applied = await RunAsync(connectionString, role, cancellationToken);
            await output.WriteLineAsync(applied.Count == 0 ? "schema is up to date" : $"applied {string.Join(", ", applied)}");
            return 0;
        }
        catch (NpgsqlException error)
        {
            throw new StartupException($"the database could not be migrated: {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Applies what is missing and repeats the grants. Safe to run from several processes at once: EF's migrator takes a lock.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(string ownerConnectionString, string apiRole, CancellationToken cancellationToken)
    {
        if (!RoleName().IsMatch(apiRole))
        {
            throw new StartupException($"{SandboxVariables.ApiDatabaseRole} = '{apiRole}' is not a role name; allowed: a-z, 0-9 and _, at most 63 characters.");
        }

        await using var source = new NpgsqlDataSourceBuilder(ownerConnectionString).Build();
        await WaitAsync(source, cancellationToken);
        await using var database = DatabaseRegistration.Open(source);
        var pending = (await database.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
        // A migration may rewrite a table, however large it is.
        database.Database.SetCommandTimeout(TimeSpan.Zero);
        await database.Database.MigrateAsync(cancellationToken);
        await GrantAsync(source, apiRole, cancellationToken);
        return pending;
    }

    private static async Task WaitAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException error) when (DateTime.UtcNow < deadline && (error.IsTransient || error is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow }))
            {
                await Task.Delay(200, cancellationToken);
            }
        }
    }

    private static async Task GrantAsync(NpgsqlDataSource source, string role, CancellationToken cancellationToken)
    {
        // The role's name was checked above; identifiers cannot be parameters.
        await using var grant = source.CreateCommand($"""
            grant usage on schema public to "{role}";
            grant select, insert, update, delete on all tables in schema public to "{role}";
            grant usage, select on all sequences in schema public to "{role}";
            revoke update, delete, truncate on ledger from "{role}";
            revoke insert, update, delete, truncate on "__EFMigrationsHistory" from "{role}";
            """);
        await grant.ExecuteNonQueryAsync(cancellationToken);
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex RoleName();
}
