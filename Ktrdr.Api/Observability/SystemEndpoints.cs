using System.Reflection;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ktrdr.Api.Observability;

/// <summary>Health, readiness and version below the versioned root.</summary>
internal static class SystemEndpoints
{
    private static readonly string Version = VersionOf(typeof(SystemEndpoints).Assembly);

    public static void MapSystem(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/health", () => new { Status = "healthy", Service = "api" }).Requires(Access.Open).WithTags("system");
        routes.MapGet("/api/v1/ready", async (IEnumerable<IReadinessCheck> checks, CancellationToken ct) =>
        {
            var waiting = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var check in checks)
            {
                if (await check.CheckAsync(ct) is { } reason)
                {
                    waiting[check.Name] = reason;
                }
            }

            return Results.Json(new { Status = waiting.Count == 0 ? "ready" : "waiting", Service = "api", WaitingFor = waiting }, statusCode: waiting.Count == 0 ? 200 : 503);
        }).Requires(Access.Open).WithTags("system");
        routes.MapGet("/api/v1/version", Describe).Requires(Access.Read).WithTags("system");
        routes.MapGet("/version", Describe).Requires(Access.Read).WithTags("system");
    }

    private static VersionInfo Describe(IConfiguration configuration) => new(
        "KTRDR for .NET",
        Version,
        ServiceSetup.Edition,
        VersionOf(typeof(Engine.Problem).Assembly),
        int.TryParse(configuration[SandboxVariables.Slot], out var slot) ? slot : null);

    private static string VersionOf(Assembly assembly)
        => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "unknown";
}

/// <summary>The Api is ready when the database answers and its schema is as new as this executable.</summary>
internal sealed class DatabaseReadiness(IServiceScopeFactory scopes) : IReadinessCheck
{
    public string Name => "database";

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var database = scope.ServiceProvider.GetRequiredService<KtrdrDatabase>();
            var missing = (await database.Database.GetPendingMigrationsAsync(cancellationToken)).Count();
            return missing == 0 ? null : $"{missing} migrations are not applied: run 'Ktrdr.Api migrate'";
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException)
        {
            return $"the database does not answer: {error.Message.ReplaceLineEndings(" ")}";
        }
    }
}
