using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.AppHost.Sandboxes;

public sealed class SandboxGraphTests
{
    private static readonly HashSet<ResourceKind> NoServers = [];
    private static readonly HashSet<ResourceKind> WithPrometheus = [ResourceKind.Prometheus];

    [Fact]
    public void For_Defaults_NamesEverythingAfterWhatItNeeds()
    {
        var graph = SandboxGraph.For(0, new WorkerCounts(), WithPrometheus);

        Assert.Equal(["postgres", "prometheus", "migrate", "api", "backtest-1", "backtest-2", "training-1", "agents"], graph.Resources.Select(r => r.Name));
        for (var i = 0; i < graph.Resources.Count; i++)
        {
            var before = graph.Resources.Take(i).Select(r => r.Name).ToList();
            Assert.All(graph.Resources[i].Dependencies, dependency => Assert.Contains(dependency.Resource, before));
        }
    }

    [Fact]
    public void For_Dependencies_MigrationEndsBeforeTheApiStarts()
    {
        var graph = SandboxGraph.For(0, new WorkerCounts(), NoServers);

        Assert.Equal([new ResourceDependency("postgres", WaitCondition.Ready)], graph["migrate"].Dependencies);
        Assert.Equal([new ResourceDependency("migrate", WaitCondition.Completed)], graph["api"].Dependencies);
        Assert.Equal([new ResourceDependency("api", WaitCondition.Ready)], graph["training-1"].Dependencies);
        Assert.DoesNotContain(graph.Resources, r => r.Kind == ResourceKind.Prometheus);
    }

    [Theory]
    [InlineData(0, 8000, 5432, 9090, new[] { 5003, 5004, 5005 })]
    [InlineData(2, 8002, 5434, 9092, new[] { 5020, 5021, 5022 })]
    public void For_Slot_HasThePortsOfTheTable(int slot, int api, int postgres, int prometheus, int[] workers)
    {
        var graph = SandboxGraph.For(slot, new WorkerCounts(), WithPrometheus);

        Assert.Equal((api, postgres, prometheus), (graph["api"].Endpoint!.Port, graph["postgres"].Endpoint!.Port, graph["prometheus"].Endpoint!.Port));
        Assert.Equal(workers.Cast<int?>(), graph.Resources.Where(r => r.Project == "Ktrdr.Worker").Select(r => r.Endpoint!.Port));
        Assert.Null(graph["agents"].Endpoint!.Port);
    }

    [Fact]
    public void For_MoreWorkersThanTheTableHasPorts_LaterOnesTakeFreePorts()
    {
        var graph = SandboxGraph.For(1, new WorkerCounts(Backtest: 3, Training: 2), NoServers);

        var workers = graph.Resources.Where(r => r.Project == "Ktrdr.Worker").ToList();
        Assert.Equal(["backtest-1", "backtest-2", "backtest-3", "training-1", "training-2"], workers.Select(r => r.Name));
        Assert.Equal([5010, 5011, 5012, 5013, null], workers.Select(r => r.Endpoint!.Port));
    }

    [Theory]
    [InlineData(0, "5003", "http://127.0.0.1:8000")]
    [InlineData(2, "5020", "http://127.0.0.1:8002")]
    public void Resolve_Worker_GetsItsPlace(int slot, string port, string apiUrl)
    {
        using var home = new TemporaryHome();
        var (resolver, graph, folder) = Resolver(home, slot);
        var environment = resolver.Resolve(graph["backtest-1"]);

        Assert.Equal($"{slot}", environment["KTRDR_SLOT"]);
        Assert.Equal(folder.Root, environment["KTRDR_SANDBOX"]);
        Assert.Equal($"{Environment.ProcessId}", environment["KTRDR_PARENT_PID"]);
        Assert.Equal("0", environment["DOTNET_gcServer"]);
        Assert.Equal(apiUrl, environment["KTRDR_API_URL"]);
        Assert.Equal("backtest-1", environment["WORKER_ID"]);
        Assert.Equal("backtest", environment["WORKER_KINDS"]);
        Assert.Equal(port, environment["WORKER_PORT"]);
        Assert.Equal("1", environment["WORKER_SLOTS"]);
        Assert.Equal($"http://127.0.0.1:{port}", environment["WORKER_ENDPOINT_URL"]);
        Assert.Equal(folder.Worker("backtest-1"), environment["KTRDR_STATE"]);
        Assert.Equal(Path.Combine(folder.Secrets, "join.token"), environment["KTRDR_JOIN_TOKEN_FILE"]);
    }

    [Fact]
    public void Resolve_ApiAndMigrate_EachGetOnlyTheirOwnRole()
    {
        using var home = new TemporaryHome();
        var (resolver, graph, folder) = Resolver(home, 2);
        var api = resolver.Resolve(graph["api"]);
        var migrate = resolver.Resolve(graph["migrate"]);

        Assert.Equal("http://127.0.0.1:8002", api["ASPNETCORE_URLS"]);
        Assert.Equal($"ktrdr_api with {new SandboxSecrets(folder).Read(SandboxSecrets.PostgresApiPassword)}", api["ConnectionStrings__ktrdr"]);
        Assert.DoesNotContain("ConnectionStrings__ktrdr_owner", api.Keys);
        Assert.Equal($"ktrdr_owner with {new SandboxSecrets(folder).Read(SandboxSecrets.PostgresOwnerPassword)}", migrate["ConnectionStrings__ktrdr_owner"]);
        Assert.Equal("ktrdr_api", migrate["KTRDR_API_DB_ROLE"]);
    }

    [Fact]
    public void Resolve_Agents_AreResearchersWithEightSlotsOnAFreePort()
    {
        using var home = new TemporaryHome();
        var (resolver, graph, folder) = Resolver(home, 0);
        var environment = resolver.Resolve(graph["agents"]);

        Assert.Equal(("agent", "8"), (environment["WORKER_KINDS"], environment["WORKER_SLOTS"]));
        Assert.Equal(Path.Combine(folder.Secrets, "researcher.token"), environment["KTRDR_TOKEN_FILE"]);
        Assert.Equal($"http://127.0.0.1:{environment["WORKER_PORT"]}", environment["WORKER_ENDPOINT_URL"]);
        Assert.InRange(resolver.PortOf("agents"), 1024, 65535);
    }

    [Fact]
    public void Resources_Arguments_HoldNoSecret()
    {
        using var home = new TemporaryHome();
        var (_, graph, folder) = Resolver(home, 0);
        var secrets = SandboxSecrets.Names.Select(new SandboxSecrets(folder).Read).ToList();

        Assert.All(graph.Resources.SelectMany(r => r.Arguments), argument => Assert.DoesNotContain(secrets, secret => argument.Contains(secret, StringComparison.Ordinal)));
    }

    private static (EnvironmentResolver Resolver, SandboxGraph Graph, SandboxFolder Folder) Resolver(TemporaryHome home, int slot)
    {
        var folder = home.Layout.Slot(slot);
        var secrets = new SandboxSecrets(folder);
        secrets.Ensure();
        var graph = SandboxGraph.For(slot, new WorkerCounts(), NoServers);
        return (new EnvironmentResolver(graph, folder, secrets, (role, password) => $"{role} with {password}"), graph, folder);
    }
}
