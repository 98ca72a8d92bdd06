using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Ktrdr.AppHost.Sandboxes;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>
/// Aspire's manifest. Wherever it is written, its paths are those seen from the repository's root, where it is kept; ports of the table
/// are said even where they are the container's own, which Aspire leaves out.
/// </summary>
internal sealed class ManifestOutput(SandboxGraph graph) : IPublishedOutput
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Prepare(IDistributedApplicationBuilder builder, string output)
    {
    }

    public void Complete(string output)
    {
        var written = Path.GetFullPath(output);
        var folder = Path.GetDirectoryName(written)!;
        var root = Path.GetDirectoryName(DeployFolder.Find(""))!;
        var manifest = JsonNode.Parse(File.ReadAllText(written))!;
        foreach (var (_, resource) in manifest["resources"]!.AsObject())
        {
            MakeRelative(resource!, "path", folder, root);
            foreach (var mount in resource!["bindMounts"]?.AsArray() ?? [])
            {
                MakeRelative(mount!, "source", folder, root);
            }
        }

        foreach (var resource in graph.Resources)
        {
            if (resource.Endpoint?.Port is { } port)
            {
                var binding = manifest["resources"]![resource.Name]!["bindings"]!.AsObject().First().Value!.AsObject();
                var inside = binding["targetPort"]!.GetValue<int>();
                binding.Remove("port");
                binding.Remove("targetPort");
                binding.Add("port", port);
                binding.Add("targetPort", inside);
            }
        }

        File.WriteAllText(written, manifest.ToJsonString(Readable) + "\n");
    }

    private static void MakeRelative(JsonNode node, string property, string folder, string root)
    {
        if (node[property]?.GetValue<string>() is { } path)
        {
            node[property] = Path.GetRelativePath(root, Path.Combine(folder, path)).Replace('\\', '/');
        }
    }
}
