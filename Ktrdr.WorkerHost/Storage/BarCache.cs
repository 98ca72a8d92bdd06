using System.Collections.Concurrent;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Registration;
using Microsoft.Extensions.Logging;

namespace Ktrdr.WorkerHost.Storage;

/// <summary>
/// The unsealed bars of dataset versions in the engine's binary form, downloaded once and kept on disk by content. Workers of one
/// sandbox share the folder: a file is written whole or not at all, and two that download at once write the same bytes.
/// </summary>
public sealed partial class BarCache(WorkerOptions options, ILogger<BarCache> logger)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _downloading = new();

    /// <param name="context">Whose Api is asked when the disk has no copy.</param>
    /// <param name="dataset">The version.</param>
    /// <param name="open">The bars in a file of the cache, or null where it does not hold what it should: then the copy is downloaded again.</param>
    /// <param name="read">The same of the bytes, where the disk takes no copy of them.</param>
    /// <exception cref="OperationFailedException">What the Api sends is not the dataset's bars.</exception>
    public async Task<T> ReadAsync<T>(OperationContext context, DatasetVersion dataset, Func<string, T?> open, Func<byte[], T?> read)
        where T : class
    {
        // A dataset's id covers its sealed bars too, so the number of unsealed ones is part of what identifies the copy.
        var name = $"{dataset.Id}-{dataset.UnsealedBars}.bars";
        var path = Path.Combine(options.Cache, name);
        var turn = _downloading.GetOrAdd(name, static _ => new SemaphoreSlim(1));
        await turn.WaitAsync(context.Cancellation).ConfigureAwait(false);
        try
        {
            if (File.Exists(path) && open(path) is { } stored)
            {
                return stored;
            }

            var bytes = await context.CallAsync(async (api, token) =>
            {
                using var response = await api.GetBarsBinaryAsync(dataset.Symbol, dataset.Timeframe, dataset.Id, token).ConfigureAwait(false);
                return await Artifacts.ReadBytesAsync(response, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            return Keep(path, bytes, open, read)
                ?? throw new OperationFailedException(ErrorCodes.InvalidData, $"the Api's bars of dataset {dataset.Id} are damaged or of another dataset.") { Retryable = true };
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The bars of a copy on disk; of the bytes themselves where the disk is full, because a cache that cannot be filled is no reason to fail.</summary>
    internal T? Keep<T>(string path, byte[] bytes, Func<string, T?> open, Func<byte[], T?> read)
        where T : class
    {
        try
        {
            AtomicFile.Write(path, bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotKept(path, failure.Message);
            return read(bytes);
        }

        if (open(path) is { } received)
        {
            return received;
        }

        File.Delete(path);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be kept, and is downloaded again the next time it is needed: {Reason}")]
    private partial void LogNotKept(string path, string reason);
}
