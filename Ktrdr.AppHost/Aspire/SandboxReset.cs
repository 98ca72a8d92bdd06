using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Takes a running sandbox back to its first start: our programs stop, what they stored goes, and they start anew. Secrets and ports stay.</summary>
internal static class SandboxReset
{
    private static readonly string[] StoredFolders = ["artifacts", "cache", "workers"];

    public static async Task<ExecuteCommandResult> RunAsync(ExecuteCommandContext context, SandboxFolder folder)
    {
        var model = context.Services.GetRequiredService<DistributedApplicationModel>();
        var commands = context.Services.GetRequiredService<ResourceCommandService>();
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        var programs = model.Resources.OfType<ProjectResource>().Where(program => program.Name != SandboxGraph.Migrate).ToList();
        var migrate = model.Resources.OfType<ProjectResource>().Single(program => program.Name == SandboxGraph.Migrate);
        try
        {
            // Dependents first, as at an ordinary stop.
            foreach (var program in programs.AsEnumerable().Reverse())
            {
                await DemandAsync(commands.ExecuteCommandAsync(program, KnownResourceCommands.StopCommand, context.CancellationToken)).ConfigureAwait(false);
            }

            await RecreateDatabaseAsync(model, context.CancellationToken).ConfigureAwait(false);
            foreach (var stored in StoredFolders.Select(name => Path.Combine(folder.Root, name)).Where(Directory.Exists))
            {
                Directory.Delete(stored, recursive: true);
            }

            var before = DateTime.UtcNow;
            await DemandAsync(commands.ExecuteCommandAsync(migrate, KnownResourceCommands.StartCommand, context.CancellationToken)).ConfigureAwait(false);
            await OneShots.WaitAsync(notifications, migrate.Name, before, context.CancellationToken).ConfigureAwait(false);
            foreach (var program in programs)
            {
                await DemandAsync(commands.ExecuteCommandAsync(program, KnownResourceCommands.StartCommand, context.CancellationToken)).ConfigureAwait(false);
            }

            return CommandResults.Success("The sandbox is empty and starts anew.");
        }
        catch (Exception error) when (error is SandboxException or NpgsqlException or IOException or UnauthorizedAccessException)
        {
            return CommandResults.Failure(error);
        }
    }

    private static async Task DemandAsync(Task<ExecuteCommandResult> command)
    {
        var result = await command.ConfigureAwait(false);
        if (!result.Success)
        {
            throw new SandboxException("reset_failed", $"the sandbox was not reset: {result.Message}");
        }
    }

    private static async Task RecreateDatabaseAsync(DistributedApplicationModel model, CancellationToken cancellationToken)
    {
        var server = model.Resources.OfType<PostgresServerResource>().Single();
        var connectionString = await server.GetConnectionStringAsync(cancellationToken).ConfigureAwait(false);
        await using var source = NpgsqlDataSource.Create($"{connectionString};Database={SandboxVariables.SuperuserRole}");
        foreach (var statement in (string[])
            [
                $"DROP DATABASE IF EXISTS {SandboxVariables.DatabaseName} WITH (FORCE)",
                $"CREATE DATABASE {SandboxVariables.DatabaseName} OWNER {SandboxVariables.OwnerRole}",
            ])
        {
            await using var command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
