using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;
using Microsoft.Extensions.Hosting;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>On SIGTERM: no more work, checkpoints saved, operations released, outcomes delivered; all within 18 s, while endpoints and heartbeats still answer.</summary>
internal sealed class WorkerLeaving(RegistrationService registration, OperationRunner runner, Outbox outbox, TimeProvider time) : IHostedLifecycleService
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan LastDelivery = TimeSpan.FromSeconds(2);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        await registration.AnnounceLeavingAsync(either.Token).ConfigureAwait(false);
        await runner.LeaveAsync(either.Token).ConfigureAwait(false);

        using var last = new CancellationTokenSource(LastDelivery, time);
        try
        {
            foreach (var attempt in outbox.Unreported())
            {
                await outbox.DeliverNowAsync(attempt, last.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (last.IsCancellationRequested)
        {
            // They stay on disk and are delivered when the worker starts again.
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
