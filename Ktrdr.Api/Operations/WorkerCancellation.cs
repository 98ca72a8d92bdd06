using Ktrdr.Api.Persistence;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>Tells a worker at once that its attempt is cancelled. If the word is lost, the next heartbeat's answer repeats it.</summary>
internal sealed partial class WorkerCancellation(IServiceScopeFactory scopes, WorkerClients clients, ILogger<WorkerCancellation> logger)
{
    public void Tell(OperationRow row)
    {
        if (row is { Status: OperationStatus.Cancelling, WorkerId: { } workerId })
        {
            _ = TellAsync(row.Id, row.Attempt, row.CancelReason, workerId);
        }
    }

    private async Task TellAsync(string operationId, int attempt, string? reason, string workerId)
    {
        try
        {
            WorkerAddress? address;
            await using (var scope = scopes.CreateAsyncScope())
            {
                address = await scope.ServiceProvider.GetRequiredService<KtrdrDatabase>().Workers
                    .Where(w => w.WorkerId == workerId).Select(w => new WorkerAddress(w.WorkerId, w.EndpointUrl, w.Nonce)).SingleOrDefaultAsync();
            }

            if (address is not null)
            {
                await clients.Of(address).CancelOperationAsync(operationId, attempt, reason);
            }
        }
        catch (Exception error) when (error is KtrdrApiException or Npgsql.NpgsqlException or ObjectDisposedException)
        {
            LogNotTold(workerId, operationId, error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "worker {WorkerId} could not be told at once that {OperationId} is cancelled: {Reason}")]
    private partial void LogNotTold(string workerId, string operationId, string reason);
}
