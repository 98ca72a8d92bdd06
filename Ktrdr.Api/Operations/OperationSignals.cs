using System.Collections.Concurrent;
using System.Diagnostics;
using Ktrdr.Api.Persistence;
using Npgsql;

namespace Ktrdr.Api.Operations;

/// <summary>Wakes whoever waits for operations to change: the database notifies every replica, whichever of them made the change.</summary>
internal sealed partial class OperationSignals(NpgsqlDataSource source, ShutdownProbe probe, ILogger<OperationSignals> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<Subscription, byte> _subscriptions = new();
    private readonly OutageLines _lines = new(TimeProvider.System);

    /// <summary>A waiter for one operation's changes, or for all of them.</summary>
    public Subscription Subscribe(string? operationId = null)
    {
        var subscription = new Subscription(this, operationId);
        _subscriptions[subscription] = 0;
        return subscription;
    }

    /// <summary>Wakes this replica's waiters at once, without the way through the database.</summary>
    public void Raise(string operationId)
    {
        foreach (var subscription in _subscriptions.Keys)
        {
            if (subscription.OperationId is null || subscription.OperationId == operationId)
            {
                subscription.Wake();
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, notice) => Raise(notice.Payload.Split(' ')[0]);
                await using (var listen = new NpgsqlCommand("listen ktrdr_operations", connection))
                {
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                }

                var asked = Stopwatch.GetTimestamp();
                while (true)
                {
                    await connection.WaitAsync(probe.Interval, stoppingToken);
                    if (Stopwatch.GetElapsedTime(asked) < probe.Interval)
                    {
                        continue;
                    }

                    if (await probe.IsShuttingDownAsync(stoppingToken))
                    {
                        // Told to end once everybody has left, the server would wait for our open connections for ever, and let nobody in meanwhile.
                        source.Clear();
                        LogShuttingDown();
                        break;
                    }

                    asked = Stopwatch.GetTimestamp();
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is NpgsqlException or InvalidOperationException or TimeoutException)
            {
                // Everybody who waits also looks once a second, so a lost connection costs latency only.
                if (_lines.Next() is { } kept)
                {
                    LogListenerLost(error.Message, kept);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the connection that listens for notifications was lost: {Reason} ({Kept} more times since the last such line)")]
    private partial void LogListenerLost(string reason, int kept);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the database is shutting down and waits for its connections: they are given back")]
    private partial void LogShuttingDown();

    internal sealed class Subscription(OperationSignals owner, string? operationId) : IDisposable
    {
        private readonly SemaphoreSlim _raised = new(0, 1);

        public string? OperationId { get; } = operationId;

        /// <summary>Returns when something changed since the last call, or after <paramref name="atMost"/>.</summary>
        public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _raised.WaitAsync(atMost, cancellationToken);

        public void Dispose() => owner._subscriptions.TryRemove(this, out _);

        internal void Wake()
        {
            try
            {
                _raised.Release();
            }
            catch (SemaphoreFullException)
            {
                // Already awake: one wake-up covers any number of changes.
            }
        }
    }
}
