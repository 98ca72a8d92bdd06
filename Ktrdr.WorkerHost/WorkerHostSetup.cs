using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Workers;
using Ktrdr.ServiceDefaults;
using Ktrdr.ServiceDefaults.Metrics;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Registration;
using Ktrdr.WorkerHost.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ktrdr.WorkerHost;

/// <summary>
/// All that makes a process a worker but the work: registration, heartbeats, slots, endpoints, progress, checkpoints, delivery of
/// outcomes, telemetry. A worker is this, its handlers, and <see cref="WorkerEndpoints.MapWorkerEndpoints"/>.
/// </summary>
public static class WorkerHostSetup
{
    /// <param name="builder">The process's builder.</param>
    /// <param name="options">From <see cref="WorkerOptions.From"/>.</param>
    /// <param name="engineVersion">Version and build of the engine that does the work, for the registry and results.</param>
    public static WebApplicationBuilder AddWorkerHost(this WebApplicationBuilder builder, WorkerOptions options, string engineVersion)
    {
        builder.AddServiceDefaults($"worker-{options.Kinds[0]}");
        builder.WebHost.UseUrls($"http://{options.ListenHost}:{options.Port}");

        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(new WorkerCapabilities
        {
            Gpu = options.HasGpu,
            CpuCores = Environment.ProcessorCount,
            MemoryMb = (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024)),
            EngineVersion = engineVersion,
        });
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<WorkerSecret>();
        services.AddApiClient(ApiConnection.Worker, options.ApiUrls, provider => Of(provider, static secret => secret.Value));
        services.AddApiClient(ApiConnection.Newcomer, options.ApiUrls, provider => Of(provider, static secret => secret.Shown));
        services.AddSingleton<ApiConnection>();
        services.TryAddSingleton<IKtrdrApi>(provider => provider.GetRequiredService<ApiConnection>().Api);
        services.AddSingleton<HandlerCatalog>();
        services.AddSingleton<AttemptRun>();
        services.AddSingleton(provider => new OperationRunner(
            provider.GetRequiredService<WorkerOptions>(), provider.GetRequiredService<WorkerCapabilities>(), provider.GetRequiredService<HandlerCatalog>(), provider.GetRequiredService<AttemptRun>(),
            provider.GetRequiredService<ApiConnection>(), provider.GetRequiredService<Outbox>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<OperationRunner>>()));
        services.AddSingleton<Outbox>();
        services.AddSingleton<BarCache>();
        services.AddSpanStore<WorkerSpanStore>();
        services.AddWatchedFolder("worker_state", options.State);
        services.AddHostedService<WorkerLeaving>();
        services.AddHostedService(provider => provider.GetRequiredService<Outbox>());
        services.AddSingleton<RegistrationService>();
        services.AddHostedService(provider => provider.GetRequiredService<RegistrationService>());
        services.AddSingleton<IReadinessCheck, RegisteredCheck>();
        services.ConfigureHttpJsonOptions(json => KtrdrJson.Configure(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        return builder;
    }

    /// <summary>Adds a type of operation that this process runs.</summary>
    public static IServiceCollection AddOperationHandler<T>(this IServiceCollection services, string type)
        where T : class, IOperationHandler
    {
        services.TryAddScoped<T>();
        return services.AddSingleton(new HandlerRegistration(type, typeof(T)));
    }

    private static Func<string?> Of(IServiceProvider provider, Func<WorkerSecret, string?> token)
    {
        var secret = provider.GetRequiredService<WorkerSecret>();
        return () => token(secret);
    }

    private sealed class RegisteredCheck(RegistrationService registration) : IReadinessCheck
    {
        public string Name => "registration";

        public Task<string?> CheckAsync(CancellationToken cancellationToken)
            => Task.FromResult(registration.IsRegistered ? null : "the Api has not registered this worker");
    }
}
