using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Client.Generated;
using Microsoft.Extensions.DependencyInjection;
using Refit;

namespace Ktrdr.WorkerHost.Full;

/// <summary>How this edition registers a client of one of our services: Refit's generated one over an HTTP client of the container.</summary>
internal static class RestClients
{
    /// <param name="services">The process's services.</param>
    /// <param name="name">The key of the client, and the name of what sends for it.</param>
    /// <param name="service">The address.</param>
    /// <param name="timeout">For a whole call, or for its beginning where the answer streams.</param>
    /// <returns>What sends, to be told how.</returns>
    public static IHttpClientBuilder AddRestClient<T>(this IServiceCollection services, string name, Uri service, TimeSpan timeout)
        where T : class
        => services.AddKeyedRefitGeneratedClient<T>(name, RestInterface.Settings, name)
            .ConfigureHttpClient(http => (http.BaseAddress, http.Timeout) = (service, Timeout.InfiniteTimeSpan))
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Insert(0, new RefusalHandler(service, timeout)));
}
