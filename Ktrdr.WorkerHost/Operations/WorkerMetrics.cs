using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ktrdr.ServiceDefaults.Telemetry;
using Ktrdr.WorkerHost.Registration;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.WorkerHost.Operations;

internal static class WorkerMetrics
{
    public static readonly ActivitySource Activities = KtrdrTelemetry.Source("Worker");

    private static readonly Meter Meter = KtrdrTelemetry.Meter("Worker");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "ktrdr.worker.attempt.duration", "s", "How long attempts ran, by type and how they ended.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
        });

    public static void AttemptEnded(string type, string outcome, TimeSpan duration)
        => Duration.Record(duration.TotalSeconds, new TagList { { "type", type }, { "outcome", outcome } });

    public static void Observe(OperationRunner runner, Outbox outbox, WorkerOptions options)
    {
        var tags = new KeyValuePair<string, object?>[] { new("worker", options.WorkerId) };
        Meter.CreateObservableGauge("ktrdr.worker.slots", () => new Measurement<int>(options.Slots, tags), description: "Slots of this worker.");
        Meter.CreateObservableGauge("ktrdr.worker.slots_busy", () => new Measurement<int>(runner.Running().Count, tags), description: "Slots with a running attempt.");
        Meter.CreateObservableGauge("ktrdr.worker.outcomes_unreported", () => new Measurement<int>(outbox.Unreported().Count, tags), description: "Finished attempts that the Api does not know of yet.");
        Meter.CreateObservableGauge("ktrdr.worker.attempt.progress", () => ProgressOf(runner, options.WorkerId), "1", "How far a running attempt is; of several of one type the one that is least far.");
    }

    private static IEnumerable<Measurement<double>> ProgressOf(OperationRunner runner, string worker)
    {
        foreach (var type in runner.Operations().GroupBy(operation => operation.Type))
        {
            var least = type.Min(operation => operation.Progress?.Percent ?? 0) / 100;
            yield return new Measurement<double>(least, new TagList { { "worker", worker }, { "type", type.Key } });
        }
    }
}
