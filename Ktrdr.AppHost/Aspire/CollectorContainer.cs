using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Ktrdr.AppHost.Aspire;

/// <summary>The OpenTelemetry collector in run mode: what the services send it, Aspire's dashboard gets too.</summary>
internal static class CollectorContainer
{
    private const string OverlaySource = "otel-collector/aspire.yaml";
    private const string Overlay = "/etc/otelcol/aspire.yaml";

    /// <summary>Set by Aspire for what exports to its dashboard.</summary>
    private const string DashboardUrl = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <param name="dashboardKey">With which the dashboard accepts telemetry; null where it accepts it from anybody.</param>
    public static void Prepare(IResourceBuilder<ContainerResource> collector, string? dashboardKey) => collector
        .WithArgs($"--config={Overlay}")
        .WithBindMount(DeployFolder.Find(OverlaySource), Overlay, isReadOnly: true)
        .WithOtlpExporter(OtlpProtocol.Grpc)
        .WithEnvironment(context =>
        {
            context.EnvironmentVariables["ASPIRE_API_KEY"] = dashboardKey ?? "";
            // The collector's exporter goes by this, not by the address' scheme.
            context.EnvironmentVariables["ASPIRE_INSECURE"] = context.EnvironmentVariables[DashboardUrl] is EndpointReference { IsHttps: true } ? "false" : "true";
        });
}
