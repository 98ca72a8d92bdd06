using Xunit;

namespace Ktrdr.Tests.Deploy;

/// <summary>A test that needs Prometheus and its promtool; skipped, with the reason, where the machine has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal class PrometheusFactAttribute : FactAttribute
{
    public PrometheusFactAttribute() => Skip = Promtool.Program is null || Promtool.Server is null ? "needs prometheus and promtool on the path (apt-get install prometheus)" : null;
}

/// <summary>A test that needs what the Prometheus of a demo recorded.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RecordedFactAttribute : PrometheusFactAttribute
{
    public RecordedFactAttribute()
    {
#if KTRDR_FULL
        Skip = "needs the embedded edition: the full one's Prometheus keeps its samples in a container's volume";
#endif
    }
}
