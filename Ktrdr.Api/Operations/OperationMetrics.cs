using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.Api.Operations;

/// <summary>The Api's own figures.</summary>
internal static class OperationMetrics
{
    private static readonly Meter Meter = KtrdrTelemetry.Meter("Operations");

    public static ActivitySource Activities { get; } = KtrdrTelemetry.Source("Operations");

    public static Counter<long> LeasesLost { get; } = Meter.CreateCounter<long>("ktrdr.operations.leases_lost", description: "Attempts whose worker was lost.");

    public static Counter<long> Dispatched { get; } = Meter.CreateCounter<long>("ktrdr.operations.dispatched", description: "Attempts given to a worker.");

    public static Counter<long> Refused { get; } = Meter.CreateCounter<long>("ktrdr.operations.refused", description: "Attempts that a worker would not or could not take.");

    public static Counter<long> Committed { get; } = Meter.CreateCounter<long>("ktrdr.operations.committed", description: "Results committed.");

    public static Histogram<double> DispatchLatency { get; } = Meter.CreateHistogram<double>("ktrdr.operations.dispatch_latency", "s", "From acceptance to the first worker's answer.");
}
