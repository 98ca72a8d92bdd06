namespace Ktrdr.AppHost.Sandboxes;

public enum ResourceKind
{
    /// <summary>One of our executables; runs until it is stopped.</summary>
    Service,

    /// <summary>One of our executables; runs to its end, which must be exit code 0.</summary>
    OneShot,

    /// <summary>The database server.</summary>
    Postgres,

    /// <summary>The metrics server.</summary>
    Prometheus,

    /// <summary>Takes traces in, and passes them on.</summary>
    Collector,

    /// <summary>Stores and shows traces.</summary>
    Jaeger,

    /// <summary>Shows metrics and traces on boards.</summary>
    Grafana,
}

/// <summary>What a resource waits for before it starts.</summary>
public enum WaitCondition
{
    /// <summary>The other one answers its readiness check.</summary>
    Ready,

    /// <summary>The other one has ended with exit code 0.</summary>
    Completed,
}

public sealed record ResourceDependency(string Resource, WaitCondition Condition);

/// <summary>Where a resource answers.</summary>
/// <param name="Port">Null where the runner takes a free one.</param>
/// <param name="Purpose">What the port is for, in words for a person who finds it taken.</param>
/// <param name="ReadinessPath">The path that answers 200 when the resource is ready; null where the runner knows a better way.</param>
public sealed record ResourceEndpoint(int? Port, string Purpose, string? ReadinessPath);

/// <summary>The value of an environment variable, with references to other resources instead of their ports, paths or secrets.</summary>
public abstract record ResourceValue
{
    private ResourceValue()
    {
    }

    public static implicit operator ResourceValue(string value) => new Literal(value);

    public sealed record Literal(string Value) : ResourceValue;

    /// <summary>Where others reach a resource: <c>http://127.0.0.1:port</c> on one machine.</summary>
    /// <param name="Intake">A name of <see cref="ContainerSpec.Intakes"/>; null is the resource's own endpoint.</param>
    public sealed record UrlOf(string Resource, string? Intake = null) : ResourceValue;

    /// <summary>The names by which resources are called besides those of the loopback address, separated by commas. Where nothing is called by another, the host's own variable of that name.</summary>
    public sealed record HostNamesOf(string Variable, params IReadOnlyList<string> Resources) : ResourceValue;

    /// <summary>Where a resource itself listens: the loopback address on one machine, every address inside a container.</summary>
    public sealed record ListenUrlOf(string Resource) : ResourceValue;

    /// <summary>The host part of <see cref="ListenUrlOf"/>.</summary>
    public sealed record ListenHost : ResourceValue;

    public sealed record PortOf(string Resource) : ResourceValue;

    /// <summary>A secret itself, for programs that are not ours.</summary>
    public sealed record SecretText(string Secret) : ResourceValue;

    /// <summary>The path of a secret's file.</summary>
    public sealed record SecretFile(string Secret) : ResourceValue;

    /// <summary>A connection string to the database for one role.</summary>
    public sealed record DatabaseConnection(string Postgres, string Role, string PasswordSecret) : ResourceValue;

    /// <summary>A folder below the sandbox's; an empty name is the sandbox's own.</summary>
    public sealed record FolderBelow(params IReadOnlyList<string> Names) : ResourceValue;

    /// <summary>The id of the process that starts everything.</summary>
    public sealed record HostProcessId : ResourceValue;

    /// <summary>The host's own variable of that name, left out where it has none.</summary>
    public sealed record Inherited(string Variable) : ResourceValue;
}

/// <summary>What runs where servers are containers. Realisations without containers have no use for it.</summary>
/// <param name="Port">Inside, of the resource's own endpoint.</param>
public sealed record ContainerSpec(string Image, string Tag, int Port)
{
    /// <summary>Further ports inside, by name, that only other resources use.</summary>
    public IReadOnlyDictionary<string, int> Intakes { get; init; } = new Dictionary<string, int>();

    /// <summary>Read-only files and folders below <c>deploy/</c>, and where they are found inside.</summary>
    public IReadOnlyList<MountedFile> Files { get; init; } = [];

    /// <summary>The folder inside whose content outlives the container.</summary>
    public string? Data { get; init; }
}

/// <param name="Source">Below <c>deploy/</c>.</param>
public sealed record MountedFile(string Source, string Target);

/// <summary>One part of a sandbox.</summary>
public sealed record SandboxResource(string Name, ResourceKind Kind)
{
    /// <summary>What runs: a project of ours; null for the servers that the machine provides.</summary>
    public string? Project { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyDictionary<string, ResourceValue> Environment { get; init; } = new Dictionary<string, ResourceValue>();

    public ResourceEndpoint? Endpoint { get; init; }

    /// <summary>Null for our own programs.</summary>
    public ContainerSpec? Container { get; init; }

    public IReadOnlyList<ResourceDependency> Dependencies { get; init; } = [];

    /// <summary>Resources of one stage stop together; stages stop in the reverse order of <see cref="SandboxGraph.Resources"/>.</summary>
    public required string Stage { get; init; }
}
