using System.Diagnostics;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ktrdr.Api.Operations;

/// <summary>
/// Ends leases that nobody renewed and forgets workers that are gone. One replica at a time does it, under an advisory lock.
/// An outage of ours is nobody's loss: no lease ends until one full lease has passed since this process first saw itself and the database healthy.
/// </summary>
internal sealed partial class Sweeper(IServiceScopeFactory scopes, WorkerClients clients, Leases leases, ILogger<Sweeper> logger) : BackgroundService
{
    private const int Batch = 200;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>A pause this long means that the process itself stood still.</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(4);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        WorkerMetrics.StartAtZero();
        long? healthySince = null;
        var last = Stopwatch.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (healthySince is null || Stopwatch.GetElapsedTime(last) > Stall)
                {
                    await SeeDatabaseAsync(stoppingToken);
                    healthySince = Stopwatch.GetTimestamp();
                }

                last = Stopwatch.GetTimestamp();
                if (Stopwatch.GetElapsedTime(healthySince.Value) >= leases.Running)
                {
                    await SweepAsync(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is NpgsqlException or TimeoutException or InvalidOperationException { InnerException: NpgsqlException })
            {
                healthySince = null;
                LogInterrupted(error.Message);
            }

            await Task.Delay(Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SeeDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<KtrdrDatabase>().Database.ExecuteSqlAsync($"select 1", cancellationToken);
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<KtrdrDatabase>();
        var service = scope.ServiceProvider.GetRequiredService<OperationService>();
        await database.InTransactionAsync(
            async () =>
            {
                if (!await database.TryLockAsync(AdvisoryLocks.Sweeper, cancellationToken))
                {
                    return;
                }

                // A database that was restarted a moment ago was away for the workers too.
                var expired = await database.Operations.FromSql($"""
                    select * from operations
                    where status in ('dispatched', 'running', 'cancelling') and lease_expires_at < now() and pg_postmaster_start_time() < now() - {leases.Running}
                    order by lease_expires_at limit {Batch} for update skip locked
                    """).ToListAsync(cancellationToken);
                foreach (var row in expired)
                {
                    LogExpired(row.Id, row.Attempt, StatusNames.Of(row.Status), row.WorkerId);
                    await service.LoseAsync(row, $"no word from {row.WorkerId} within its lease", cancellationToken);
                }

                var forgotten = await database.Database.SqlQuery<bool>($"""
                    delete from workers w where w.last_seen_at < now() - {leases.WorkerRemoved}
                        and not exists (select 1 from worker_slots s where s.worker_id = w.worker_id and s.operation_id is not null)
                    returning draining as "Value"
                    """).ToListAsync(cancellationToken);
                WorkerMetrics.Forgotten(forgotten.Count(hadLeft => hadLeft), forgotten.Count(hadLeft => !hadLeft));
            },
            cancellationToken);

        await service.SettlePartsAsync(cancellationToken);
        var registered = await database.Workers.Select(w => new WorkerAddress(w.WorkerId, w.EndpointUrl, w.Nonce)).ToListAsync(cancellationToken);
        clients.KeepOnly(registered.ToHashSet());
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the lease of {OperationId} attempt {Attempt} ({Status}) at {WorkerId} ended")]
    private partial void LogExpired(string operationId, int attempt, string status, string? workerId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "sweeping was interrupted: {Reason}")]
    private partial void LogInterrupted(string reason);
}
