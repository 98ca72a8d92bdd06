using Ktrdr.Contracts.Client;
using Ktrdr.ServiceDefaults.Http;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>The way to the Api with this worker's own token.</summary>
public sealed class ApiConnection : IDisposable
{
    private readonly RestConnection _connection;
    private readonly WorkerOptions _options;

    public ApiConnection(WorkerOptions options, WorkerSecret secret)
    {
        _options = options;
        _connection = Connect(() => secret.Value);
        Api = _connection.Of<IKtrdrApi>();
    }

    public IKtrdrApi Api { get; }

    /// <summary>
    /// Whether this process was registered and has heard what the Api no longer wants. Before that nothing is delivered, even with
    /// a token from an earlier life: the registration announces first what is there.
    /// </summary>
    public bool IsRegistered { get; private set; }

    internal void MarkRegistered() => IsRegistered = true;

    /// <summary>The way to the Api with another token, such as the join token.</summary>
    public (IKtrdrApi Api, IDisposable Connection) With(string token)
    {
        var connection = Connect(() => token);
        return (connection.Of<IKtrdrApi>(), connection);
    }

    public void Dispose() => _connection.Dispose();

    private RestConnection Connect(Func<string?> token) => new(_options.ApiUrls[0], ServiceHttp.CreateTransport(_options.ApiUrls, token), ServiceHttp.Timeout);
}
