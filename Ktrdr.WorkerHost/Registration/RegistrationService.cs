using System.Net;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Workers;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>Registers the worker, keeps its leases by heartbeats, and registers it again whenever the Api was away or has forgotten it.</summary>
internal sealed partial class RegistrationService(
    WorkerOptions options, WorkerCapabilities capabilities, WorkerSecret secret, ApiConnection connection, OperationRunner runner, Outbox outbox, IServer server, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<RegistrationService> logger) : BackgroundService
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(1);

    /// <summary>True while the Api knows this worker, as far as the last call told.</summary>
    public bool IsRegistered { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken).ConfigureAwait(false);
        while (!stoppingToken.IsCancellationRequested)
        {
            var interval = await RegisterAsync(stoppingToken).ConfigureAwait(false);
            IsRegistered = true;
            await HeartbeatUntilForgottenAsync(interval, stoppingToken).ConfigureAwait(false);
            IsRegistered = false;
        }
    }

    /// <summary>Tells the Api that this worker takes nothing more, so that what it gives back goes elsewhere. A word that does not arrive does no harm.</summary>
    public async Task AnnounceLeavingAsync(CancellationToken cancellationToken)
    {
        if (!IsRegistered)
        {
            return;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(LongestGoodbye);
        try
        {
            await connection.Api.HeartbeatAsync(options.WorkerId, new WorkerHeartbeat { Running = runner.Running(), Draining = true }, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is KtrdrApiException or OperationCanceledException)
        {
            LogAway(options.WorkerId, failure.Message);
        }
    }

    /// <summary>The Api may dispatch at once: the endpoints must answer before the first registration.</summary>
    private async Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(false);
    }

    private async Task<TimeSpan> RegisterAsync(CancellationToken stoppingToken)
    {
        var refusedSecret = false;
        for (var backoff = FirstBackoff; ; backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff)
        {
            try
            {
                var registered = await RegisterOnceAsync(refusedSecret, stoppingToken).ConfigureAwait(false);
                secret.Keep(registered.Secret);
                Stop(registered.Stop);
                connection.MarkRegistered();
                LogRegistered(options.WorkerId, string.Join(",", options.Kinds));
                return TimeSpan.FromSeconds(registered.HeartbeatSeconds);
            }
            catch (KtrdrApiException failure)
            {
                // A database that was reset does not know our secret: then the join token admits us as a new worker.
                refusedSecret = !refusedSecret && secret.Value is not null && failure.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
                LogNotRegistered(options.WorkerId, failure.Message);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                LogNotRegistered(options.WorkerId, failure.Message);
            }

            await Task.Delay(refusedSecret ? FirstBackoff : backoff, time, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task<WorkerRegistered> RegisterOnceAsync(bool withJoinToken, CancellationToken cancellationToken)
    {
        var registration = new WorkerRegistration
        {
            WorkerId = options.WorkerId,
            EndpointUrl = EndpointUrl(),
            Kinds = options.Kinds,
            Slots = options.Slots,
            Capabilities = capabilities,
            Running = [.. runner.Running().Select(r => new AttemptReference(r.OperationId, r.Attempt))],
            FinishedUnreported = outbox.Unreported(),
        };
        secret.Shown = withJoinToken || secret.Value is not { } own ? secret.ReadJoinToken() : own;
        return await connection.Registrar.RegisterWorkerAsync(registration, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns when the worker has to register again.</summary>
    private async Task HeartbeatUntilForgottenAsync(TimeSpan interval, CancellationToken stoppingToken)
    {
        var wasAway = false;
        using var timer = new PeriodicTimer(interval, time);
        do
        {
            try
            {
                var heartbeat = new WorkerHeartbeat { Running = runner.Running(), Draining = runner.IsDraining };
                var answer = await connection.Api.HeartbeatAsync(options.WorkerId, heartbeat, stoppingToken).ConfigureAwait(false);
                foreach (var cancelled in answer.Cancel)
                {
                    runner.Cancel(cancelled.OperationId, cancelled.Attempt, cancelled.Reason);
                }

                Stop(answer.Stop);
                runner.Drain(answer.Drain);
                if (wasAway)
                {
                    return;
                }
            }
            catch (KtrdrApiException forgotten) when (forgotten.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
            {
                LogForgotten(options.WorkerId, forgotten.Message);
                return;
            }
            catch (KtrdrApiException failure)
            {
                // One line per outage, not one per heartbeat.
                if (!wasAway)
                {
                    LogAway(options.WorkerId, failure.Message);
                }

                wasAway = true;
                IsRegistered = false;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private void Stop(IReadOnlyList<AttemptReference> attempts)
    {
        foreach (var attempt in attempts)
        {
            // What has ended meanwhile is delivered all the same: whether its outcome still counts is the Api's to say.
            runner.Supersede(attempt);
        }
    }

    private string EndpointUrl()
    {
        if (options.EndpointUrl is { } configured)
        {
            return configured.ToString().TrimEnd('/');
        }

        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses;
        return addresses?.FirstOrDefault() ?? throw new InvalidOperationException("The worker listens on no address.");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Registered as {WorkerId} for {Kinds}.")]
    private partial void LogRegistered(string workerId, string kinds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{WorkerId} could not be registered: {Reason}")]
    private partial void LogNotRegistered(string workerId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The Api does not know {WorkerId} any more: {Reason}")]
    private partial void LogForgotten(string workerId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The Api does not answer {WorkerId}: {Reason}")]
    private partial void LogAway(string workerId, string reason);
}
