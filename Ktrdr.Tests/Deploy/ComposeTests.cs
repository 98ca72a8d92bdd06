using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ktrdr.Tests.Deploy;

/// <summary>The committed Compose files, held against the graph that they were published from.</summary>
public sealed class ComposeTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "compose");
    private static readonly YamlNode File = Yaml.Read(Path.Combine(Folder, "docker-compose.yaml"));
    private static readonly YamlNode Gpu = Yaml.Read(Path.Combine(Folder, "gpu.yaml"));

    [Fact]
    public void Services_AreThoseOfTheGraph_AndOneThatReadiesVolumes()
    {
        var names = PublishedGraph.Graph.Resources.Select(resource => resource.Name).ToList();

        Assert.Equal(["volumes", .. names.Where(name => name != "training-gpu-1")], Names(File["services"]));
        Assert.Equal(["training-gpu-1"], Names(Gpu["services"]));
    }

    [Fact]
    public void Services_Variables_AreThoseOfTheGraph()
    {
        foreach (var resource in PublishedGraph.Graph.Resources)
        {
            var variables = Map(Service(resource.Name), "environment");
            foreach (var (name, value) in resource.Environment.Where(variable => variable.Value is not ResourceValue.HostProcessId))
            {
                var expected = PublishedGraph.Expected(value);
                var actual = Assert.Contains(name, variables);
                Assert.True(value is ResourceValue.HostNamesOf ? actual == $"{expected},${{{name}:-}}" : expected is null || actual == expected, $"{resource.Name} {name}: {actual}, not {expected}");
            }

            Assert.DoesNotContain(SandboxVariables.ParentPid, variables.Keys);
        }

        Assert.Equal("Host=postgres;Port=5432;Database=ktrdr;Username=ktrdr_api;Password=${POSTGRES_API_PASSWORD:?see .env.example}", Map(Service("api"), "environment")[SandboxVariables.Database]);
    }

    [Fact]
    public void Services_Ports_AreThoseOfTheTableOnTheLoopbackAddressOnly()
        => Assert.Equal(
            PublishedGraph.OfTheTable.Select(published => (published.Resource.Name, $"127.0.0.1:{published.Port}:{PublishedGraph.PortInside(published.Resource)}")),
            AllServices().SelectMany(service => List(service.Node, "ports").Select(port => (service.Name, port))));

    [Fact]
    public void Services_Dependencies_WaitForHealthWhereTheImageCanTellIt()
    {
        foreach (var resource in PublishedGraph.Graph.Resources)
        {
            var waits = Child(Service(resource.Name), "depends_on") is YamlMappingNode map
                ? map.Children.ToDictionary(wait => Text(wait.Key), wait => Text(wait.Value["condition"]))
                : [];
            foreach (var (name, condition) in resource.Dependencies)
            {
                Assert.Equal(condition == WaitCondition.Completed ? "service_completed_successfully" : "service_healthy", waits[name]);
                Assert.True(condition == WaitCondition.Completed || Child(Service(name), "healthcheck") is not null, $"{name} has no check");
            }

            Assert.Equal(resource.Kind == ResourceKind.Service, waits.ContainsKey("volumes"));
        }

        Assert.Equal(["otel-collector", "migrate"], PublishedGraph.Graph.Resources.Select(resource => resource.Name).Where(name => Child(Service(name), "healthcheck") is null).OrderDescending());
    }

    [Fact]
    public void Programs_AreConfinedToTheirVolume()
    {
        foreach (var resource in PublishedGraph.Graph.Resources.Where(resource => resource.Project is not null))
        {
            var service = Service(resource.Name);
            Assert.Equal($"${{KTRDR_REGISTRY:-}}{resource.Project!.ToLowerInvariant().Replace('.', '-')}:${{KTRDR_VERSION:-0.1.0}}", Text(service["image"]));
            Assert.Equal(("1654:1654", "true"), (Text(service["user"]), Text(service["read_only"])));
            Assert.Equal(["ALL", "no-new-privileges:true", "/tmp"], [.. List(service, "cap_drop"), .. List(service, "security_opt"), .. List(service, "tmpfs")]);
            Assert.Equal(
                resource.Kind == ResourceKind.Service ? [(PublishedGraph.Home, $"ktrdr-0-{resource.Name}")] : Array.Empty<(string, string)>(),
                Items(service, "volumes").Select(mount => (Text(mount["target"]), Text(mount["source"]))));
        }
    }

    [Fact]
    public void Volumes_AreNamedAndFilesAreReadOnlyAndThere()
    {
        var mounts = AllServices().SelectMany(service => Items(service.Node, "volumes")).ToList();
        var declared = Names(File["volumes"]);

        Assert.NotEmpty(declared);
        foreach (var mount in mounts)
        {
            var (type, source) = (Text(mount["type"]), Text(mount["source"]));
            Assert.True(type == "volume" ? declared.Contains(source) : Text(mount["read_only"]) == "true" && Path.Exists(Path.Combine(Folder, source)), source);
        }
    }

    [Fact]
    public void Secrets_AreFilesThatOnlyTheirReadersGet()
    {
        Assert.All(((YamlMappingNode)File["secrets"]).Children, secret => Assert.Equal($"./secrets/{Text(secret.Key)}", Text(secret.Value["file"])));
        Assert.Equal(
            [
                "prometheus: reader.token", "api: admin.token researcher.token reader.token join.token",
                "backtest-1: join.token", "backtest-2: join.token", "training-1: join.token", "agents: join.token researcher.token", "training-gpu-1: join.token",
            ],
            AllServices().Where(service => Child(service.Node, "secrets") is not null)
                .Select(service => $"{service.Name}: {string.Join(' ', Items(service.Node, "secrets").Select(secret => Text(secret["source"])))}"));
    }

    [Fact]
    public void GpuWorker_ReservesADevice()
    {
        var device = Assert.Single(((YamlMappingNode)Gpu["services"]["training-gpu-1"])["deploy"]["resources"]["reservations"]["devices"].Items());

        Assert.Equal(("nvidia", "1"), (Text(device["driver"]), Text(device["count"])));
        Assert.Equal(["gpu"], List(device, "capabilities"));
    }

    [ShellTheory]
    [InlineData("HTTP/1.1 200 OK", 0)]
    [InlineData("HTTP/1.1 503 Service Unavailable", 1)]
    [InlineData(null, 1)]
    public async Task Check_OfAProgram_SucceedsWhenItAnswers200(string? status, int expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        string? request = null;
        var answering = status is null ? Task.CompletedTask : Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
            request = await reader.ReadLineAsync();
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{status}\r\nContent-Length: 0\r\n\r\n"));
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }
        });
        if (status is null)
        {
            listener.Stop();
        }

        var check = List(Service("api")["healthcheck"], "test").Skip(1).Select(word => word.Replace("$$", "$", StringComparison.Ordinal).Replace("/8000", $"/{port}", StringComparison.Ordinal)).ToList();
        Assert.Equal(expected, (await RunAsync(check[0], check[1..], Folder)).ExitCode);
        await answering.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(status is null ? null : "GET /ready HTTP/1.1", request);
    }

    [ShellFact]
    public async Task NewSecrets_MakesEveryFileOnceAndFillsThePasswordsIn()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["new-secrets.sh", ".env.example"])
        {
            System.IO.File.Copy(Path.Combine(Folder, name), Path.Combine(folder.Path, name));
        }

        Assert.Equal(0, (await RunAsync("bash", ["new-secrets.sh"], folder.Path)).ExitCode);

        var made = Directory.GetFiles(Path.Combine(folder.Path, "secrets")).ToDictionary(path => Path.GetFileName(path)!, System.IO.File.ReadAllText);
        Assert.Equal(SandboxSecrets.Names.Order(StringComparer.Ordinal), made.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(made.Count, made.Values.Distinct().Count());
        Assert.All(made.Values, secret => Assert.Matches("^[A-Za-z0-9_-]{43}$", secret));
        var lines = System.IO.File.ReadAllLines(Path.Combine(folder.Path, ".env"));
        Assert.Equal(
            ["postgres-superuser.password", "postgres-owner.password", "postgres-api.password", "grafana-admin.password"],
            lines.Where(line => line.Contains("_PASSWORD=", StringComparison.Ordinal)).Select(line => made.Single(secret => secret.Value == line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]).Key));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(Path.Combine(folder.Path, ".env")));
        }

        Assert.Equal(1, (await RunAsync("bash", ["new-secrets.sh"], folder.Path)).ExitCode);
    }

    [DockerComposeTheory]
    [InlineData("docker-compose.yaml")]
    [InlineData("docker-compose.yaml", "gpu.yaml")]
    public async Task DockerCompose_AcceptsTheFiles(params string[] files)
    {
        using var folder = new TemporaryFolder();
        var variables = Path.Combine(folder.Path, "variables");
        System.IO.File.WriteAllText(variables, System.IO.File.ReadAllText(Path.Combine(Folder, ".env.example")).Replace("_PASSWORD=", "_PASSWORD=x", StringComparison.Ordinal));

        string[] given = ["--env-file", variables, .. files.SelectMany(file => (string[])["-f", file])];
        var (exitCode, output) = await RunAsync("docker-compose", [.. given, "config"], Folder);
        Assert.True(exitCode == 0, output);
        Assert.Contains("image: ktrdr-api:0.1.0", output, StringComparison.Ordinal);
        Assert.Equal(files.Length > 1, output.Contains("training-gpu-1:\n", StringComparison.Ordinal) && output.Contains("driver: nvidia", StringComparison.Ordinal));

        // A password that nobody filled in is refused, not left empty.
        Assert.NotEqual(0, (await RunAsync("docker-compose", ["--env-file", ".env.example", "config"], Folder)).ExitCode);
    }

    private static YamlMappingNode Service(string name) => (YamlMappingNode)(Child(File["services"], name) ?? Gpu["services"][name]);

    private static IEnumerable<(string Name, YamlNode Node)> AllServices()
        => new[] { File, Gpu }.SelectMany(file => ((YamlMappingNode)file["services"]).Children).Select(service => (Text(service.Key), service.Value));

    private static List<string> Names(YamlNode map) => [.. ((YamlMappingNode)map).Children.Keys.Select(Text)];

    private static YamlNode? Child(YamlNode map, string key) => ((YamlMappingNode)map).Children.TryGetValue(key, out var child) ? child : null;

    private static Dictionary<string, string> Map(YamlNode map, string key)
        => Child(map, key) is YamlMappingNode child ? child.Children.ToDictionary(pair => Text(pair.Key), pair => Text(pair.Value)) : [];

    private static List<string> List(YamlNode map, string key) => Child(map, key) is YamlSequenceNode list ? [.. list.Select(Text)] : [];

    private static IEnumerable<YamlMappingNode> Items(YamlNode map, string key) => Child(map, key) is YamlSequenceNode list ? list.Items() : [];

    private static string Text(YamlNode scalar) => ((YamlScalarNode)scalar).Value!;

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output + await error);
    }
}
