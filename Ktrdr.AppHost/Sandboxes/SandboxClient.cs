using System.Net.Http.Headers;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Client.RestProxy;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>Speaks to a sandbox's Api as any other client does.</summary>
public sealed class SandboxClient : IDisposable
{
    private readonly HttpClient _http;

    public SandboxClient(string url, string token)
    {
        _http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(60) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Api = RestProxy.For<IKtrdrApi>(_http);
        Sessions = RestProxy.For<ISessionsApi>(_http);
    }

    public IKtrdrApi Api { get; }

    public ISessionsApi Sessions { get; }

    public void Dispose() => _http.Dispose();
}
