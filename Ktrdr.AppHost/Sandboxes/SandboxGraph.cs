using System.Globalization;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using static Ktrdr.AppHost.Sandboxes.ResourceValue;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>A whole sandbox, described once and realised by an adapter: names, ports, environment, dependencies and counts are written here and nowhere else.</summary>
public sealed class SandboxGraph
{
    public const string Migrate = "migrate";
    public const string Api = "api";
    public const string Agents = "agents";

    public const string ApiProject = "Ktrdr.Api";
    public const string WorkerProject = "Ktrdr.Worker";
    public const string AgentsProject = "Ktrdr.Agents";

    /// <summary>Agents mostly wait for operations, so one process drives several experiments.</summary>
    private const int AgentSlots = 8;

    private SandboxGraph(int slot, IReadOnlyList<SandboxResource> resources)
    {
        Slot = slot;
        Resources = resources;
    }

    public int Slot { get; }

    /// <summary>Every resource after those it depends on.</summary>
    public IReadOnlyList<SandboxResource> Resources { get; }

    /// <param name="servers">The kinds of servers that are there to be run, see <see cref="ISandboxRealisation.Servers"/>.</param>
    /// <exception cref="SandboxException">The slot is not between 0 and 40.</exception>
    public static SandboxGraph For(int slot, WorkerCounts workers, IReadOnlySet<ResourceKind> servers)
    {
        var ports = SandboxPorts.For(slot);
        ResourceValue collector = servers.Contains(ResourceKind.Collector)
            ? new UrlOf(SandboxServers.Collector, SandboxServers.Otlp)
            : new Inherited(SandboxVariables.OtlpEndpoint);
        SandboxResource[] hosted = [.. WorkerResources(ports, workers), .. GpuWorkerResources(workers), AgentsResource()];
        SandboxResource[] ours = [MigrateResource(), ApiResource(ports, [.. hosted.Select(resource => resource.Name)]), .. hosted];
        return new SandboxGraph(
            slot,
            [
                SandboxServers.Postgres(ports),
                .. SandboxServers.Observability(ports).Where(server => servers.Contains(server.Kind)),
                .. ours.Select(resource => resource with { Environment = Common(slot, collector, resource.Environment) }),
            ]);
    }

    public SandboxResource this[string name] => Resources.First(resource => resource.Name == name);

    private static SandboxResource MigrateResource() => new(Migrate, ResourceKind.OneShot)
    {
        Stage = Migrate,
        Project = ApiProject,
        Arguments = ["migrate"],
        Dependencies = [new ResourceDependency(SandboxServers.PostgresName, WaitCondition.Ready)],
        Environment = new Dictionary<string, ResourceValue>
        {
            [SandboxVariables.OwnerDatabase] = new DatabaseConnection(SandboxServers.PostgresName, SandboxVariables.OwnerRole, SandboxSecrets.PostgresOwnerPassword),
            [SandboxVariables.ApiDatabaseRole] = SandboxVariables.ApiRole,
        },
    };

    private static SandboxResource ApiResource(SandboxPorts ports, IReadOnlyList<string> hosted) => new(Api, ResourceKind.Service)
    {
        Stage = Api,
        Project = ApiProject,
        Endpoint = new ResourceEndpoint(ports.Api, "the Api and its dashboard", "/ready"),
        Dependencies = [new ResourceDependency(Migrate, WaitCondition.Completed)],
        Environment = new Dictionary<string, ResourceValue>
        {
            [SandboxVariables.ApiListenUrls] = new ListenUrlOf(Api),
            [SandboxVariables.Database] = new DatabaseConnection(SandboxServers.PostgresName, SandboxVariables.ApiRole, SandboxSecrets.PostgresApiPassword),
            [SandboxVariables.AllowedHosts] = new HostNamesOf(SandboxVariables.AllowedHosts, Api),
            [SandboxVariables.WorkerHosts] = new HostNamesOf(SandboxVariables.WorkerHosts, hosted),
        },
    };

    private static IEnumerable<SandboxResource> WorkerResources(SandboxPorts ports, WorkerCounts workers)
    {
        var numbered = 0;
        foreach (var (kind, count) in workers.ByKind)
        {
            for (var i = 1; i <= count; i++)
            {
                int? port = numbered < ports.Workers.Count ? ports.Workers[numbered] : null;
                numbered++;
                yield return Hosted($"{kind}-{i}", WorkerProject, kind, slots: 1, port, $"{kind} worker {i}") with { Stage = "workers" };
            }
        }
    }

    private static IEnumerable<SandboxResource> GpuWorkerResources(WorkerCounts workers)
    {
        for (var i = 1; i <= workers.Gpu; i++)
        {
            var worker = Hosted($"{WorkerKinds.Training}-gpu-{i}", WorkerProject, WorkerKinds.Training, slots: 1, port: null, $"training worker {i} with a GPU");
            yield return worker with
            {
                Stage = "workers",
                Environment = new Dictionary<string, ResourceValue>(worker.Environment) { [SandboxVariables.WorkerHasGpu] = "true" },
            };
        }
    }

    private static SandboxResource AgentsResource()
    {
        var agents = Hosted(Agents, AgentsProject, WorkerKinds.Agent, AgentSlots, port: null, "the agents") with { Stage = Agents };
        return agents with
        {
            Environment = new Dictionary<string, ResourceValue>(agents.Environment)
            {
                [SandboxVariables.TokenFile] = new SecretFile(SandboxSecrets.ResearcherToken),
            },
        };
    }

    private static SandboxResource Hosted(string id, string project, string kind, int slots, int? port, string purpose) => new(id, ResourceKind.Service)
    {
        Stage = "",
        Project = project,
        Endpoint = new ResourceEndpoint(port, purpose, "/health"),
        Dependencies = [new ResourceDependency(Api, WaitCondition.Ready)],
        Environment = new Dictionary<string, ResourceValue>
        {
            [SandboxVariables.ApiUrl] = new UrlOf(Api),
            [SandboxVariables.WorkerId] = id,
            [SandboxVariables.WorkerKinds] = kind,
            [SandboxVariables.ListenHost] = new ListenHost(),
            [SandboxVariables.WorkerPort] = new PortOf(id),
            [SandboxVariables.WorkerSlots] = slots.ToString(CultureInfo.InvariantCulture),
            [SandboxVariables.WorkerEndpointUrl] = new UrlOf(id),
            [SandboxVariables.State] = new FolderBelow("workers", id),
            [SandboxVariables.JoinTokenFile] = new SecretFile(SandboxSecrets.JoinToken),
        },
    };

    private static Dictionary<string, ResourceValue> Common(int slot, ResourceValue collector, IReadOnlyDictionary<string, ResourceValue> own)
        => new(own)
        {
            [SandboxVariables.Slot] = slot.ToString(CultureInfo.InvariantCulture),
            [SandboxVariables.Sandbox] = new FolderBelow(),
            [SandboxVariables.ParentPid] = new HostProcessId(),
            [SandboxVariables.OtlpEndpoint] = collector,
            // Several small services share one machine: a heap per core and per service would only cost memory.
            [SandboxVariables.ServerGarbageCollector] = "0",
        };
}
