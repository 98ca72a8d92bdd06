using Ktrdr.Engine.MarketData;

namespace Ktrdr.Worker;

/// <summary>Which engine this process computes with.</summary>
internal static class EngineBuild
{
    public static string Version { get; } = typeof(BarSeries).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
