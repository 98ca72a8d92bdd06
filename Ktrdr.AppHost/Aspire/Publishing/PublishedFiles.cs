using System.Globalization;
using System.Text;
using Ktrdr.AppHost.Sandboxes;
using ContainerFile = Ktrdr.AppHost.Sandboxes.ContainerFile;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>The read-only files of published containers: those of <c>deploy/</c> as they are, and Prometheus' configuration, filled in for a place where everything is reached by its name.</summary>
internal static class PublishedFiles
{
    /// <summary>Below <c>deploy/</c>, where the Compose output keeps what it filled in.</summary>
    public const string Filled = "compose/";

    public const string Configuration = "prometheus/prometheus.yml";
    public const string Targets = "prometheus/targets/containers.yml";

    public static IReadOnlyList<ContainerFile> Of(SandboxResource resource) => resource.Kind != ResourceKind.Prometheus
        ? resource.Container!.Files
        :
        [
            new ContainerFile($"{Filled}{Configuration}", $"{PrometheusContainer.Folder}/prometheus.yml"),
            new ContainerFile("prometheus/rules", $"{PrometheusContainer.Folder}/rules"),
            new ContainerFile($"{Filled}{Path.GetDirectoryName(Targets)}", $"{PrometheusContainer.Folder}/targets"),
        ];

    /// <summary>Writes the files that are filled in below a folder.</summary>
    public static void WriteFilled(string folder, SandboxGraph graph)
    {
        var api = graph[SandboxGraph.Api];
        var place = PrometheusContainer.Place(graph.Slot, $"http://{api.Name}:{AspireModel.PortInContainer(api)}", api.Name);
        Write(Path.Combine(folder, Configuration), PrometheusFiles.Fill(File.ReadAllText(DeployFolder.Find(Configuration)), place));
        Write(Path.Combine(folder, Targets), TargetsOf(graph));
    }

    private static string TargetsOf(SandboxGraph graph)
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

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
