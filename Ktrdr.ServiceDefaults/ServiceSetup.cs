using System.Text.Json.Nodes;
using Ktrdr.ServiceDefaults.Http;
using Ktrdr.ServiceDefaults.Lifetime;
using Ktrdr.ServiceDefaults.Metrics;
using Ktrdr.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ktrdr.ServiceDefaults;

/// <summary>What every service of ours has: logs with trace ids, traces, metrics, health, and an end when its parent ends.</summary>
public static class ServiceSetup
{
    /// <summary>A service that was told to stop has this long; then the host gives up waiting.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Which edition this is: <c>embedded</c> or <c>full</c>.</summary>
    public static string Edition => EditionDefaults.Name;

    /// <param name="builder">The service's builder.</param>
    /// <param name="serviceName">For instance <c>api</c>; it names the service in traces, logs and metrics.</param>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string serviceName)
    {
        // Until this is false ASP.NET Core leaves the OpenTelemetry attributes off its server spans.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);

        builder.Logging.ClearProviders();
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        builder.Logging.AddJsonConsole(options =>
        {
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);

        builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);

        var services = builder.Services;
        var identity = new ServiceIdentity(serviceName);
        services.AddSingleton(identity);
        services.AddSingleton<SpanSink>();
        services.AddSingleton<MetricsCollector>();
        services.AddTransient<IStartupFilter, RequestSpans>();
        EditionDefaults.Add(builder, identity);
        services.AddHttpClient(ServiceTransports.Client).ConnectDirectly();
        services.AddSingleton<ServiceTransports>();
        services.AddHostedService(provider => provider.GetRequiredService<SpanSink>());
        services.AddHostedService<ParentWatch>();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        return builder;
    }

    /// <summary>Where finished spans go, besides an OTLP collector. Without it they are not kept.</summary>
    public static IServiceCollection AddSpanStore<T>(this IServiceCollection services)
        where T : class, ISpanStore
        => services.AddSingleton<ISpanStore, T>();

    /// <summary>Maps <c>/health</c> (the process answers), <c>/ready</c> (everything it needs does) and <c>/metrics</c> (Prometheus text).</summary>
    /// <param name="app">The service.</param>
    /// <param name="mapHealth">False where the service answers <c>/health</c> itself.</param>
    public static ServiceEndpoints MapServiceDefaults(this WebApplication app, bool mapHealth = true)
    {
        var name = app.Services.GetRequiredService<ServiceIdentity>().Name;
        var health = mapHealth
            ? app.MapGet("/health", () => Results.Json(new JsonObject { ["status"] = "healthy", ["service"] = name })).ExcludeFromDescription()
            : null;
        var ready = app.MapGet("/ready", (IEnumerable<IReadinessCheck> checks, CancellationToken ct) => ReadyAsync(name, checks, ct)).ExcludeFromDescription();
        // Asked for here, so that it listens from the start and not from the first scrape.
        var collector = app.Services.GetRequiredService<MetricsCollector>();
        var metrics = app.MapGet("/metrics", () => Results.Text(collector.Collect(), PrometheusText.ContentType)).ExcludeFromDescription();
        return new ServiceEndpoints(health, ready, metrics, EditionDefaults.MapChecks(app));
    }

    private static async Task<IResult> ReadyAsync(string service, IEnumerable<IReadinessCheck> checks, CancellationToken cancellationToken)
    {
        var waiting = new JsonObject();
        foreach (var check in checks)
        {
            if (await check.CheckAsync(cancellationToken).ConfigureAwait(false) is { } reason)
            {
                waiting[check.Name] = reason;
            }
        }

        var body = new JsonObject { ["status"] = waiting.Count == 0 ? "ready" : "waiting", ["service"] = service, ["waiting_for"] = waiting };
        return Results.Json(body, statusCode: waiting.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}

/// <summary>The name under which a service appears in traces, logs and metrics.</summary>
public sealed record ServiceIdentity(string Name);

/// <summary>The endpoints that <see cref="ServiceSetup.MapServiceDefaults"/> mapped, for the service to allow or restrict.</summary>
/// <param name="Health">Null where the service answers it itself.</param>
/// <param name="Ready">Whether everything it needs is there.</param>
/// <param name="Metrics">Prometheus text.</param>
/// <param name="Checks">What the edition adds: answers without details, such as <c>Healthy</c>.</param>
public sealed record ServiceEndpoints(
    IEndpointConventionBuilder? Health, IEndpointConventionBuilder Ready, IEndpointConventionBuilder Metrics, IReadOnlyList<IEndpointConventionBuilder> Checks);

/// <summary>One thing a service needs before it can work. All registered ones are asked by <c>/ready</c>.</summary>
public interface IReadinessCheck
{
    string Name { get; }

    /// <summary>Null when ready, else what is missing.</summary>
    Task<string?> CheckAsync(CancellationToken cancellationToken);
}
