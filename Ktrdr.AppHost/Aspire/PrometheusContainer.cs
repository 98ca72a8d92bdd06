using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Prometheus in a container beside programs that run as processes of this machine.</summary>
internal static class PrometheusContainer
{
    public const string Folder = "/etc/prometheus";

    /// <summary>The name by which a container reaches the machine that it runs on.</summary>
    private const string Machine = "host.docker.internal";

    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(5);

    public static void Prepare(IResourceBuilder<ContainerResource> prometheus, SandboxGraph graph, SandboxFolder folder)
    {
        var port = graph[SandboxGraph.Api].Endpoint!.Port!.Value;
        var place = Place(graph.Slot, $"http://{Machine}:{port}", Machine);
        PrometheusFiles.Write(folder.Prometheus, place);
        prometheus
            // Linux knows the name only when it is told.
            .WithContainerRuntimeArgs($"--add-host={Machine}:host-gateway")
            .WithBindMount(folder.Prometheus, Folder, isReadOnly: true)
            .WithBindMount(new SandboxSecrets(folder).PathOf(SandboxSecrets.ReaderToken), place.TokenFile, isReadOnly: true);
    }

    /// <param name="loopback">The name by which it reaches services that registered a loopback address.</param>
    public static PrometheusPlace Place(int slot, string apiUrl, string loopback)
        => new(slot, apiUrl, $"{AspireValues.Home}/secrets/{SandboxSecrets.ReaderToken}", loopback, ScrapeInterval);
}
