namespace Ktrdr.Contracts.Sandboxes;

/// <summary>The environment variables by which an AppHost (or a Compose file, or a pod) tells a process its place. The names are written here and nowhere else.</summary>
public static class SandboxVariables
{
    // Every process.
    public const string Slot = "KTRDR_SLOT";

    /// <summary>The sandbox's folder; its secrets lie below, see <see cref="SandboxFolder"/>.</summary>
    public const string Sandbox = "KTRDR_SANDBOX";

    /// <summary>A process ends when the one with this id is gone.</summary>
    public const string ParentPid = "KTRDR_PARENT_PID";

    public const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    public const string ServerGarbageCollector = "DOTNET_gcServer";

    // Ktrdr.Api.
    public const string ApiListenUrls = "ASPNETCORE_URLS";

    /// <summary>Names, separated by commas, to which the Api answers besides the loopback ones.</summary>
    public const string AllowedHosts = "KTRDR_ALLOWED_HOSTS";

    /// <summary>Connection string of the role <see cref="ApiRole"/>, for the Api while it serves.</summary>
    public const string Database = "ConnectionStrings__ktrdr";

    /// <summary>Connection string of the role <see cref="OwnerRole"/>, for <c>Ktrdr.Api migrate</c> only.</summary>
    public const string OwnerDatabase = "ConnectionStrings__ktrdr_owner";

    /// <summary>The login role that <c>migrate</c> grants the Api's rights to.</summary>
    public const string ApiDatabaseRole = "KTRDR_API_DB_ROLE";

    /// <summary>Comma-separated host names at which workers may say that they are reached, besides the address they call from.</summary>
    public const string WorkerHosts = "KTRDR_WORKER_HOSTS";

    // Ktrdr.Worker and Ktrdr.Agents.
    public const string ApiUrl = "KTRDR_API_URL";
    public const string WorkerId = "WORKER_ID";

    /// <summary>Comma-separated kinds, for instance <c>backtest</c>.</summary>
    public const string WorkerKinds = "WORKER_KINDS";

    /// <summary>The address to listen on: 127.0.0.1 unless it is set; <c>+</c> is every address, for inside a container.</summary>
    public const string ListenHost = "WORKER_LISTEN_HOST";

    /// <summary>The port to listen on.</summary>
    public const string WorkerPort = "WORKER_PORT";

    public const string WorkerSlots = "WORKER_SLOTS";

    /// <summary>Where the Api reaches the worker; the worker registers it.</summary>
    public const string WorkerEndpointUrl = "WORKER_ENDPOINT_URL";

    /// <summary><c>true</c> on a worker that has a GPU of its own.</summary>
    public const string WorkerHasGpu = "WORKER_HAS_GPU";

    public const string State = "KTRDR_STATE";
    public const string JoinTokenFile = "KTRDR_JOIN_TOKEN_FILE";

    /// <summary>Ktrdr.Agents: the file of the token with which it speaks as a researcher.</summary>
    public const string TokenFile = "KTRDR_TOKEN_FILE";

    // Names inside the database server.
    public const string DatabaseName = "ktrdr";
    public const string SuperuserRole = "postgres";
    public const string OwnerRole = "ktrdr_owner";
    public const string ApiRole = "ktrdr_api";
}
