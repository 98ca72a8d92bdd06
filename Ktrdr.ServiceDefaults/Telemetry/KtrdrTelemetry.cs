using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;

namespace Ktrdr.ServiceDefaults.Telemetry;

/// <summary>Names of our activity sources and meters: <c>Ktrdr.</c> and an area. All of them are collected.</summary>
public static class KtrdrTelemetry
{
    public const string Prefix = "Ktrdr.";

    /// <summary>OpenTelemetry's own name of the variable; the exporter reads it too.</summary>
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    internal static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", Prefix + "*"];

    internal static readonly string[] Meters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql", Prefix + "*"];

    /// <param name="area">For instance <c>Operations</c>.</param>
    public static ActivitySource Source(string area) => new(Prefix + area);

    /// <param name="area">For instance <c>Operations</c>.</param>
    public static Meter Meter(string area) => new(Prefix + area);

    /// <summary>Under which a service appears outside of its sandbox.</summary>
    internal static string ServiceName(ServiceIdentity identity) => "ktrdr-" + identity.Name;

    /// <summary>Whether a collector is there to send to.</summary>
    internal static bool Exports(IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration[OtlpEndpoint]);

    /// <summary>Starts an activity under a stored W3C <c>traceparent</c>, or under the current one if that is null or malformed.</summary>
    public static Activity? StartUnder(this ActivitySource source, string name, string? traceParent, ActivityKind kind = ActivityKind.Internal)
        => ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent)
            ? source.StartActivity(name, kind, parent)
            : source.StartActivity(name, kind);
}
