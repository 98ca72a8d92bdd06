using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Operations;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.Api.Operations;

/// <summary>What this process does with operations. What all replicas know together is sampled from the database.</summary>
internal static class OperationMetrics
{
    private static readonly Meter Meter = KtrdrTelemetry.Meter("Operations");

    private static readonly Counter<long> LeasesLost = Meter.CreateCounter<long>("ktrdr.operations.leases_lost", description: "Attempts whose worker was lost.");

    private static readonly Counter<long> Dispatched = Meter.CreateCounter<long>("ktrdr.operations.dispatched", description: "Attempts given to a worker.");

    private static readonly Counter<long> Refused = Meter.CreateCounter<long>("ktrdr.operations.refused", description: "Attempts that a worker would not or could not take.");

    private static readonly Histogram<double> DispatchLatency = Meter.CreateHistogram(
        "ktrdr.operations.dispatch_latency", "s", "From acceptance to the first worker's answer.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200],
        });

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "ktrdr.operations.duration", "s", "From an operation's first start to its end, by type and how it ended.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400],
        });

    public static ActivitySource Activities { get; } = KtrdrTelemetry.Source("Operations");

    /// <summary>A counter that is not there until its first event would hide that event from every rate over it.</summary>
    public static void StartAtZero()
    {
        foreach (var kind in WorkerKinds.All)
        {
            var tag = new KeyValuePair<string, object?>("kind", kind);
            LeasesLost.Add(0, tag);
            Dispatched.Add(0, tag);
            Refused.Add(0, tag);
        }
    }

    public static void Taken(OperationRow operation)
    {
        var kind = new KeyValuePair<string, object?>("kind", operation.Kind);
        Dispatched.Add(1, kind);
        if (operation.Attempt == 1)
        {
            DispatchLatency.Record((DateTimeOffset.UtcNow - operation.CreatedAt).TotalSeconds, kind);
        }
    }

    public static void NotTaken(OperationRow operation) => Refused.Add(1, new KeyValuePair<string, object?>("kind", operation.Kind));

    public static void LeaseLost(OperationRow operation) => LeasesLost.Add(1, new KeyValuePair<string, object?>("kind", operation.Kind));

    /// <summary>Counts an operation that has ended; any other changes nothing. One that never started took no time.</summary>
    public static void Ended(OperationRow? operation)
    {
        if (operation is { FinishedAt: { } finished, Status: OperationStatus.Succeeded or OperationStatus.Failed or OperationStatus.Cancelled })
        {
            Duration.Record((finished - (operation.StartedAt ?? finished)).TotalSeconds, new TagList { { "type", operation.Type }, { "status", StatusNames.Of(operation.Status) } });
        }
    }
}
