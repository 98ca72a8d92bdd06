using System.Globalization;
using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Aspire.Publishing;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Prometheus in a container. In run mode it stands beside programs that are processes of this machine.</summary>
internal static class PrometheusContainer
{
    public const string Folder = "/etc/prometheus";

    /// <summary>Below <see cref="Folder"/>: what the Api does not name.</summary>
    public const string TargetsFile = "targets/containers.yml";

    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(5);

    private static readonly ValueProviderContext InContainers = new() { Network = KnownNetworkIdentifiers.DefaultAspireContainerNetwork };

    /// <summary>
    /// Lets it scrape our programs, which listen on the loopback address: Aspire makes a tunnel for each endpoint that a container
    /// refers to. Where the tunnels begin is known when the container is created, so its files are written then.
    /// </summary>
    public static void Prepare(IResourceBuilder<ContainerResource> prometheus, SandboxGraph graph, AspireValues values, SandboxFolder folder)
    {
        List<SandboxResource> programs = [.. graph.Resources.Where(resource => resource is { Project: not null, Endpoint: not null })];
        foreach (var program in programs)
        {
            // A tunnel has an address once its program runs, and the container's creation waits a minute for it.
            prometheus.WithReference(values.Endpoint(program.Name)).WaitForStart(values.Resource(program.Name));
        }

        var user = (int)ContainerFacts.User(graph[SandboxServers.Prometheus]);
        prometheus.WithContainerFiles(Folder, (_, cancellationToken) => FilesAsync(graph, [.. programs.Select(program => values.Endpoint(program.Name))], folder, cancellationToken), user, user);
    }

    /// <param name="tokenFile">As it is found inside.</param>
    public static PrometheusPlace Place(int slot, string apiUrl, string tokenFile) => new(slot, apiUrl, tokenFile, ScrapeInterval);

    /// <summary>What the containers tell about themselves.</summary>
    public static string TargetsOf(SandboxGraph graph)
    {
        var text = new StringBuilder("# What the containers tell about themselves; the Api names the programs of KTRDR.\n");
        foreach (var resource in graph.Resources)
        {
            int? port = resource.Container is not { } container ? null
                : container.Intakes.TryGetValue(SandboxServers.Metrics, out var metrics) ? metrics
                : resource.Kind is ResourceKind.Prometheus or ResourceKind.Grafana ? container.Port
                : null;
            if (port is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"- targets: ['{resource.Name}:{port}']\n  labels:\n    job: {resource.Name}\n");
            }
        }

        return text.ToString();
    }

    private static async Task<IEnumerable<ContainerFileSystemItem>> FilesAsync(SandboxGraph graph, IReadOnlyList<EndpointReference> programs, SandboxFolder folder, CancellationToken cancellationToken)
    {
        var ports = new Dictionary<int, string>();
        foreach (var program in programs)
        {
            ports[program.TargetPort!.Value] = (await program.Property(EndpointProperty.HostAndPort).GetValueAsync(InContainers, cancellationToken).ConfigureAwait(false))!;
        }

        var api = ports[graph[SandboxGraph.Api].Endpoint!.Port!.Value];
        var place = Place(graph.Slot, $"http://{api}", $"{Folder}/{SandboxSecrets.ReaderToken}") with { LoopbackPorts = ports };
        // A mounted token would stay its owner's, who is not the container's user.
        var token = new ContainerFile { Name = SandboxSecrets.ReaderToken, SourcePath = new SandboxSecrets(folder).PathOf(SandboxSecrets.ReaderToken), Mode = UnixFileMode.UserRead };
        return [token, .. Items([.. PrometheusFiles.Of(place), (TargetsFile, TargetsOf(graph))])];
    }

    private static IEnumerable<ContainerFileSystemItem> Items(IEnumerable<(string Name, string Text)> files) => files.GroupBy(file => Path.GetDirectoryName(file.Name)!).SelectMany(folder =>
    {
        var entries = folder.Select(file => new ContainerFile { Name = Path.GetFileName(file.Name), Contents = file.Text });
        return folder.Key.Length == 0 ? entries : (IEnumerable<ContainerFileSystemItem>)[new ContainerDirectory { Name = folder.Key, Entries = entries }];
    });
}
