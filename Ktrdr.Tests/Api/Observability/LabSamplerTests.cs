using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Ktrdr.Api.Observability;
using Ktrdr.Api.Operations;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.Api.Observability;

/// <summary>What the Api does where nothing can be sampled.</summary>
public sealed class LabSamplerTests
{
    [Fact]
    public async Task Execute_AFailureNobodyForesaw_IsLoggedHidesTheFiguresAndTriesAgain()
    {
        var worker = Guid.NewGuid().ToString("N");
        var source = NpgsqlDataSource.Create("Host=127.0.0.1");
        await source.DisposeAsync();
        using var gauges = new LabGauges();
        gauges.Show(SampleOf(worker));
        Assert.Equal(1, HeartbeatsOf(worker));
        var log = new KeptLog();
        using var sampler = new LabSampler(new LabReader(source, new Leases(), TimeProvider.System), gauges, log);

        await sampler.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => log.Warnings.Count >= 2, "a second attempt after one that failed");

        Assert.All(log.Warnings, warning => Assert.Contains(nameof(ObjectDisposedException), warning, StringComparison.Ordinal));
        Assert.Equal(0, HeartbeatsOf(worker));
        Assert.False(sampler.ExecuteTask!.IsCompleted);
        await sampler.StopAsync(CancellationToken.None);
        Assert.True(sampler.ExecuteTask.IsCompletedSuccessfully);
    }

    /// <summary>How many figures say of this worker when it was last heard of. Other tests have gauges of the same name.</summary>
    private static int HeartbeatsOf(string worker)
    {
        var found = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "ktrdr.workers.heartbeat_age")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                found += worker.Equals(tag.Value) ? 1 : 0;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return found;
    }

    private static LabSample SampleOf(string worker) => new()
    {
        Operations = [],
        OldestQueued = [],
        LongestSilence = [],
        Workers = [new WorkerSample(worker, "backtest", "available", 1, 1, 0)],
        Campaigns = [],
        CampaignIdle = [],
        Experiments = [],
        Verdicts = [],
        Trials = [],
        DatabaseBytes = 0,
        ArtifactBytes = 0,
    };

    private sealed class KeptLog : ILogger<LabSampler>
    {
        public ConcurrentQueue<string> Warnings { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                Warnings.Enqueue(formatter(state, exception));
            }
        }
    }
}
