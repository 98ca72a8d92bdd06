using Ktrdr.Api.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>Deletes what nothing points at any more and what is past its time: artifacts, spans, idempotency keys, sessions.</summary>
internal sealed partial class Housekeeping(IServiceScopeFactory scopes, ArtifactFolder folder, ILogger<Housekeeping> logger) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>Bytes arrive before the row that needs them: what is younger than this is left alone.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    private static readonly TimeSpan SpanLife = TimeSpan.FromDays(7);
    private static readonly TimeSpan KeyLife = TimeSpan.FromDays(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await CleanAsync(scope.ServiceProvider.GetRequiredService<KtrdrDatabase>(), stoppingToken);
                await scope.ServiceProvider.GetRequiredService<OrphanFiles>().RemoveAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it is, such as a file of somebody else's: the Api does not end because something cannot be thrown away.
                LogInterrupted(error.Message);
            }
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    internal async Task CleanAsync(KtrdrDatabase database, CancellationToken cancellationToken)
    {
        await database.Database.ExecuteSqlAsync($"""
            delete from spans where started_at < now() - {SpanLife};
            delete from idempotency_keys where created_at < now() - {KeyLife};
            delete from sessions where expires_at < now();
            """, cancellationToken);
        await database.InTransactionAsync(
            async () =>
            {
                // The rows stay locked until the files are gone, so that a repeated PUT waits and then stores the bytes anew.
                var orphans = await database.Artifacts.FromSql($"""
                    delete from artifacts a where a.sha256 in (
                        select o.sha256 from artifacts o
                        where o.last_put_at < now() - {Grace}
                            and not exists (select 1 from checkpoints c where c.sha256 = o.sha256)
                            and not exists (select 1 from operations p where p.checkpoint ->> 'sha256' = o.sha256 and p.status <> 'succeeded')
                            and not exists (select 1 from dataset_versions d where d.bars_sha256 = o.sha256 or d.unsealed_sha256 = o.sha256)
                            and not exists (select 1 from models m where o.sha256 in (m.training ->> 'manifest_sha256', m.training ->> 'weights_sha256', m.training ->> 'strategy_sha256', m.training ->> 'rules_sha256', m.training ->> 'onnx_sha256')
                                or exists (select 1 from jsonb_array_elements(m.training -> 'seeds') s where o.sha256 in (s ->> 'manifest_sha256', s ->> 'weights_sha256')))
                            and not exists (select 1 from operations p where p.type = 'data_load' and p.request -> 'import' ->> 'sha256' = o.sha256)
                        limit {Batch} for update skip locked)
                    returning a.*
                    """).ToListAsync(cancellationToken);
                foreach (var orphan in orphans)
                {
                    File.Delete(folder.PathOf(orphan.Sha256));
                }
            },
            cancellationToken);
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "housekeeping was interrupted: {Reason}")]
    private partial void LogInterrupted(string reason);
}
