using Ktrdr.Contracts.Client;
using Ktrdr.ServiceDefaults.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>The ways to the Api, one for each token that a process shows.</summary>
public static class ApiClients
{
    /// <summary>Adds an <see cref="IKtrdrApi"/> under the key of whoever is calling.</summary>
    /// <param name="services">The process's services.</param>
    /// <param name="caller">For instance <c>worker</c>.</param>
    /// <param name="addresses">Those of the Api's replicas.</param>
    /// <param name="token">Gives what is asked for the token before every attempt.</param>
    public static IServiceCollection AddApiClient(this IServiceCollection services, string caller, IReadOnlyList<Uri> addresses, Func<IServiceProvider, Func<string?>> token)
    {
        services.AddRestClient<IKtrdrApi>(caller, addresses[0], ServiceHttp.Timeout).SendToService(addresses, token);
        return services;
    }
}
