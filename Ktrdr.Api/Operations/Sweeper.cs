using System.Diagnostics;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ktrdr.Api.Operations;

/// <summary>
/// Ends leases that nobody renewed, forgets workers that are gone, and settles what a killed Api left half done. Every replica does it; each step is guarded, so that one of them makes it.
/// An outage of ours is nobody's loss: no lease ends until one full lease has passed since this process first saw itself and the database healthy.
/// </summary>
internal sealed partial class Sweeper(IServiceScopeFactory scopes, WorkerClients clients, Leases leases, ILogger<Sweeper> logger) : BackgroundService
{
    private const int Batch = 200;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>A pause this long means that the process itself stood still.</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(4);

    private readonly OutageLines _lines = new(TimeProvider.System);

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
                await SweepAsync(leasesToo: Stopwatch.GetElapsedTime(healthySince.Value) >= leases.Running, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is NpgsqlException or TimeoutException or InvalidOperationException { InnerException: NpgsqlException })
            {
                healthySince = null;
                SayInterrupted(error);
            }
            catch (Exception error)
            {
                // One thing that cannot be settled must not end the Api, and with it everything else.
                LogNotSettled(error);
            }

            await Task.Delay(Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SeeDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<KtrdrDatabase>().Database.ExecuteSqlAsync($"select 1", cancellationToken);
    }

    /// <param name="leasesToo">False while an outage of ours may be why a lease was not renewed.</param>
    /// <param name="cancellationToken">Of the process.</param>
    private async Task SweepAsync(bool leasesToo, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<KtrdrDatabase>();
        var service = scope.ServiceProvider.GetRequiredService<OperationService>();
        if (leasesToo)
        {
            foreach (var id in await ExpiredAsync(database, cancellationToken))
            {
                await LoseAsync(id, cancellationToken);
            }

            await ForgetAsync(database, cancellationToken);
        }

        await service.SettlePartsAsync(cancellationToken);
        var registered = await database.Workers.Select(w => new WorkerAddress(w.WorkerId, w.EndpointUrl, w.Nonce)).ToListAsync(cancellationToken);
        clients.KeepOnly(registered.ToHashSet());
    }

    // A database that was restarted a moment ago was away for the workers too.
    private Task<List<string>> ExpiredAsync(KtrdrDatabase database, CancellationToken cancellationToken) => database.Database.SqlQuery<string>($"""
        select id as "Value" from operations
        where status in ('dispatched', 'running', 'cancelling') and lease_expires_at < now() and pg_postmaster_start_time() < now() - {leases.Running}
        order by lease_expires_at limit {Batch}
        """).ToListAsync(cancellationToken);

    /// <summary>One operation in a transaction and a context of its own: one that cannot be ended, whatever is wrong with it, keeps no other from it.</summary>
    private async Task LoseAsync(string id, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<KtrdrDatabase>();
        try
        {
            await database.InTransactionAsync(
                async () =>
                {
                    // Renewed meanwhile, or another replica is at it: then there is no row.
                    var row = await database.Operations.FromSql($"""
                        select * from operations where id = {id} and status in ('dispatched', 'running', 'cancelling') and lease_expires_at < now() for update skip locked
                        """).SingleOrDefaultAsync(cancellationToken);
                    if (row is not null)
                    {
                        LogExpired(row.Id, row.Attempt, StatusNames.Of(row.Status), row.WorkerId);
                        await scope.ServiceProvider.GetRequiredService<OperationService>().LoseAsync(row, $"no word from {row.WorkerId} within its lease", cancellationToken);
                    }
                },
                cancellationToken);
        }
        catch (Exception error) when (error is not (OperationCanceledException or NpgsqlException or TimeoutException or InvalidOperationException { InnerException: NpgsqlException }))
        {
            LogNotEnded(error, id);
        }
    }

    private Task ForgetAsync(KtrdrDatabase database, CancellationToken cancellationToken) => database.InTransactionAsync(
        async () =>
        {
            var forgotten = await database.Database.SqlQuery<bool>($"""
                delete from workers w where w.last_seen_at < now() - {leases.WorkerRemoved}
                    and not exists (select 1 from worker_slots s where s.worker_id = w.worker_id and s.operation_id is not null)
                returning draining as "Value"
                """).ToListAsync(cancellationToken);
            database.AfterCommit(() => WorkerMetrics.Forgotten(forgotten.Count(hadLeft => hadLeft), forgotten.Count(hadLeft => !hadLeft)));
        },
        cancellationToken);

    private void SayInterrupted(Exception error)
    {
        if (_lines.Next() is { } kept)
        {
            LogInterrupted((error.InnerException ?? error).Message, kept);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the lease of {OperationId} attempt {Attempt} ({Status}) at {WorkerId} ended")]
    private partial void LogExpired(string operationId, int attempt, string status, string? workerId);

    [LoggerMessage(Level = LogLevel.Error, Message = "{OperationId}, whose lease ended, could not be ended; it is tried again")]
    private partial void LogNotEnded(Exception error, string operationId);

    [LoggerMessage(Level = LogLevel.Error, Message = "a sweep failed; the next one follows")]
    private partial void LogNotSettled(Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "sweeping was interrupted: {Reason} ({Kept} more times since the last such line)")]
    private partial void LogInterrupted(string reason, int kept);
}
