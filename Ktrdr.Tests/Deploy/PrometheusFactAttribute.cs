using Xunit;

namespace Ktrdr.Tests.Deploy;

/// <summary>A test that needs Prometheus and its promtool; skipped, with the reason, where the machine has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PrometheusFactAttribute : FactAttribute
{
    public PrometheusFactAttribute() => Skip = Promtool.Program is null || Promtool.Server is null ? "needs prometheus and promtool on the path (apt-get install prometheus)" : null;
}
