using System.Diagnostics.Metrics;
using Ktrdr.ServiceDefaults;
using Ktrdr.ServiceDefaults.Telemetry;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.ServiceDefaults;

/// <summary>What <c>/health</c>, <c>/ready</c> and <c>/metrics</c> of a service say, read over HTTP.</summary>
public sealed class PrometheusTextTests : IAsyncLifetime
{
    private readonly Meter _meter = KtrdrTelemetry.Meter("Test" + Guid.NewGuid().ToString("N"));
    private readonly string _name = "ktrdr.test." + Guid.NewGuid().ToString("N");
    private readonly SwitchableCheck _check = new();
    private RunningService _service = null!;

    public async Task InitializeAsync() => _service = await RunningService.StartAsync(services => services.AddSingleton<IReadinessCheck>(_check));

    public async Task DisposeAsync()
    {
        _meter.Dispose();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Metrics_Counter_SumsPerLabelsAndEndsInTotal()
    {
        var counter = _meter.CreateCounter<long>(_name, description: "Things.");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "a\"b"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "a\"b"));

        var lines = await LinesAsync("_total");

        Assert.Equal([$"# HELP {Prometheus}_total Things.", $"# TYPE {Prometheus}_total counter", $"{Prometheus}_total{{kind=\"a\\\"b\"}} 5"], lines);
    }

    [Fact]
    public async Task Metrics_GaugeInBytes_ShowsItsLatestValueWithoutTotal()
    {
        var value = 1L;
        _meter.CreateObservableGauge(_name, () => value, "By");
        await _service.Client.GetStringAsync("/metrics");
        value = 7;

        var lines = await LinesAsync("_bytes");

        Assert.Equal([$"# HELP {Prometheus}_bytes {_name}", $"# TYPE {Prometheus}_bytes gauge", $"{Prometheus}_bytes 7"], lines);
    }

    [Fact]
    public async Task Metrics_HistogramInSeconds_HasCumulativeBuckets()
    {
        var histogram = _meter.CreateHistogram(_name, "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        histogram.Record(0.05);
        histogram.Record(0.1);
        histogram.Record(0.5);
        histogram.Record(5);

        var lines = await LinesAsync("_seconds");

        Assert.Equal(
            [
                $"# HELP {Prometheus}_seconds {_name}", $"# TYPE {Prometheus}_seconds histogram",
                $"{Prometheus}_seconds_bucket{{le=\"0.1\"}} 2", $"{Prometheus}_seconds_bucket{{le=\"1\"}} 3", $"{Prometheus}_seconds_bucket{{le=\"+Inf\"}} 4",
                $"{Prometheus}_seconds_sum 5.65", $"{Prometheus}_seconds_count 4",
            ],
            lines);
    }

    [Fact]
    public async Task Metrics_UnboundedLabels_StopGrowing()
    {
        var counter = _meter.CreateCounter<long>(_name);
        for (var i = 0; i < 3000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        }

        Assert.Equal(1000 + 2, (await LinesAsync("_total")).Count);
    }

    [Fact]
    public async Task Metrics_OfDotNet_AreThereToo()
    {
        // A request is measured after it was answered.
        await Eventually.TrueAsync(
            () => _service.Client.GetStringAsync("/metrics").GetAwaiter().GetResult().Contains("http_server_request_duration_seconds_count{", StringComparison.Ordinal),
            "the duration of a request");
    }

    [Fact]
    public async Task Ready_CheckFails_Is503WithTheReason()
    {
        Assert.Equal(200, (int)(await _service.Client.GetAsync("/ready")).StatusCode);

        _check.Reason = "the database is away";
        using var answer = await _service.Client.GetAsync("/ready");

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Contains("the database is away", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(200, (int)(await _service.Client.GetAsync("/health")).StatusCode);
    }

    private string Prometheus => _name.Replace('.', '_');

    private async Task<List<string>> LinesAsync(string suffix)
    {
        var text = await _service.Client.GetStringAsync("/metrics");
        return [.. text.Split('\n').Where(line => line.Contains(Prometheus + suffix, StringComparison.Ordinal))];
    }

    private sealed class SwitchableCheck : IReadinessCheck
    {
        public string? Reason { get; set; }

        public string Name => "switch";

        public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(Reason);
    }
}
