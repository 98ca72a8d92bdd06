using System.Net.Http.Headers;
using Ktrdr.Api;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.Api;

/// <summary>The Api over a migrated database of its own, on a free port. One per test class.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ktrdr-tests-api-").FullName;
    private readonly List<ApiReplica> _replicas = [];

    internal TestDatabase Database { get; private set; } = null!;

    internal ApiReplica Api { get; private set; } = null!;

    internal SandboxSecrets Secrets { get; private set; } = null!;

    /// <summary>Minutes: the workers that the tests play send heartbeats only where a test is about them, and on a busy machine a test can stand still for longer than a real worker may be silent.</summary>
    internal Leases Leases { get; init; } = new()
    {
        Dispatched = TimeSpan.FromMinutes(5),
        Running = TimeSpan.FromMinutes(5),
        WorkerSilent = TimeSpan.FromMinutes(5),
        WorkerRemoved = TimeSpan.FromMinutes(30),
    };

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null)
        {
            return;
        }

        Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await MigrateCommand.RunAsync(Database.Owner, "ktrdr_api", CancellationToken.None);
        Secrets = new SandboxSecrets(new SandboxFolder(_folder));
        Secrets.Ensure();
        Api = await StartReplicaAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        NpgsqlConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    internal async Task<ApiReplica> StartReplicaAsync(Leases? leases = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [SandboxVariables.Sandbox] = _folder,
            [SandboxVariables.Slot] = "7",
            ["ConnectionStrings:ktrdr"] = Database.Api,
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = ApiApplication.Build(builder, services =>
        {
            services.AddSingleton(leases ?? Leases);
            services.AddLogging(logging => logging.ClearProviders());
        });
        await app.StartAsync();
        var replica = new ApiReplica(app, this);
        _replicas.Add(replica);
        return replica;
    }

    /// <summary>Runs SQL behind the Api's back.</summary>
    internal async Task<object?> SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database.Superuser);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Polls until the condition holds; fails after the deadline.</summary>
    internal static Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = 20)
        => Eventually.TrueAsync(condition, () => what, TimeSpan.FromSeconds(seconds));
}

/// <summary>One Api process of several that could serve the same sandbox.</summary>
internal sealed class ApiReplica(WebApplication app, ApiFixture fixture) : IAsyncDisposable
{
    private readonly List<IDisposable> _clients = [];
    private bool _stopped;

    public Uri Url { get; } = new(app.Urls.Single());

    public IServiceProvider Services => app.Services;

    public IKtrdrApi Admin => As(SandboxSecrets.AdminToken);

    public IKtrdrApi Researcher => As(SandboxSecrets.ResearcherToken);

    public IKtrdrApi As(string secret) => WithToken(fixture.Secrets.Read(secret));

    public IKtrdrApi WithToken(string? token)
    {
        var connection = new RestConnection(Url, Transport(), TimeSpan.FromSeconds(100), token);
        _clients.Add(connection);
        return connection.Of<IKtrdrApi>();
    }

    public HttpClient Http(string? token)
    {
        var http = new HttpClient(Transport()) { BaseAddress = Url };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        _clients.Add(http);
        return http;
    }

    private static SocketsHttpHandler Transport() => new() { UseCookies = false, AllowAutoRedirect = false };

    public async ValueTask DisposeAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await app.StopAsync();
        await app.DisposeAsync();
    }
}
