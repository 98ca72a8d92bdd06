using System.Diagnostics.Metrics;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.Worker.Training;

internal static class TrainingMetrics
{
    private static readonly Meter Meter = KtrdrTelemetry.Meter("Training");

    private static readonly Counter<long> Epochs = Meter.CreateCounter<long>("ktrdr.training.epochs", description: "Epochs trained, of every seed.");

    private static readonly Counter<long> Samples = Meter.CreateCounter<long>("ktrdr.training.samples", description: "Rows that networks have learned from: rows of the training set, once per epoch and seed.");

    private static readonly Histogram<double> Speed = Meter.CreateHistogram(
        "ktrdr.training.samples_per_second", description: "Samples per second of a training, all its seeds together, from its first epoch to its last.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [1e3, 1e4, 3e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7],
        });

    public static void EpochTrained(int rows)
    {
        Epochs.Add(1);
        Samples.Add(rows);
    }

    public static void Trained(long samples, TimeSpan took)
    {
        if (samples > 0)
        {
            Speed.Record(samples / took.TotalSeconds);
        }
    }
}
