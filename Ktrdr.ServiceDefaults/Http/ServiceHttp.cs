using System.Net.Http.Headers;

namespace Ktrdr.ServiceDefaults.Http;

/// <summary>HTTP clients between our services.</summary>
public static class ServiceHttp
{
    /// <param name="baseAddress">The other service.</param>
    /// <param name="token">Asked before every call; null sends none.</param>
    /// <param name="timeout">For a whole call; 30 s by default.</param>
    public static HttpClient CreateClient(Uri baseAddress, Func<string?> token, TimeSpan? timeout = null) => CreateClient([baseAddress], token, timeout);

    /// <param name="addresses">Replicas of the other service: after a call that got no answer the next one is asked.</param>
    /// <param name="token">Asked before every call; null sends none.</param>
    /// <param name="timeout">For a whole call; 30 s by default.</param>
    public static HttpClient CreateClient(IReadOnlyList<Uri> addresses, Func<string?> token, TimeSpan? timeout = null)
    {
        var transport = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
        };
        HttpMessageHandler inner = addresses.Count > 1 ? new ReplicaHandler(addresses, transport) : transport;
        return new HttpClient(new RetryHandler(new BearerHandler(token, inner)))
        {
            BaseAddress = addresses[0],
            Timeout = timeout ?? TimeSpan.FromSeconds(30),
        };
    }

    private sealed class BearerHandler(Func<string?> token, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (token() is { } value)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", value);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class ReplicaHandler(IReadOnlyList<Uri> addresses, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private volatile int _current;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var current = _current;
            request.RequestUri = new Uri(addresses[current], request.RequestUri!.PathAndQuery);
            try
            {
                return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException)
            {
                _current = (current + 1) % addresses.Count;
                throw;
            }
        }
    }
}
