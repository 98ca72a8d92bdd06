using System.Collections.Concurrent;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Security;
using Ktrdr.Contracts.Client;
using Ktrdr.ServiceDefaults.Http;

namespace Ktrdr.Api.Workers;

/// <summary>How a worker is reached.</summary>
internal sealed record WorkerAddress(string WorkerId, string EndpointUrl, string Nonce);

/// <summary>One client per worker and secret; connections are kept.</summary>
internal sealed class WorkerClients(ApiSecrets secrets, ServiceTransports transports, Leases leases) : IDisposable
{
    /// <summary>Shorter than a dispatched lease, so that an answer is known before the lease ends.</summary>
    private readonly TimeSpan _timeout = 0.8 * leases.Dispatched;

    private readonly ConcurrentDictionary<WorkerAddress, (RestConnection Connection, IWorkerApi Api)> _clients = new();

    public IWorkerApi Of(WorkerAddress address) => _clients.GetOrAdd(address, Create).Api;

    /// <summary>Drops clients of workers that are not registered any more.</summary>
    public void KeepOnly(IReadOnlySet<WorkerAddress> registered)
    {
        foreach (var address in _clients.Keys)
        {
            if (!registered.Contains(address) && _clients.TryRemove(address, out var client))
            {
                client.Connection.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Connection.Dispose();
        }
    }

    private (RestConnection Connection, IWorkerApi Api) Create(WorkerAddress address)
    {
        var secret = secrets.WorkerSecret(address.WorkerId, address.Nonce);
        var connection = new RestConnection(new Uri(address.EndpointUrl), transports.Create(), _timeout, secret);
        return (connection, connection.Of<IWorkerApi>());
    }
}
