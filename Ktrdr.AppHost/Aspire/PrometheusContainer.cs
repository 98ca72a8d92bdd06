using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Prometheus in a container beside programs that run as processes of this machine.</summary>
internal static class PrometheusContainer
{
    public const string Folder = "/etc/prometheus";

    /// <summary>The collector's own figures: nobody discovers it.</summary>
    public const string CollectorTargetFile = "targets/otel-collector.yml";

    public static string CollectorTarget { get; } = $"""
        - targets: ['{SandboxServers.Collector}:{SandboxServers.CollectorTelemetryPort}']
          labels:
            job: {SandboxServers.Collector}

        """;

    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(5);

    public static void Prepare(IResourceBuilder<ContainerResource> prometheus, SandboxGraph graph, SandboxFolder folder)
    {
        var port = graph[SandboxGraph.Api].Endpoint!.Port!.Value;
        var place = Place(graph.Slot, $"http://{AspireValues.Machine}:{port}", AspireValues.Machine);
        PrometheusFiles.Write(folder.Prometheus, place);
        File.WriteAllText(Path.Combine(folder.Prometheus, CollectorTargetFile), CollectorTarget);
        prometheus
            // Linux knows the name only when it is told.
            .WithContainerRuntimeArgs($"--add-host={AspireValues.Machine}:host-gateway")
            .WithBindMount(folder.Prometheus, Folder, isReadOnly: true)
            .WithBindMount(new SandboxSecrets(folder).PathOf(SandboxSecrets.ReaderToken), place.TokenFile, isReadOnly: true);
    }

    /// <param name="loopback">The name by which it reaches services that registered a loopback address.</param>
    public static PrometheusPlace Place(int slot, string apiUrl, string loopback)
        => new(slot, apiUrl, $"{AspireValues.Home}/secrets/{SandboxSecrets.ReaderToken}", loopback, ScrapeInterval);
}
