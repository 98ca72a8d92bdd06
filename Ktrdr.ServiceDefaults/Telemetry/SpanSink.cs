using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace Ktrdr.ServiceDefaults.Telemetry;

/// <summary>A span that has ended, as the sandbox's own trace store keeps it.</summary>
public sealed record FinishedSpan(string TraceId, string SpanId, string? ParentSpanId, string Service, string Name, DateTimeOffset StartedAt, double Milliseconds)
{
    /// <summary><c>ok</c>, <c>error</c> or null.</summary>
    public string? Status { get; init; }

    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();
}

/// <summary>Keeps finished spans. Called with batches, one at a time; what it does leaves no spans itself.</summary>
public interface ISpanStore
{
    Task StoreAsync(IReadOnlyList<FinishedSpan> spans, CancellationToken cancellationToken);
}

/// <summary>Collects finished spans in bounded memory and hands them to the service's <see cref="ISpanStore"/> in batches. A full queue drops spans and counts them: telemetry never slows the work.</summary>
internal sealed partial class SpanSink(ServiceIdentity identity, IEnumerable<ISpanStore> stores, ILogger<SpanSink> logger) : BackgroundService
{
    private const int Capacity = 8192;
    private const int BatchSize = 512;
    private const int LongestAttribute = 1000;
    private const int StoreAttempts = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(2);
    private static readonly Meter Meter = KtrdrTelemetry.Meter("Telemetry");
    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>("ktrdr.telemetry.spans_dropped", description: "Finished spans that could not be kept.");

    private readonly ISpanStore? _store = stores.LastOrDefault();
    private readonly Channel<FinishedSpan> _spans = Channel.CreateBounded<FinishedSpan>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    public BaseProcessor<Activity> CreateProcessor()
    {
        // A counter that is not there until its first event would hide that event from every rate over it.
        Dropped.Add(0);
        return new Processor(this);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_store is null)
        {
            return;
        }

        try
        {
            while (await _spans.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
            {
                // A short wait makes batches of what belongs together.
                await Task.Delay(Interval, stoppingToken).ConfigureAwait(false);
                await StoreAllAsync(_store, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The rest is stored by StopAsync, with a deadline of its own.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (_store is null)
        {
            return;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(LastFlush);
        try
        {
            await StoreAllAsync(_store, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Dropped.Add(_spans.Reader.Count);
        }
    }

    private async Task StoreAllAsync(ISpanStore store, CancellationToken cancellationToken)
    {
        using var quiet = SuppressInstrumentationScope.Begin();
        var batch = new List<FinishedSpan>(BatchSize);
        while (_spans.Reader.TryRead(out var span))
        {
            batch.Add(span);
            if (batch.Count == BatchSize || _spans.Reader.Count == 0)
            {
                await StoreAsync(store, batch, cancellationToken).ConfigureAwait(false);
                batch = new List<FinishedSpan>(BatchSize);
            }
        }
    }

    private async Task StoreAsync(ISpanStore store, List<FinishedSpan> batch, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await store.StoreAsync(batch, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                if (attempt == StoreAttempts)
                {
                    Dropped.Add(batch.Count);
                    LogDropped(batch.Count, failure.Message);
                    return;
                }

                await Task.Delay(TimeSpan.FromSeconds(attempt), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void Accept(Activity activity)
    {
        if (_store is null)
        {
            return;
        }

        var attributes = new Dictionary<string, string>();
        foreach (var (key, value) in activity.TagObjects)
        {
            // A query can carry a login link's key.
            if (value is not null && key != "url.query")
            {
                var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
                attributes[key] = text.Length <= LongestAttribute ? text : text[..LongestAttribute];
            }
        }

        if (activity.StatusDescription is { Length: > 0 } description)
        {
            attributes["status_description"] = description;
        }

        var parent = activity.ParentSpanId == default ? null : activity.ParentSpanId.ToHexString();
        var span = new FinishedSpan(
            activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), parent, identity.Name, activity.DisplayName,
            new DateTimeOffset(activity.StartTimeUtc), activity.Duration.TotalMilliseconds)
        {
            Status = activity.Status switch { ActivityStatusCode.Ok => "ok", ActivityStatusCode.Error => "error", _ => null },
            Attributes = attributes,
        };
        if (!_spans.Writer.TryWrite(span))
        {
            Dropped.Add(1);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} spans were dropped: {Reason}")]
    private partial void LogDropped(int count, string reason);

    private sealed class Processor(SpanSink sink) : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data) => sink.Accept(data);
    }
}
