using System.Net.Http.Headers;

namespace Ktrdr.Contracts.Client;

/// <summary>A connection to one of our services: the annotated interfaces are realised over it, and throw <see cref="KtrdrApiException"/>s.</summary>
public sealed class RestConnection : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="service">The service's address.</param>
    /// <param name="transport">What sends; disposed with the connection.</param>
    /// <param name="timeout">For a whole call, or for its beginning where the answer streams.</param>
    /// <param name="token">Sent with every call; null where the transport adds its own.</param>
    public RestConnection(Uri service, HttpMessageHandler transport, TimeSpan timeout, string? token = null)
    {
        _http = new HttpClient(new RefusalHandler(service, timeout) { InnerHandler = transport }) { BaseAddress = service, Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>An implementation of an annotated interface.</summary>
    public T Of<T>()
        where T : class
        => RestInterface.Realise<T>(_http);

    public void Dispose() => _http.Dispose();
}
