using Npgsql;

namespace Ktrdr.Api.Persistence.Embedded;

/// <summary>How this edition registers the database: a pooled context over one data source.</summary>
internal static class DatabaseContext
{
    public static void AddKtrdrDatabase(this WebApplicationBuilder builder, string connectionString) => builder.Services
        .AddSingleton(_ => DatabaseRegistration.CreateSource(connectionString))
        .AddSingleton(ShutdownProbe.Of(connectionString))
        .AddDbContextPool<KtrdrDatabase>((provider, options) => DatabaseRegistration.Configure(options, provider.GetRequiredService<NpgsqlDataSource>()));
}
