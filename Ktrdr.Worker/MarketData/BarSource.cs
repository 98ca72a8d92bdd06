using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.MarketData;

/// <summary>A dataset version with its unsealed bars.</summary>
internal sealed record PinnedBars(DatasetVersion Dataset, BarSeries Bars)
{
    /// <summary>Bars [start, end) by open time as indices.</summary>
    /// <exception cref="OperationFailedException">The range reaches into sealed bars, or holds none.</exception>
    public (int Start, int EndExclusive) Range(DateTimeOffset start, DateTimeOffset end)
    {
        if (end > Dataset.SealedFrom)
        {
            throw new OperationFailedException(ErrorCodes.Sealed, $"end is {end.UtcDateTime:O}; allowed: at most {Dataset.SealedFrom.UtcDateTime:O}, from where {Dataset.Symbol} {Dataset.Timeframe} is sealed.");
        }

        var (from, to) = (Bars.LowerBound(start.ToUnixTimeMilliseconds()), Bars.LowerBound(end.ToUnixTimeMilliseconds()));
        return from < to
            ? (from, to)
            : throw new OperationFailedException(ErrorCodes.InvalidField, $"no bar of {Dataset.Symbol} {Dataset.Timeframe} lies in [{start.UtcDateTime:O}, {end.UtcDateTime:O}); allowed: a range inside [{Dataset.FirstTime.UtcDateTime:O}, {Dataset.SealedFrom.UtcDateTime:O}).");
    }

    /// <summary>A research window by its name, or explicit dates. A date that is left out is the window's border, or without a window that of the unsealed bars.</summary>
    public (int Start, int EndExclusive) Range(string? window, DateTimeOffset? start, DateTimeOffset? end)
    {
        if (start is { } from && end is { } to)
        {
            return Range(from, to);
        }

        if (window == DataWindows.Unsealed || (window is null && (start ?? end) is not null))
        {
            return Range(start ?? Dataset.FirstTime, end ?? Dataset.SealedFrom);
        }

        var found = Dataset.Windows.FirstOrDefault(w => w.Name == window)
            ?? throw new OperationFailedException(ErrorCodes.InvalidField, $"window is '{window}'; allowed: {string.Join(", ", Dataset.Windows.Select(w => w.Name))}, {DataWindows.Unsealed}, or start and end.");
        return Range(start ?? found.Start, end ?? found.End);
    }
}

/// <summary>Bars for handlers: a few series in memory, behind them the disk, behind that the Api.</summary>
internal sealed class BarSource(BarCache cache)
{
    private const int SeriesInMemory = 4;

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Id, BarSeries Bars)> _recent = new();

    /// <exception cref="OperationFailedException">The request names no dataset.</exception>
    public async Task<PinnedBars> ReadAsync(OperationContext context, string? datasetId)
    {
        if (datasetId is null)
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, "dataset is not set; allowed: the id of a dataset version.");
        }

        var dataset = await context.CallAsync((api, token) => api.GetDatasetAsync(datasetId, token)).ConfigureAwait(false);
        if (Remembered(dataset) is { } remembered)
        {
            return new PinnedBars(dataset, remembered);
        }

        var bars = await cache.ReadAsync(context, dataset, path => Open(() => BarSeries.Map(path), dataset), bytes => Open(() => BarSeries.FromBytes(bytes), dataset)).ConfigureAwait(false);
        Remember(dataset, bars);
        return new PinnedBars(dataset, bars);
    }

    /// <summary>Null where they are damaged or of something else.</summary>
    private static BarSeries? Open(Func<BarSeries> read, DatasetVersion dataset)
    {
        try
        {
            var bars = read();
            return bars.Symbol == dataset.Symbol && bars.Timeframe.Name == dataset.Timeframe && bars.Count == dataset.UnsealedBars ? bars : null;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    private BarSeries? Remembered(DatasetVersion dataset)
    {
        lock (_lock)
        {
            for (var node = _recent.First; node is not null; node = node.Next)
            {
                if (node.Value.Id == dataset.Id && node.Value.Bars.Count == dataset.UnsealedBars)
                {
                    _recent.Remove(node);
                    _recent.AddFirst(node);
                    return node.Value.Bars;
                }
            }

            return null;
        }
    }

    private void Remember(DatasetVersion dataset, BarSeries bars)
    {
        lock (_lock)
        {
            _recent.AddFirst((dataset.Id, bars));
            if (_recent.Count > SeriesInMemory)
            {
                _recent.RemoveLast();
            }
        }
    }
}
