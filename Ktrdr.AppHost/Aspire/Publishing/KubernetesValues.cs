using System.Text;
using Ktrdr.AppHost.Sandboxes;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>The chart's values: what a cluster decides, and below it the plain variables, as Aspire's publisher wrote them.</summary>
internal static class KubernetesValues
{
    private const string Variables = "config:\n";

    private static readonly (string Key, string Cpu, string Memory, string CpuLimit, string MemoryLimit, string? Storage)[] Sizes =
    [
        ("api", "250m", "512Mi", "2", "2Gi", "20Gi"),
        ("worker", "1", "1Gi", "4", "8Gi", "20Gi"),
        ("agents", "100m", "256Mi", "1", "1Gi", "1Gi"),
        ("postgres", "500m", "1Gi", "4", "4Gi", "50Gi"),
        ("prometheus", "100m", "512Mi", "1", "2Gi", "20Gi"),
        ("grafana", "100m", "128Mi", "1", "512Mi", "1Gi"),
        ("jaeger", "100m", "256Mi", "1", "2Gi", null),
        // Its own limiter stops at 400 MiB.
        ("otel_collector", "100m", "128Mi", "1", "512Mi", null),
    ];

    /// <summary>Under which name the sizes of a resource stand.</summary>
    public static string Key(SandboxResource resource) => resource.Project switch
    {
        SandboxGraph.ApiProject => "api",
        SandboxGraph.WorkerProject => "worker",
        SandboxGraph.AgentsProject => "agents",
        _ => resource.Name.Replace('-', '_'),
    };

    /// <param name="written">By Aspire: besides the variables, images and secrets, which are said otherwise here.</param>
    public static string Complete(string written)
    {
        var start = written.IndexOf(Variables, StringComparison.Ordinal);
        if (start < 0)
        {
            throw new InvalidOperationException("Aspire's values have no variables.");
        }

        var end = FindEnd(written, start + Variables.Length);
        var text = new StringBuilder(
            $"""
            # The images of this release, see docs/deployment.md; the registry ends with a slash, empty is the node's own.
            image:
              registry: ""
              tag: "{ComposeOutput.Version}"
            # A Secret of the namespace with one key per secret, made with deploy/compose/new-secrets.sh.
            secretName: "ktrdr-secrets"
            # A training worker on an NVIDIA GPU, beside the others.
            gpu:
              enabled: false
            storage:
              # Empty is the cluster's own storage class.
              class: ""

            """.ReplaceLineEndings("\n"));
        foreach (var size in Sizes.Where(size => size.Storage is not null))
        {
            text.Append($"  {size.Key}: \"{size.Storage}\"\n");
        }

        text.Append("resources:\n");
        foreach (var size in Sizes)
        {
            text.Append($"  {size.Key}:\n    requests: {{ cpu: \"{size.Cpu}\", memory: \"{size.Memory}\" }}\n    limits: {{ cpu: \"{size.CpuLimit}\", memory: \"{size.MemoryLimit}\" }}\n");
        }

        return text.Append("# The variables of each container.\n").Append(written, start, end - start).ToString();
    }

    /// <summary>Where the next key of the top level begins.</summary>
    private static int FindEnd(string text, int position)
    {
        while (position < text.Length && text[position] == ' ')
        {
            var line = text.IndexOf('\n', position);
            position = line < 0 ? text.Length : line + 1;
        }

        return position;
    }
}
