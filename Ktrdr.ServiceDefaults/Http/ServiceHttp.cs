using Microsoft.Extensions.DependencyInjection;

namespace Ktrdr.ServiceDefaults.Http;

/// <summary>How our services send to each other: kept connections, a token, repetitions where they are harmless. What repeats and what limits a call is the edition's, for every client of the process.</summary>
public static class ServiceHttp
{
    /// <summary>For a whole call to one of our services, unless the caller knows better.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>For a call of a client that sets no limit of its own: a language model may think for minutes.</summary>
    public static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(10);

    /// <summary>Makes a client send to one of our services.</summary>
    /// <param name="http">The client.</param>
    /// <param name="addresses">One address, or those of replicas: after a call that got no answer the next one is asked.</param>
    /// <param name="token">Asked before every attempt; null sends none.</param>
    public static IHttpClientBuilder SendToService(this IHttpClientBuilder http, IReadOnlyList<Uri> addresses, Func<IServiceProvider, Func<string?>> token)
    {
        http.ConnectDirectly().AddHttpMessageHandler(services => new BearerHandler(token(services)));
        return addresses.Count > 1 ? http.AddHttpMessageHandler(() => new ReplicaHandler(addresses)) : http;
    }

    /// <summary>The connections renew themselves, so the handler may live as long as the process.</summary>
    internal static IHttpClientBuilder ConnectDirectly(this IHttpClientBuilder http) => http
        .RemoveAllLoggers()
        .SetHandlerLifetime(System.Threading.Timeout.InfiniteTimeSpan)
        .ConfigurePrimaryHttpMessageHandler(static () => new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
        });
}
