using System.Diagnostics.Metrics;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.Api.Workers;

internal static class WorkerMetrics
{
    private static readonly Meter Meter = KtrdrTelemetry.Meter("Workers");

    private static readonly Counter<long> Removed = Meter.CreateCounter<long>(
        "ktrdr.workers.removed", description: "Workers forgotten after a long silence: 'left' had said that they go, 'lost' had not.");

    public static void StartAtZero() => Forgotten(0, 0);

    public static void Forgotten(int left, int lost)
    {
        Removed.Add(left, new KeyValuePair<string, object?>("reason", "left"));
        Removed.Add(lost, new KeyValuePair<string, object?>("reason", "lost"));
    }
}
