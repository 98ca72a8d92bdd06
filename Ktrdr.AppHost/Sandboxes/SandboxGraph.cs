using System.Globalization;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using static Ktrdr.AppHost.Sandboxes.ResourceValue;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>A whole sandbox, described once and realised by an adapter: names, ports, environment, dependencies and counts are written here and nowhere else.</summary>
public sealed class SandboxGraph
{
    public const string Postgres = "postgres";
    public const string Prometheus = "prometheus";
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
        var resources = new List<SandboxResource>
        {
            new(Postgres, ResourceKind.Postgres)
            {
                Stage = Postgres,
                Endpoint = new ResourceEndpoint(ports.Postgres, "PostgreSQL", ReadinessPath: null),
            },
        };
        if (servers.Contains(ResourceKind.Prometheus))
        {
            resources.Add(new SandboxResource(Prometheus, ResourceKind.Prometheus)
            {
                Stage = Prometheus,
                Endpoint = new ResourceEndpoint(ports.Prometheus, "Prometheus", "/-/ready"),
            });
        }

        resources.Add(MigrateResource(slot));
        resources.Add(ApiResource(slot, ports));
        resources.AddRange(WorkerResources(slot, ports, workers));
        resources.Add(AgentsResource(slot));
        return new SandboxGraph(slot, resources);
    }

    public SandboxResource this[string name] => Resources.First(resource => resource.Name == name);

    private static SandboxResource MigrateResource(int slot) => new(Migrate, ResourceKind.OneShot)
    {
        Stage = Migrate,
        Project = ApiProject,
        Arguments = ["migrate"],
        Dependencies = [new ResourceDependency(Postgres, WaitCondition.Ready)],
        Environment = Common(slot, new()
        {
            [SandboxVariables.OwnerDatabase] = new DatabaseConnection(Postgres, SandboxVariables.OwnerRole, SandboxSecrets.PostgresOwnerPassword),
            [SandboxVariables.ApiDatabaseRole] = SandboxVariables.ApiRole,
        }),
    };

    private static SandboxResource ApiResource(int slot, SandboxPorts ports) => new(Api, ResourceKind.Service)
    {
        Stage = Api,
        Project = ApiProject,
        Endpoint = new ResourceEndpoint(ports.Api, "the Api and its dashboard", "/ready"),
        Dependencies = [new ResourceDependency(Migrate, WaitCondition.Completed)],
        Environment = Common(slot, new()
        {
            [SandboxVariables.ApiListenUrls] = new UrlOf(Api),
            [SandboxVariables.Database] = new DatabaseConnection(Postgres, SandboxVariables.ApiRole, SandboxSecrets.PostgresApiPassword),
        }),
    };

    private static IEnumerable<SandboxResource> WorkerResources(int slot, SandboxPorts ports, WorkerCounts workers)
    {
        var numbered = 0;
        foreach (var (kind, count) in workers.ByKind)
        {
            for (var i = 1; i <= count; i++)
            {
                int? port = numbered < ports.Workers.Count ? ports.Workers[numbered] : null;
                numbered++;
                yield return Hosted(slot, $"{kind}-{i}", WorkerProject, kind, slots: 1, port, $"{kind} worker {i}") with { Stage = "workers" };
            }
        }
    }

    private static SandboxResource AgentsResource(int slot)
    {
        var agents = Hosted(slot, Agents, AgentsProject, WorkerKinds.Agent, AgentSlots, port: null, "the agents") with { Stage = Agents };
        return agents with
        {
            Environment = new Dictionary<string, ResourceValue>(agents.Environment)
            {
                [SandboxVariables.TokenFile] = new SecretFile(SandboxSecrets.ResearcherToken),
            },
        };
    }

    private static SandboxResource Hosted(int slot, string id, string project, string kind, int slots, int? port, string purpose) => new(id, ResourceKind.Service)
    {
        Stage = "",
        Project = project,
        Endpoint = new ResourceEndpoint(port, purpose, "/health"),
        Dependencies = [new ResourceDependency(Api, WaitCondition.Ready)],
        Environment = Common(slot, new()
        {
            [SandboxVariables.ApiUrl] = new UrlOf(Api),
            [SandboxVariables.WorkerId] = id,
            [SandboxVariables.WorkerKinds] = kind,
            [SandboxVariables.WorkerPort] = new PortOf(id),
            [SandboxVariables.WorkerSlots] = slots.ToString(CultureInfo.InvariantCulture),
            [SandboxVariables.WorkerEndpointUrl] = new UrlOf(id),
            [SandboxVariables.State] = new FolderBelow("workers", id),
            [SandboxVariables.JoinTokenFile] = new SecretFile(SandboxSecrets.JoinToken),
        }),
    };

    private static Dictionary<string, ResourceValue> Common(int slot, Dictionary<string, ResourceValue> own)
        => new(own)
        {
            [SandboxVariables.Slot] = slot.ToString(CultureInfo.InvariantCulture),
            [SandboxVariables.Sandbox] = new FolderBelow(),
            [SandboxVariables.ParentPid] = new HostProcessId(),
            [SandboxVariables.OtlpEndpoint] = new Inherited(SandboxVariables.OtlpEndpoint),
            // Several small services share one machine: a heap per core and per service would only cost memory.
            [SandboxVariables.ServerGarbageCollector] = "0",
        };
}
