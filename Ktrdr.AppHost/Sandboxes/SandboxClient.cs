using Ktrdr.Contracts.Client;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>Speaks to a sandbox's Api as any other client does.</summary>
public sealed class SandboxClient : IDisposable
{
    private readonly RestConnection _connection;

    public SandboxClient(string url, string token)
    {
        _connection = new RestConnection(new Uri(url), new SocketsHttpHandler(), TimeSpan.FromSeconds(60), token);
        Api = _connection.Of<IKtrdrApi>();
        Sessions = _connection.Of<ISessionsApi>();
    }

    public IKtrdrApi Api { get; }

    public ISessionsApi Sessions { get; }

    public void Dispose() => _connection.Dispose();
}
