using System.Collections.Concurrent;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>Fresh progress of running operations, pulled from their workers: at most one call a second per operation, however many ask.</summary>
internal sealed class ProgressCache(IServiceScopeFactory scopes, WorkerClients clients)
{
    private const int Capacity = 10_000;

    private static readonly TimeSpan Life = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(800);

    private readonly ConcurrentDictionary<(string Id, int Attempt), Entry> _entries = new();

    /// <summary>The worker's own word, or what the last heartbeat left where the worker does not answer in time.</summary>
    public async Task<string?> FreshAsync(OperationRow row, CancellationToken cancellationToken)
    {
        if (row is not { Status: OperationStatus.Running, WorkerId: { } workerId })
        {
            return row.Progress;
        }

        var key = (row.Id, row.Attempt);
        var now = Environment.TickCount64;
        var entry = _entries.AddOrUpdate(
            key,
            _ => new Entry(now, new Lazy<Task<string?>>(() => PullAsync(row.Id, row.Attempt, workerId))),
            (_, known) => now - known.StartedAt < Life.TotalMilliseconds ? known : new Entry(now, new Lazy<Task<string?>>(() => PullAsync(row.Id, row.Attempt, workerId))));
        if (_entries.Count > Capacity)
        {
            foreach (var (old, value) in _entries)
            {
                if (now - value.StartedAt > Life.TotalMilliseconds)
                {
                    _entries.TryRemove(old, out _);
                }
            }
        }

        return await entry.Progress.Value.WaitAsync(cancellationToken) ?? row.Progress;
    }

    private async Task<string?> PullAsync(string id, int attempt, string workerId)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            WorkerAddress? address;
            await using (var scope = scopes.CreateAsyncScope())
            {
                address = await scope.ServiceProvider.GetRequiredService<KtrdrDatabase>().Workers
                    .Where(w => w.WorkerId == workerId).Select(w => new WorkerAddress(w.WorkerId, w.EndpointUrl, w.Nonce)).SingleOrDefaultAsync(patience.Token);
            }

            var answer = address is null ? null : await clients.Of(address).GetOperationAsync(id, patience.Token);
            return answer is { Progress: { } progress } && answer.Attempt == attempt ? Json.Write(progress) : null;
        }
        catch (Exception error) when (error is KtrdrApiException or OperationCanceledException or ObjectDisposedException)
        {
            // The heartbeat's copy stands in.
            return null;
        }
    }

    private sealed record Entry(long StartedAt, Lazy<Task<string?>> Progress);
}
