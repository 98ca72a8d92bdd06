using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Deploy;

/// <summary>The committed Compose files with images of this build, run by a real engine on ports of their own.</summary>
public sealed partial class ComposeLiveTests
{
    private static readonly TimeSpan BuildPatience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(5);

    [ContainerEngineFact]
    public async Task Up_StartsASandboxWithWhichEveryWorkerRegisters()
    {
        var tag = $"test-{Guid.NewGuid():N}"[..13];
        foreach (var project in (string[])[SandboxGraph.ApiProject, SandboxGraph.WorkerProject, SandboxGraph.AgentsProject])
        {
            await RunAsync("dotnet", ["publish", Path.Combine(Repository.Root, project), "-c", "Release", "-t:PublishContainer", $"-p:ContainerImageTag={tag}"], Repository.Root, tag);
        }

        using var home = new TemporaryFolder();
        CopyFolder(Path.Combine(Repository.Root, "deploy"), home.File("deploy"));
        var folder = Path.Combine(home.Path, "deploy", "compose");
        var file = Path.Combine(folder, "docker-compose.yaml");
        var ports = new Dictionary<string, int>();
        File.WriteAllText(file, HostPort().Replace(File.ReadAllText(file), match => $"127.0.0.1:{ports[match.Groups[1].Value] = PortCheck.TakeFree()}:"));
        await RunAsync("bash", ["new-secrets.sh"], folder, tag);
        try
        {
            await RunAsync("docker", ["compose", "--project-name", tag, "up", "--detach"], folder, tag);
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports["8000"]}") };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(Path.Combine(folder, "secrets", SandboxSecrets.AdminToken)));
            var expected = PublishedGraph.Graph.Resources.Where(resource => resource.Environment.ContainsKey(SandboxVariables.WorkerId)).Select(resource => resource.Name).Where(name => name != "training-gpu-1");
            await WaitForWorkersAsync(client, [.. expected]);
        }
        finally
        {
            await RunAsync("docker", ["compose", "--project-name", tag, "down", "--volumes"], folder, tag);
        }
    }

    private static async Task WaitForWorkersAsync(HttpClient client, IReadOnlyList<string> expected)
    {
        var seen = "no answer";
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    seen = await client.GetStringAsync("/api/v1/workers");
                    var ids = JsonNode.Parse(seen)!.ToJsonString();
                    return expected.All(id => ids.Contains($"\"{id}\"", StringComparison.Ordinal));
                }
                catch (HttpRequestException error)
                {
                    seen = error.Message;
                    return false;
                }
            },
            () => $"every worker of {string.Join(", ", expected)} is registered: {seen}",
            StartPatience);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/secrets/", StringComparison.Ordinal) && Path.GetFileName(file) != ".env"))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments, string folder, string tag)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["KTRDR_VERSION"] = tag } };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(BuildPatience);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await output}{await error}");
    }

    [GeneratedRegex(@"127\.0\.0\.1:(\d+):")]
    private static partial Regex HostPort();
}
