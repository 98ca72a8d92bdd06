using Ktrdr.Contracts.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>The way to the Api with this worker's own token.</summary>
public sealed class ApiConnection([FromKeyedServices(ApiConnection.Worker)] IKtrdrApi api, [FromKeyedServices(ApiConnection.Newcomer)] IKtrdrApi registrar)
{
    internal const string Worker = "worker";
    internal const string Newcomer = "newcomer";

    public IKtrdrApi Api => api;

    /// <summary>
    /// Whether this process was registered and has heard what the Api no longer wants. Before that nothing is delivered, even with
    /// a token from an earlier life: the registration announces first what is there.
    /// </summary>
    public bool IsRegistered { get; private set; }

    /// <summary>The Api as whoever wants to register: with <see cref="WorkerSecret.Shown"/>.</summary>
    internal IKtrdrApi Registrar => registrar;

    internal void MarkRegistered() => IsRegistered = true;
}
