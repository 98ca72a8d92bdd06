using System.Globalization;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using static Ktrdr.AppHost.Sandboxes.ResourceValue;

namespace Ktrdr.AppHost.Native;

/// <summary>Turns the graph's references into the values that processes of this machine get.</summary>
internal sealed class EnvironmentResolver
{
    private readonly SandboxFolder _folder;
    private readonly SandboxSecrets _secrets;
    private readonly Func<string, string, string> _connectionString;
    private readonly Dictionary<string, int> _ports;

    /// <param name="connectionString">Gives the connection string for a role and its password.</param>
    public EnvironmentResolver(SandboxGraph graph, SandboxFolder folder, SandboxSecrets secrets, Func<string, string, string> connectionString)
    {
        _folder = folder;
        _secrets = secrets;
        _connectionString = connectionString;
        _ports = graph.Resources.Where(resource => resource.Endpoint is not null)
            .ToDictionary(resource => resource.Name, resource => resource.Endpoint!.Port ?? PortCheck.TakeFree());
    }

    public int PortOf(string resource) => _ports[resource];

    public string UrlOf(string resource) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[resource]}");

    public IReadOnlyDictionary<string, string?> Resolve(SandboxResource resource)
        => resource.Environment.ToDictionary(variable => variable.Key, variable => Resolve(variable.Value));

    private string? Resolve(ResourceValue value) => value switch
    {
        Literal literal => literal.Value,
        UrlOf { Intake: null } url => UrlOf(url.Resource),
        // Everything is on this machine: only its owner may know further names.
        HostNamesOf names => Environment.GetEnvironmentVariable(names.Variable),
        ListenUrlOf url => UrlOf(url.Resource),
        ListenHost => "127.0.0.1",
        PortOf port => _ports[port.Resource].ToString(CultureInfo.InvariantCulture),
        SecretText secret => _secrets.Read(secret.Secret),
        SecretFile secret => _secrets.PathOf(secret.Secret),
        DatabaseConnection database => _connectionString(database.Role, _secrets.Read(database.PasswordSecret)),
        FolderBelow folder => Path.Combine([_folder.Root, .. folder.Names]),
        HostProcessId => Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        Inherited inherited => Environment.GetEnvironmentVariable(inherited.Variable),
        _ => throw new InvalidOperationException($"{value.GetType().Name} is not a value that this runner knows."),
    };
}
