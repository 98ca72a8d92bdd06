using Ktrdr.Api.Backtests;
using Ktrdr.Api.Dashboard;
using Ktrdr.Api.MarketData;
using Ktrdr.Api.Models;
using Ktrdr.Api.Observability;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Api.Security;
using Ktrdr.Api.Strategies;
using Ktrdr.Api.Sweeps;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.ServiceDefaults;
using Ktrdr.ServiceDefaults.Metrics;
using Npgsql;

namespace Ktrdr.Api;

/// <summary>Puts the Api together: what it is made of, in which order a request passes through it, and its routes.</summary>
internal static class ApiApplication
{
    /// <summary>Documents and requests; results and artifacts have their own limit.</summary>
    private const long LargestBody = 2 * 1024 * 1024;

    public static WebApplication Build(WebApplicationBuilder builder, Action<IServiceCollection>? configure = null)
    {
        builder.AddServiceDefaults("api");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = LargestBody);
        AddServices(builder);
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseMiddleware<ProblemGate>();
        app.UseMiddleware<HostGate>();
        app.UseRouting();
        app.UseMiddleware<AccessGate>();
        app.UseMiddleware<QueryGate>();
        MapRoutes(app);
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var services = builder.Services;
        var sandbox = configuration[SandboxVariables.Sandbox] is { Length: > 0 } folder
            ? new SandboxFolder(Path.GetFullPath(folder))
            : throw new StartupException($"{SandboxVariables.Sandbox} is not set; it must name the sandbox's folder, where the secrets and artifacts are.");

        builder.AddKtrdrDatabase(DatabaseRegistration.Require(configuration, SandboxVariables.Database));
        services.AddSingleton(ApiSecrets.FromSandbox(sandbox));
        services.AddSingleton(new ArtifactFolder(Path.Combine(sandbox.Root, "artifacts")));
        services.AddSingleton(new Leases());
        services.AddOpenApi(options => options.AddDocumentTransformer((document, _, _) =>
        {
            (document.Info.Title, document.Info.Version) = ("KTRDR for .NET", "v1");
            return Task.CompletedTask;
        }));
        services.ConfigureHttpJsonOptions(options => RequestJson.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);

        services.AddScoped<OperationStore>();
        services.AddScoped<OperationReader>();
        services.AddScoped<OperationTransitions>();
        services.AddScoped<OperationService>();
        services.AddScoped<AttemptReports>();
        services.AddScoped<ResultCommit>();
        services.AddScoped<Reproductions>();
        services.AddScoped<OperationParts>();
        services.AddScoped<ArtifactStore>();
        services.AddScoped(provider => ActivatorUtilities.CreateInstance<OrphanFiles>(provider, TimeProvider.System));
        services.AddScoped<ClaimStore>();
        services.AddScoped<Idempotency>();
        services.AddScoped<LedgerStore>();
        services.AddScoped<WorkerStore>();
        services.AddScoped<WorkerService>();
        services.AddScoped<SpanStore>();
        services.AddScoped<DatasetStore>();
        services.AddScoped<StrategyStore>();
        services.AddScoped<RunRules>();
        services.AddScoped<RunDatasets>();
        services.AddScoped<EnsembleModels>();
        services.AddScoped<BacktestStore>();
        services.AddScoped<CampaignStore>();
        services.AddScoped<CampaignService>();
        services.AddScoped<ExperimentService>();
        services.AddScoped<MemoryStore>();
        services.AddSingleton<TrialOrders>();
        services.AddScoped<TrialStore>();
        services.AddScoped<Leaderboard>();
        services.AddScoped<DashboardReader>();
        services.AddScoped<IResultHandler, DataLoadResultHandler>();
        services.AddScoped<IResultHandler, TrainingResultHandler>();
        services.AddScoped<IResultHandler, BacktestResultHandler>();
        services.AddScoped<IResultHandler, CampaignStatisticsResultHandler>();
        services.AddSingleton<IWholeType, SweepWhole>();
        services.AddScoped<SweepVariantStore>();
        services.AddScoped<IResultHandler, SweepPartResultHandler>();
        services.AddScoped<IRemainsHandler, SweepPartRemains>();
        services.AddScoped<IResultHandler, SweepSummaryResultHandler>();
        services.AddSingleton<WorkerClients>();
        services.AddSingleton<WorkerCancellation>();
        services.AddSingleton<ProgressCache>();
        services.AddSingleton<IReadinessCheck, DatabaseReadiness>();
        services.AddSpanStore<OwnSpans>();
        services.AddWatchedFolder("artifacts", sandbox.Root);
        services.AddSingleton(provider => new LabReader(provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<Leases>(), TimeProvider.System));
        services.AddSingleton<LabGauges>();

        services.AddSingleton<OperationSignals>();
        services.AddHostedService(provider => provider.GetRequiredService<OperationSignals>());
        services.AddHostedService<Dispatcher>();
        services.AddHostedService<Sweeper>();
        services.AddHostedService<Housekeeping>();
        services.AddHostedService<LabSampler>();
    }

    private static void MapRoutes(WebApplication app)
    {
        var defaults = app.MapServiceDefaults();
        defaults.Health?.Requires(Access.Open);
        defaults.Ready.Requires(Access.Open);
        defaults.Metrics.Requires(Access.Read);
        foreach (var check in defaults.Checks)
        {
            check.Requires(Access.Open);
        }

        app.MapOpenApi("/openapi/v1.json").Requires(Access.Read);
        app.MapSystem();
        app.MapSessions();
        app.MapOperations();
        app.MapAttempts();
        app.MapArtifacts();
        app.MapWorkers();
        app.MapObservability();
        app.MapData();
        app.MapIndicators();
        app.MapStrategies();
        app.MapModels();
        app.MapBacktests();
        app.MapSweeps();
        app.MapResearch();
        app.MapDashboard();
    }
}
