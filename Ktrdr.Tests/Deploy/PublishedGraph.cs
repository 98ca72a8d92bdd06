using Ktrdr.AppHost;
using Ktrdr.AppHost.Sandboxes;

namespace Ktrdr.Tests.Deploy;

/// <summary>What was published: slot 0's sandbox with every server, and one worker with a GPU.</summary>
internal static class PublishedGraph
{
    /// <summary>The Api's and the workers' folder inside their containers.</summary>
    public const string Home = "/var/lib/ktrdr";

    /// <summary>Where programs listen that have no port of the table.</summary>
    private const int FreePort = 8080;

    public static SandboxGraph Graph { get; } = SandboxGraph.For(0, new WorkerCounts { Gpu = 1 }, Enum.GetValues<ResourceKind>().ToHashSet());

    public static int PortInside(SandboxResource resource) => resource.Container?.Port ?? resource.Endpoint?.Port ?? FreePort;

    /// <summary>Those that are meant for people and tools on the machine, with their port of the table.</summary>
    public static IEnumerable<(SandboxResource Resource, int Port)> OfTheTable => Graph.Resources
        .Where(resource => resource.Endpoint?.Port is not null && (resource.Container is not null || resource.Name == SandboxGraph.Api))
        .Select(resource => (resource, resource.Endpoint!.Port!.Value));

    /// <summary>What a variable must be in a container; null where that is not for the graph to say.</summary>
    public static string? Expected(ResourceValue value) => value switch
    {
        ResourceValue.Literal literal => literal.Value,
        ResourceValue.UrlOf { Intake: null } url => $"http://{url.Resource}:{PortInside(Graph[url.Resource])}",
        ResourceValue.UrlOf url => $"http://{url.Resource}:{Graph[url.Resource].Container!.Intakes[url.Intake!]}",
        ResourceValue.ListenUrlOf url => $"http://+:{PortInside(Graph[url.Resource])}",
        ResourceValue.ListenHost => "+",
        ResourceValue.PortOf port => $"{PortInside(Graph[port.Resource])}",
        ResourceValue.SecretFile file => $"{Home}/secrets/{file.Secret}",
        ResourceValue.FolderBelow folder => string.Join('/', [Home, .. folder.Names]),
        ResourceValue.HostNamesOf hosts => string.Join(',', hosts.Resources),
        _ => null,
    };
}
