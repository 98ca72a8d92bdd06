using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Registration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ktrdr.WorkerHost.Storage;

/// <summary>
/// Outcomes that the Api has not acknowledged, one file each. An outcome is written down before it is sent and deleted when the Api
/// has taken or refused it for good, so neither a kill of this process nor an outage of the Api loses one.
/// </summary>
internal sealed partial class Outbox : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _folder;
    private readonly ApiConnection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger<Outbox> _logger;
    private readonly ConcurrentDictionary<AttemptReference, Entry> _entries = new();
    private readonly ConcurrentDictionary<AttemptReference, SemaphoreSlim> _sending = new();

    /// <summary>Why an outcome waits, as it was said last.</summary>
    private readonly ConcurrentDictionary<AttemptReference, string> _kept = new();

    public Outbox(WorkerOptions options, ApiConnection connection, TimeProvider time, ILogger<Outbox> logger)
    {
        (_folder, _connection, _time, _logger) = (Path.Combine(options.State, "outbox"), connection, time, logger);
        Directory.CreateDirectory(_folder);
        foreach (var file in Directory.EnumerateFiles(_folder, "*.json").Order(StringComparer.Ordinal))
        {
            var entry = JsonSerializer.Deserialize<Entry>(File.ReadAllBytes(file), KtrdrJson.Options)
                ?? throw new InvalidDataException($"{file} is not an unreported outcome.");
            _entries[entry.Reference] = entry;
        }
    }

    private enum EntryKind
    {
        Result,
        Failure,
        Cancelled,
    }

    public IReadOnlyList<AttemptReference> Unreported() => [.. _entries.Keys.OrderBy(e => e.OperationId, StringComparer.Ordinal)];

    public void AddResult(OperationDispatch dispatch, ResultReport report) => Add(EntryKind.Result, dispatch, KtrdrJson.ToElement(report));

    public void AddFailure(OperationDispatch dispatch, OperationFailure failure) => Add(EntryKind.Failure, dispatch, KtrdrJson.ToElement(failure));

    public void AddCancelled(OperationDispatch dispatch, CancelledReport report) => Add(EntryKind.Cancelled, dispatch, KtrdrJson.ToElement(report));

    /// <summary>Tries once; what cannot be delivered stays for the next round.</summary>
    public async Task DeliverNowAsync(AttemptReference attempt, CancellationToken cancellationToken = default)
    {
        var turn = _sending.GetOrAdd(attempt, static _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_entries.TryGetValue(attempt, out var entry))
            {
                await DeliverAsync(entry, cancellationToken).ConfigureAwait(false);
            }

            if (!_entries.ContainsKey(attempt))
            {
                _sending.TryRemove(attempt, out _);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            foreach (var attempt in Unreported())
            {
                await DeliverNowAsync(attempt, stoppingToken).ConfigureAwait(false);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private void Add(EntryKind kind, OperationDispatch dispatch, JsonElement body)
    {
        Keep(new Entry(kind, dispatch.OperationId, dispatch.Attempt, dispatch.AttemptToken, body));
    }

    /// <summary>On disk, so that it outlives this process; in memory alone where the disk takes nothing, so that it is delivered all the same.</summary>
    private void Keep(Entry entry)
    {
        try
        {
            AtomicFile.Write(PathOf(entry.Reference), JsonSerializer.SerializeToUtf8Bytes(entry, KtrdrJson.Options), ownerOnly: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(entry.Kind, entry.OperationId, entry.Attempt, failure.Message);
        }

        _entries[entry.Reference] = entry;
    }

    private void Drop(AttemptReference attempt)
    {
        _kept.TryRemove(attempt, out _);
        if (_entries.TryRemove(attempt, out var entry))
        {
            Delete(entry);
        }
    }

    /// <summary>A file that stays is delivered again by the next process, and refused: its operation has ended.</summary>
    private void Delete(Entry entry)
    {
        try
        {
            File.Delete(PathOf(entry.Reference));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(entry.OperationId, entry.Attempt, failure.Message);
        }
    }

    private async Task DeliverAsync(Entry entry, CancellationToken cancellationToken)
    {
        // Before the first registration there is no token to send it with.
        if (!_connection.IsRegistered)
        {
            return;
        }

        try
        {
            await SendAsync(entry, cancellationToken).ConfigureAwait(false);
            Drop(entry.Reference);
        }
        catch (KtrdrApiException refused) when (refused.Status is HttpStatusCode.Conflict or HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            // A newer attempt was dispatched, or the operation has ended: nobody waits for this outcome.
            LogDropped(entry.Kind, entry.OperationId, entry.Attempt, refused.Message);
            Drop(entry.Reference);
        }
        catch (KtrdrApiException failure) when (ApiOutage.Is(failure) || (int)failure.Status! >= 500)
        {
            // One line per outage, not one per try.
            if (!_kept.TryGetValue(entry.Reference, out var said) || said != failure.Message)
            {
                LogKept(entry.Kind, entry.OperationId, entry.Attempt, failure.Message);
            }

            _kept[entry.Reference] = failure.Message;
        }
        catch (KtrdrApiException refused)
        {
            LogRefused(entry.Kind, entry.OperationId, entry.Attempt, refused.Message);
            if (entry.Kind == EntryKind.Result)
            {
                // The Api will never take this result, and the operation must not wait for it for ever.
                var failure = new OperationFailure("result_refused", $"The Api refused the result: {refused.Message}") { Detail = refused.Problem.Detail };
                Keep(entry with { Kind = EntryKind.Failure, Body = KtrdrJson.ToElement(failure) });
            }
            else
            {
                Drop(entry.Reference);
            }
        }
    }

    private Task SendAsync(Entry entry, CancellationToken cancellationToken)
    {
        var (id, attempt, token) = (entry.OperationId, entry.Attempt, entry.AttemptToken);
        return entry.Kind switch
        {
            EntryKind.Result => _connection.Api.ReportResultAsync(id, attempt, token, KtrdrJson.Read<ResultReport>(entry.Body), cancellationToken),
            EntryKind.Failure => _connection.Api.ReportFailureAsync(id, attempt, token, KtrdrJson.Read<OperationFailure>(entry.Body), cancellationToken),
            _ => _connection.Api.ReportCancelledAsync(id, attempt, token, KtrdrJson.Read<CancelledReport>(entry.Body), cancellationToken),
        };
    }

    private string PathOf(AttemptReference attempt) => Path.Combine(_folder, $"{attempt.OperationId}.{attempt.Attempt}.json");

    [LoggerMessage(Level = LogLevel.Information, Message = "The {Kind} of {OperationId}, attempt {Attempt}, is no longer wanted: {Reason}")]
    private partial void LogDropped(EntryKind kind, string operationId, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Kind} of {OperationId}, attempt {Attempt}, waits on disk: {Reason}")]
    private partial void LogKept(EntryKind kind, string operationId, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The {Kind} of {OperationId}, attempt {Attempt}, cannot be written to disk and is kept in memory until it is delivered: {Reason}")]
    private partial void LogNotWritten(EntryKind kind, string operationId, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The delivered outcome of {OperationId}, attempt {Attempt}, cannot be deleted: {Reason}")]
    private partial void LogNotDeleted(string operationId, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The Api refused the {Kind} of {OperationId}, attempt {Attempt}: {Reason}")]
    private partial void LogRefused(EntryKind kind, string operationId, int attempt, string reason);

    private sealed record Entry(EntryKind Kind, string OperationId, int Attempt, string AttemptToken, JsonElement Body)
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public AttemptReference Reference => new(OperationId, Attempt);
    }
}
