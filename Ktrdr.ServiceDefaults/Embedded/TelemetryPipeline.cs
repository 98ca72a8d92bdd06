using Ktrdr.ServiceDefaults.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Ktrdr.ServiceDefaults.Embedded;

/// <summary>The OpenTelemetry SDK over .NET's own sources and ours, for as long as the service runs. An OTLP exporter is added only where an endpoint is configured.</summary>
internal sealed class TelemetryPipeline(ServiceIdentity identity, SpanSink sink, IConfiguration configuration) : IHostedLifecycleService, IDisposable
{
    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateDefault().AddService(KtrdrTelemetry.ServiceName(identity));
        var exports = KtrdrTelemetry.Exports(configuration);

        var traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new WorkSampler()))
            .AddSource(KtrdrTelemetry.Sources)
            .AddProcessor(sink.CreateProcessor());
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
}
