using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Client.RestProxy;
using Ktrdr.ServiceDefaults.Http;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>The way to the Api with this worker's own token.</summary>
public sealed class ApiConnection : IDisposable
{
    private readonly HttpClient _client;
    private readonly WorkerOptions _options;
    private readonly WorkerSecret _secret;

    public ApiConnection(WorkerOptions options, WorkerSecret secret)
    {
        (_options, _secret) = (options, secret);
        _client = ServiceHttp.CreateClient(options.ApiUrls, () => secret.Value);
        Api = RestProxy.For<IKtrdrApi>(_client);
    }

    public IKtrdrApi Api { get; }

    /// <summary>Whether this worker was ever registered and so has a token.</summary>
    public bool IsRegistered => _secret.Value is not null;

    /// <summary>The way to the Api with another token, such as the join token.</summary>
    public (IKtrdrApi Api, IDisposable Client) With(string token)
    {
        var client = ServiceHttp.CreateClient(_options.ApiUrls, () => token);
        return (RestProxy.For<IKtrdrApi>(client), client);
    }

    public void Dispose() => _client.Dispose();
}
