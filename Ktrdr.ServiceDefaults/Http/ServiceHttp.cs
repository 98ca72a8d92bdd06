using System.Net.Http.Headers;

namespace Ktrdr.ServiceDefaults.Http;

/// <summary>How our services send to each other: kept connections, a token, repetitions where they are harmless.</summary>
public static class ServiceHttp
{
    /// <summary>For a whole call, unless the caller knows better.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <param name="addresses">One address, or those of replicas: after a call that got no answer the next one is asked.</param>
    /// <param name="token">Asked before every call; null sends none.</param>
    public static HttpMessageHandler CreateTransport(IReadOnlyList<Uri> addresses, Func<string?> token)
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
        return new RetryHandler(new BearerHandler(token, inner));
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
