using Npgsql;

namespace Ktrdr.Api.Persistence.Full;

/// <summary>How this edition registers the database: a pooled context over one data source, with Aspire's health check, traces and metrics.</summary>
/// <remarks>
/// Enriched rather than added by Aspire: that would give the context connections of its own beside those that listen for notifications.
/// Aspire's repetitions stay off, because a repeated command knows nothing of the transaction and the locks that it belonged to.
/// </remarks>
internal static class DatabaseContext
{
    public static void AddKtrdrDatabase(this WebApplicationBuilder builder, string connectionString)
    {
        builder.Services
            .AddSingleton(_ => DatabaseRegistration.CreateSource(connectionString))
            .AddSingleton(ShutdownProbe.Of(connectionString))
            .AddDbContextPool<KtrdrDatabase>((provider, options) => DatabaseRegistration.Configure(options, provider.GetRequiredService<NpgsqlDataSource>()));
        builder.EnrichNpgsqlDbContext<KtrdrDatabase>(static settings => settings.DisableRetry = true);
    }
}
