using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using static Ktrdr.AppHost.Sandboxes.ResourceValue;

namespace Ktrdr.AppHost.Aspire;

/// <summary>
/// Turns the graph's references into Aspire's. In run mode our programs are processes of this machine and see its folders; what is
/// published runs in containers, where a sandbox's folder is <see cref="Home"/>.
/// </summary>
/// <param name="target">What is published; null in run mode.</param>
internal sealed class AspireValues(IDistributedApplicationBuilder builder, SandboxFolder folder, PublishTarget? target = null)
{
    /// <summary>The sandbox's folder inside a container.</summary>
    public const string Home = "/var/lib/ktrdr";

    /// <summary>Mounted below the sandbox's folder, as they lie below it elsewhere.</summary>
    public const string Secrets = $"{Home}/secrets";

    /// <summary>The name of each resource's own endpoint.</summary>
    public const string Own = "http";

    private readonly Dictionary<string, IResourceBuilder<IResourceWithEndpoints>> _resources = [];
    private readonly Dictionary<string, IResourceBuilder<ParameterResource>> _parameters = [];

    private bool IsPublished => target is not null;

    private bool IsKubernetes => target == PublishTarget.Kubernetes;

    public void Know(string name, IResourceBuilder<IResourceWithEndpoints> resource) => _resources.Add(name, resource);

    public IResourceBuilder<IResource> Resource(string name) => _resources[name];

    public EndpointReference Endpoint(string resource, string? intake = null)
        => new(_resources[resource].Resource, intake ?? (resource == SandboxServers.PostgresName ? PostgresServerEndpoint : Own));

    /// <summary>A secret of the sandbox as a secret parameter: read from its file when the sandbox runs, asked for when it is deployed.</summary>
    public IResourceBuilder<ParameterResource> Parameter(string secret)
    {
        if (!_parameters.TryGetValue(secret, out var parameter))
        {
            var name = ParameterName(secret);
            parameter = IsPublished
                ? builder.AddParameter(name, secret: true)
                : builder.AddParameter(name, () => new SandboxSecrets(folder).Read(secret), secret: true);
            _parameters[secret] = parameter;
        }

        return parameter;
    }

    public static string ParameterName(string secret) => secret.Replace('.', '-');

    /// <summary>Null where the variable is left out.</summary>
    public object? Resolve(ResourceValue value) => value switch
    {
        Literal literal => literal.Value,
        // Aspire would call a Kubernetes service by another name than the resource's.
        UrlOf url when IsKubernetes => $"http://{url.Resource}:{Endpoint(url.Resource, url.Intake).TargetPort}",
        UrlOf url => Endpoint(url.Resource, url.Intake).Property(EndpointProperty.Url),
        HostNamesOf names when IsPublished => string.Join(',', names.Resources),
        // Containers call the Api by the tunnel's name; nobody calls a worker by any.
        HostNamesOf { Variable: SandboxVariables.AllowedHosts } names => string.Join(',', [KnownHostNames.DefaultContainerTunnelHostName, .. OwnersNames(names)]),
        HostNamesOf names => Environment.GetEnvironmentVariable(names.Variable),
        ListenUrlOf url => ReferenceExpression.Create($"http://{ListenHostHere}:{Endpoint(url.Resource).Property(EndpointProperty.TargetPort)}"),
        ListenHost => ListenHostHere,
        PortOf port => Endpoint(port.Resource).Property(EndpointProperty.TargetPort),
        // Kubernetes reads secrets from a Secret of the cluster; none passes through the chart.
        SecretText or DatabaseConnection when IsKubernetes => null,
        SecretText secret => Parameter(secret.Secret).Resource,
        SecretFile secret => IsPublished ? $"{Secrets}/{secret.Secret}" : new SandboxSecrets(folder).PathOf(secret.Secret),
        DatabaseConnection database => ConnectionString(database),
        FolderBelow below => IsPublished ? string.Join('/', [Home, .. below.Names]) : Path.Combine([folder.Root, .. below.Names]),
        HostProcessId => IsPublished ? null : Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        Inherited inherited => IsPublished ? null : Environment.GetEnvironmentVariable(inherited.Variable),
        _ => throw new InvalidOperationException($"{value.GetType().Name} is not a value that this realisation knows."),
    };

    public ReferenceExpression ConnectionString(DatabaseConnection database)
    {
        var server = Endpoint(database.Postgres);
        return ReferenceExpression.Create(
            $"Host={server.Property(EndpointProperty.Host)};Port={server.Property(EndpointProperty.Port)};Database={SandboxVariables.DatabaseName};Username={database.Role};Password={Parameter(database.PasswordSecret)}");
    }

    /// <summary>What the machine's owner adds.</summary>
    private static string[] OwnersNames(HostNamesOf names) => Environment.GetEnvironmentVariable(names.Variable) is { Length: > 0 } own ? [own] : [];

    /// <summary>A process of this machine stays on the loopback address; in a container that would be reachable by nobody.</summary>
    private string ListenHostHere => IsPublished ? "+" : "127.0.0.1";

    private const string PostgresServerEndpoint = "tcp";
}
