using System.Diagnostics.Metrics;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.Worker.Sweeps;

internal static class SweepMetrics
{
    private static readonly Meter Meter = KtrdrTelemetry.Meter("Sweeps");

    private static readonly Counter<long> Variants = Meter.CreateCounter<long>("ktrdr.sweep.variants", description: "Variants of sweeps that were trained and backtested, or could not be.");

    public static void StartAtZero()
    {
        Variants.Add(0, new KeyValuePair<string, object?>("result", "measured"));
        Variants.Add(0, new KeyValuePair<string, object?>("result", "failed"));
    }

    public static void Tried(bool ran) => Variants.Add(1, new KeyValuePair<string, object?>("result", ran ? "measured" : "failed"));
}
