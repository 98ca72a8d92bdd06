using System.Net.Http.Headers;

namespace Ktrdr.ServiceDefaults.Http;

/// <summary>HTTP clients between our services.</summary>
public static class ServiceHttp
{
    /// <param name="baseAddress">The other service.</param>
    /// <param name="token">Asked before every call; null sends none.</param>
    /// <param name="timeout">For a whole call; 30 s by default.</param>
    public static HttpClient CreateClient(Uri baseAddress, Func<string?> token, TimeSpan? timeout = null)
    {
        var transport = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
        };
        return new HttpClient(new RetryHandler(new BearerHandler(token, transport)))
        {
            BaseAddress = baseAddress,
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
}
