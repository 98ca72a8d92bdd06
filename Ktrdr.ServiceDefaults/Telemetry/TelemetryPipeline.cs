using Ktrdr.ServiceDefaults.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Ktrdr.ServiceDefaults.Telemetry;

/// <summary>The OpenTelemetry SDK over .NET's own sources and ours, for as long as the service runs. An OTLP exporter is added only where an endpoint is configured.</summary>
internal sealed class TelemetryPipeline : IHostedLifecycleService, IDisposable
{
    /// <summary>OpenTelemetry's own name of the variable; the exporter reads it too.</summary>
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly ServiceIdentity _identity;
    private readonly SpanSink _sink;
    private readonly IConfiguration _configuration;
    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    /// <remarks>The collector of <c>/metrics</c> is asked for only so that it listens from the start, not from the first scrape.</remarks>
    public TelemetryPipeline(ServiceIdentity identity, SpanSink sink, IConfiguration configuration, MetricsCollector collector)
    {
        ArgumentNullException.ThrowIfNull(collector);
        (_identity, _sink, _configuration) = (identity, sink, configuration);
    }

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("ktrdr-" + _identity.Name);
        var exports = !string.IsNullOrWhiteSpace(_configuration[OtlpEndpoint]);

        var traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new WorkSampler()))
            .AddSource(KtrdrTelemetry.Sources)
            .AddProcessor(_sink.CreateProcessor());
        _traces = (exports ? traces.AddOtlpExporter() : traces).Build();

        if (exports)
        {
            _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(KtrdrTelemetry.Meters).AddOtlpExporter().Build();
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
        (_traces, _metrics) = (null, null);
    }

    /// <summary>
    /// Leaves out traces that begin with an outgoing call: those are heartbeats, polls and sweeps. The decision travels with the
    /// call, so the other side stays quiet too. Work always begins with a request or an activity of our own.
    /// </summary>
    private sealed class WorkSampler : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
            => new(samplingParameters.Kind == System.Diagnostics.ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }
}
