using Microsoft.Extensions.Caching.Memory;

namespace Ktrdr.Api.Research;

/// <summary>A trial as the ledger has it, as far as it decides what counts: little, so that all of a market can be held.</summary>
internal sealed record CountedTrial(long Sequence, string? CampaignId, string? ExperimentId, string OperationId, string Purpose, string StrategyHash, string Dataset, string DataWindow, string Outcome)
{
    /// <summary>Its place in the campaign or sweep that asks; null for others.</summary>
    public int? Number { get; init; }

    /// <summary>Why it was gated, where it is the campaign's own.</summary>
    public string? Reason { get; init; }
}

/// <summary>
/// Remembers in which order the trials of a count stand while its pages are read, so that only the first page has to sort the market.
/// The ledger only grows: whoever does not remember, such as another replica, finds the same order again.
/// </summary>
internal sealed class TrialOrders : IDisposable
{
    /// <summary>Of all counts together; some 400 bytes each.</summary>
    private const int MostTrials = 200_000;

    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = MostTrials });

    /// <param name="asker">Id of the campaign or sweep.</param>
    /// <param name="until">Last row of the ledger that counts.</param>
    public IReadOnlyList<CountedTrial>? Find(string asker, long until) => _known.Get<IReadOnlyList<CountedTrial>>((asker, until));

    public void Keep(string asker, long until, IReadOnlyList<CountedTrial> trials)
        => _known.Set((asker, until), trials, new MemoryCacheEntryOptions { Size = trials.Count, SlidingExpiration = Idle });

    public void Dispose() => _known.Dispose();
}
