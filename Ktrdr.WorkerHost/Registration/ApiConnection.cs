using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Client.RestProxy;
using Ktrdr.ServiceDefaults.Http;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>The way to the Api with this worker's own token.</summary>
public sealed class ApiConnection : IDisposable
{
    private readonly HttpClient _client;
    private readonly WorkerOptions _options;

    public ApiConnection(WorkerOptions options, WorkerSecret secret)
    {
        _options = options;
        _client = ServiceHttp.CreateClient(options.ApiUrls, () => secret.Value);
        Api = RestProxy.For<IKtrdrApi>(_client);
    }

    public IKtrdrApi Api { get; }

    /// <summary>
    /// Whether this process was registered and has heard what the Api no longer wants. Before that nothing is delivered, even with
    /// a token from an earlier life: the registration announces first what is there.
    /// </summary>
    public bool IsRegistered { get; private set; }

    internal void MarkRegistered() => IsRegistered = true;

    /// <summary>The way to the Api with another token, such as the join token.</summary>
    public (IKtrdrApi Api, IDisposable Client) With(string token)
    {
        var client = ServiceHttp.CreateClient(_options.ApiUrls, () => token);
        return (RestProxy.For<IKtrdrApi>(client), client);
    }

    public void Dispose() => _client.Dispose();
}
