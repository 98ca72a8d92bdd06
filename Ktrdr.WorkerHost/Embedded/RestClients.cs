using Ktrdr.Contracts.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Ktrdr.WorkerHost.Embedded;

/// <summary>How this edition registers a client of one of our services: our proxy over the transport of an HTTP client of the container.</summary>
internal static class RestClients
{
    /// <param name="services">The process's services.</param>
    /// <param name="name">The key of the client, and the name of what sends for it.</param>
    /// <param name="service">The address.</param>
    /// <param name="timeout">For a whole call, or for its beginning where the answer streams.</param>
    /// <returns>What sends, to be told how.</returns>
    public static IHttpClientBuilder AddRestClient<T>(this IServiceCollection services, string name, Uri service, TimeSpan timeout)
        where T : class
    {
        services.AddKeyedSingleton(name, (provider, _) => new RestConnection(service, provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(name), timeout));
        services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredKeyedService<RestConnection>(name).Of<T>());
        return services.AddHttpClient(name);
    }
}
