using System.Diagnostics;
using System.Text.Json.Nodes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.EndToEnd;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.AppHost.Aspire;

/// <summary>What the AppHost publishes, against what is committed.</summary>
public sealed class PublishingTests : IDisposable
{
    /// <summary>Not published: written by hand, or made by whoever runs it.</summary>
    private static readonly string[] Others = ["new-secrets.sh", ".env", "secrets/"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("manifest", "aspire-manifest.json")]
    [InlineData("compose", "deploy/compose")]
    [InlineData("kubernetes", "deploy/kubernetes")]
    public async Task Publish_Slot0_WritesWhatIsCommitted(string target, string committed)
    {
        var output = _folder.File(target == "manifest" ? "aspire-manifest.json" : target);
        await PublishAsync(target, output, slot: 0);

        var (expected, actual) = (Read(Path.Combine(Repository.Root, committed)), Read(output));
        var differing = expected.Keys.Union(actual.Keys).Where(name => expected.GetValueOrDefault(name) != actual.GetValueOrDefault(name)).Order(StringComparer.Ordinal).ToList();
        Assert.True(differing.Count == 0, $"{committed} is not what the AppHost publishes: {string.Join(", ", differing)}. `make publish` writes it anew.");
        Assert.All(actual.Values, text => Assert.DoesNotContain(Repository.Root, text, StringComparison.Ordinal));
        Assert.All(actual.Values, text => Assert.DoesNotContain("not-published", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Publish_Slot2sManifest_DiffersInPortsSlotAndVolumesOnly()
    {
        await PublishAsync("manifest", _folder.File("slot-2.json"), slot: 2);
        var (first, second) = (Leaves(Path.Combine(Repository.Root, "aspire-manifest.json")), Leaves(_folder.File("slot-2.json")));

        Assert.Equal(first.Keys, second.Keys);
        var differing = first.Where(leaf => second[leaf.Key] != leaf.Value).ToDictionary(leaf => leaf.Key, leaf => (leaf.Value, second[leaf.Key]));
        var ports = Ports(0).Zip(Ports(2)).ToDictionary(pair => pair.First, pair => pair.Second);
        Assert.All(differing, leaf =>
        {
            var (from, to) = leaf.Value;
            var expected = leaf.Key.Split('.')[^1] switch
            {
                "port" or "targetPort" => ports[from],
                SandboxVariables.Slot => "2",
                "name" => from.Replace("ktrdr-0-", "ktrdr-2-", StringComparison.Ordinal),
                _ => $"no other {from}",
            };
            Assert.Equal(expected, to);
        });
        Assert.Contains("resources.api.bindings.http.targetPort", differing.Keys);
        Assert.Equal(("3000", "3002"), differing["resources.grafana.bindings.http.port"]);
        Assert.Contains("resources.postgres.volumes.0.name", differing.Keys);
    }

    private static IEnumerable<string> Ports(int slot)
    {
        var table = SandboxPorts.For(slot);
        return new[] { table.Api, table.Postgres, table.Grafana, table.Jaeger, table.Prometheus }.Concat(table.Workers).Select(port => $"{port}");
    }

    private static SortedDictionary<string, string> Leaves(string file)
    {
        var leaves = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Collect("", JsonNode.Parse(File.ReadAllText(file))!);
        return leaves;

        void Collect(string path, JsonNode node)
        {
            IEnumerable<(string Key, JsonNode? Value)>? children = node switch
            {
                JsonObject map => map.Select(child => (child.Key, child.Value)),
                JsonArray list => list.Select((child, i) => ($"{i}", child)),
                _ => null,
            };
            if (children is null)
            {
                leaves[path] = node.ToString();
                return;
            }

            foreach (var (key, child) in children)
            {
                Collect(path.Length == 0 ? key : $"{path}.{key}", child!);
            }
        }
    }

    private static Dictionary<string, string> Read(string path)
        => File.Exists(path)
            ? new() { [""] = File.ReadAllText(path) }
            : Directory.GetFiles(path, "*", SearchOption.AllDirectories)
                .Select(file => (File: file, Name: Path.GetRelativePath(path, file).Replace('\\', '/')))
                .Where(file => !Others.Any(other => file.Name == other || (other.EndsWith('/') && file.Name.StartsWith(other, StringComparison.Ordinal))))
                .ToDictionary(file => file.Name, file => File.ReadAllText(file.File));

    /// <summary>As a person runs it, with a home of its own, where nothing may be left.</summary>
    private async Task PublishAsync(string target, string output, int slot)
    {
        var home = Directory.CreateDirectory(_folder.File("home")).FullName;
        var start = new ProcessStartInfo("dotnet", [AppHostRun.Executable("Ktrdr.AppHost"), "publish", target, "--output", output, "--slot", $"{slot}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["HOME"] = home, ["USERPROFILE"] = home, [SandboxLayout.HomeVariable] = Path.Combine(home, "ktrdr") },
        };
        using var process = Process.Start(start)!;
        var (said, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, await said + await error);
        // Aspire makes a folder for its command line's socket, and nothing in it.
        Assert.Empty(Directory.GetFiles(home, "*", SearchOption.AllDirectories));
    }
}
