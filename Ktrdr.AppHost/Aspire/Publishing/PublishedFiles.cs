using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>The read-only files of published containers: those of <c>deploy/</c> as they are, and Prometheus' configuration, filled in for a place where everything is reached by its name.</summary>
internal static class PublishedFiles
{
    /// <summary>Below <c>deploy/</c>, where the Compose output keeps what it filled in.</summary>
    private const string Filled = "compose/";

    private const string Configuration = "prometheus/prometheus.yml";
    private const string Targets = $"prometheus/{PrometheusContainer.TargetsFile}";

    public static IReadOnlyList<MountedFile> Of(SandboxResource resource) => resource.Kind != ResourceKind.Prometheus
        ? resource.Container!.Files
        :
        [
            new MountedFile($"{Filled}{Configuration}", $"{PrometheusContainer.Folder}/prometheus.yml"),
            new MountedFile("prometheus/rules", $"{PrometheusContainer.Folder}/rules"),
            new MountedFile($"{Filled}{Path.GetDirectoryName(Targets)}", $"{PrometheusContainer.Folder}/targets"),
        ];

    /// <summary>Where a source that is filled in lies below an output's own folder; null for what is taken from <c>deploy/</c> as it is.</summary>
    public static string? FilledIn(string source) => source.StartsWith(Filled, StringComparison.Ordinal) ? source[Filled.Length..] : null;

    /// <summary>Writes the files that are filled in below a folder.</summary>
    public static void WriteFilled(string folder, SandboxGraph graph)
    {
        var api = graph[SandboxGraph.Api];
        var place = PrometheusContainer.Place(graph.Slot, $"http://{api.Name}:{AspireModel.PortInContainer(api)}", $"{AspireValues.Secrets}/{SandboxSecrets.ReaderToken}");
        Write(Path.Combine(folder, Configuration), PrometheusFiles.Fill(File.ReadAllText(DeployFolder.Find(Configuration)), place));
        Write(Path.Combine(folder, Targets), PrometheusContainer.TargetsOf(graph));
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
