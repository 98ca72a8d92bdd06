using Ktrdr.ServiceDefaults.Http;
using Ktrdr.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Polly;
using Polly.Timeout;

namespace Ktrdr.ServiceDefaults.Full;

/// <summary>What a service has by default in this edition, as Aspire's service defaults set it up: OpenTelemetry, service discovery, resilience, health checks.</summary>
internal static class EditionDefaults
{
    public const string Name = "full";

    /// <summary>Where an operator overrides the limits, for instance <c>HttpResilience__AttemptTimeout__Timeout=00:05:00</c>.</summary>
    private const string ResilienceSection = "HttpResilience";

    private const string Live = "live";

    public static void Add(WebApplicationBuilder builder, ServiceIdentity identity)
    {
        AddTelemetry(builder, identity);
        AddHttp(builder);
        builder.Services.AddHealthChecks().AddCheck("self", static () => HealthCheckResult.Healthy(), [Live]);
    }

    /// <summary><c>/alive</c> (the process answers) and <c>/health/checks</c> (what its components say), where Aspire's tools look.</summary>
    public static IReadOnlyList<IEndpointConventionBuilder> MapChecks(WebApplication app) =>
    [
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = static check => check.Tags.Contains(Live) }),
        app.MapHealthChecks("/health/checks"),
    ];

    private static void AddTelemetry(WebApplicationBuilder builder, ServiceIdentity identity)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(KtrdrTelemetry.ServiceName(identity)))
            .WithTracing(traces => traces
                .SetSampler(new ParentBasedSampler(new WorkSampler()))
                .AddSource(KtrdrTelemetry.Sources)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddProcessor(static services => services.GetRequiredService<SpanSink>().CreateProcessor()))
            .WithMetrics(metrics => metrics
                .AddMeter(KtrdrTelemetry.Meters)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation());
        if (KtrdrTelemetry.Exports(builder.Configuration))
        {
            telemetry
                .WithLogging(null, static logs => (logs.IncludeFormattedMessage, logs.IncludeScopes) = (true, true))
                .UseOtlpExporter();
        }
    }

    private static void AddHttp(WebApplicationBuilder builder)
    {
        // Polly tells of every attempt and again of every call that failed; whoever calls says so once per outage.
        builder.Logging.AddFilter("Polly", LogLevel.None);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddHttpMessageHandler(static () => new RejectionHandler());
            var resilience = http.AddStandardResilienceHandler().Configure(Limit).SelectPipelineByAuthority();
            builder.Services.Configure<HttpStandardResilienceOptions>(resilience.PipelineName, builder.Configuration.GetSection(ResilienceSection));
            http.AddServiceDiscovery();
        });
    }

    private static void Limit(HttpStandardResilienceOptions options)
    {
        options.TotalRequestTimeout.Timeout = ServiceHttp.LongestCall;
        options.AttemptTimeout.Timeout = ServiceHttp.LongestCall;

        options.Retry.ShouldHandle = static attempt => ValueTask.FromResult(
            IsNoAnswer(attempt.Outcome) && attempt.Context.GetRequestMessage() is { } request && Repetition.IsHarmless(request));
        options.Retry.MaxRetryAttempts = Repetition.MostRetries;
        options.Retry.Delay = Repetition.FirstPause;
        options.Retry.MaxDelay = Repetition.LongestPause;

        // Our services wait and ask again themselves, at a pace of their own. The breaker only spares whoever has not answered anything for long, and never for longer than a heartbeat can wait.
        options.CircuitBreaker.ShouldHandle = static attempt => ValueTask.FromResult(IsNoAnswer(attempt.Outcome));
        options.CircuitBreaker.SamplingDuration = 2 * ServiceHttp.LongestCall;
        options.CircuitBreaker.FailureRatio = 0.9;
        options.CircuitBreaker.BreakDuration = TimeSpan.FromMilliseconds(500);
    }

    private static bool IsNoAnswer(Outcome<HttpResponseMessage> outcome)
        => outcome.Exception is TimeoutRejectedException || Repetition.IsNoAnswer(outcome.Result, outcome.Exception);

    /// <summary>A call that the resilience handler ended or did not even make has got no answer: callers know one exception for that.</summary>
    private sealed class RejectionHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (ExecutionRejectedException rejected)
            {
                throw new HttpRequestException(rejected.Message, rejected);
            }
        }

        /// <summary>As the exporter of telemetry sends.</summary>
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return base.Send(request, cancellationToken);
            }
            catch (ExecutionRejectedException rejected)
            {
                throw new HttpRequestException(rejected.Message, rejected);
            }
        }
    }
}
