namespace Ktrdr.Engine.Features;

/// <summary>How the future is changed.</summary>
public enum FutureChange
{
    /// <summary>Every bar that is not available yet has other prices, except the open of the first one of the base timeframe, at which orders are filled.</summary>
    Perturbed,

    /// <summary>There are no such bars.</summary>
    CutOff,
}

/// <summary>Inputs whose bars are the same up to a cut point and others after it.</summary>
/// <param name="Cut">Row after whose decision they differ.</param>
/// <param name="Now">When that row is decided, Unix milliseconds UTC.</param>
internal sealed record ChangedFuture(int Cut, long Now, FutureChange Change, FeatureInputs Inputs);

/// <summary>Something that is computed from bars, as a list of values each of which is known from some moment on: what <see cref="PerturbationProof"/> compares.</summary>
public sealed class ProofNode
{
    /// <summary>Where the node stands.</summary>
    public required LeakKind Kind { get; init; }

    /// <summary>What a leak is called.</summary>
    public required string Name { get; init; }

    /// <summary>See <see cref="Leak.Timeframe"/>.</summary>
    public required string Timeframe { get; init; }

    /// <summary>Number of values.</summary>
    public required int Count { get; init; }

    /// <summary>Unix milliseconds UTC from which value i must not depend on anything later; rising with i.</summary>
    public required Func<int, FutureChange, long> KnownAt { get; init; }

    /// <summary>The bits of value i, or a hash of several.</summary>
    public required Func<int, long> Bits { get; init; }

    /// <summary>The bar or row that value i is reported by; i itself unless set.</summary>
    public Func<int, int> Index { get; init; } = i => i;

    /// <summary>True: only the last known value is compared, because each contains those before it.</summary>
    public bool OnlyLatest { get; init; }

    /// <summary>Places in the list of the nodes this one is made of.</summary>
    public IReadOnlyList<int> Of { get; init; } = [];

    /// <summary>FNV-1a over whole words, to make one value of several.</summary>
    public static long Hash(params ReadOnlySpan<long> words)
    {
        var hash = 14695981039346656037UL;
        foreach (var word in words)
        {
            hash = (hash ^ (ulong)word) * 1099511628211UL;
            hash ^= hash >> 29;
        }

        return (long)hash;
    }

    /// <summary>The same node among those of several strategies.</summary>
    /// <param name="member">Whose node it is: put before its name.</param>
    /// <param name="first">Place in the list at which that strategy's nodes begin.</param>
    internal ProofNode OfMember(string member, int first) => new()
    {
        Kind = Kind,
        Name = $"{member}.{Name}",
        Timeframe = Timeframe,
        Count = Count,
        KnownAt = KnownAt,
        Bits = Bits,
        Index = Index,
        OnlyLatest = OnlyLatest,
        Of = [.. Of.Select(of => of + first)],
    };

    /// <summary>Index of the first value known at <paramref name="now"/> that differs; null where none does.</summary>
    internal static int? FirstDifference(ProofNode original, ProofNode changed, FutureChange change, long now)
    {
        var (inOriginal, inChanged) = (original.Known(change, now), changed.Known(change, now));
        var both = Math.Min(inOriginal, inChanged);
        if (original.OnlyLatest)
        {
            return inOriginal == inChanged && (both == 0 || original.Bits(both - 1) == changed.Bits(both - 1)) ? null : original.Index(Math.Max(0, both - 1));
        }

        for (var i = 0; i < both; i++)
        {
            if (original.Index(i) != changed.Index(i) || original.Bits(i) != changed.Bits(i))
            {
                return original.Index(i);
            }
        }

        return inOriginal == inChanged ? null : (inOriginal > inChanged ? original : changed).Index(both);
    }

    /// <summary>How many values, from the first on, are known at a moment.</summary>
    private int Known(FutureChange change, long now)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + ((high - low) >> 1);
            if (KnownAt(middle, change) <= now)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
