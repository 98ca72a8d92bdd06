using System.Collections.Concurrent;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>
/// Remembers labels that depend on nothing but their specification and the bars, so that trainings which share both compute them once. Any number of threads may use one; results are the
/// same bits with and without it.
/// </summary>
/// <param name="maxBytes">Labels beyond this size are computed each time instead of kept.</param>
public sealed class LabelMemory(long maxBytes = 1L << 28)
{
    /// <summary>A class, a target and an end.</summary>
    private const int BytesPerBar = 12;

    private readonly ConcurrentDictionary<(LabelSpec Spec, string Bars), Lazy<LabelSeries>> _kept = new();
    private long _bytes;
    private int _computed;

    /// <summary>How many computations there were.</summary>
    public int Computed => Volatile.Read(ref _computed);

    /// <summary>The labels, not to be changed.</summary>
    /// <param name="spec">One that is not fitted, see <see cref="Labeler.IsFitted"/>.</param>
    /// <param name="bars">The bars.</param>
    /// <exception cref="InvalidInputException">As <see cref="Labeler.Compute(LabelSpec, BarSeries, int?)"/>.</exception>
    internal LabelSeries Compute(LabelSpec spec, BarSeries bars)
    {
        var key = (spec, bars.ContentHash);
        if (_kept.TryGetValue(key, out var known))
        {
            return known.Value;
        }

        var size = (long)bars.Count * BytesPerBar;
        if (Interlocked.Add(ref _bytes, size) > maxBytes)
        {
            Interlocked.Add(ref _bytes, -size);
            return Run(spec, bars);
        }

        var mine = new Lazy<LabelSeries>(() => Run(spec, bars));
        var shared = _kept.GetOrAdd(key, mine);
        if (!ReferenceEquals(shared, mine))
        {
            Interlocked.Add(ref _bytes, -size);
        }

        return shared.Value;
    }

    private LabelSeries Run(LabelSpec spec, BarSeries bars)
    {
        Interlocked.Increment(ref _computed);
        return Labeler.Compute(spec, bars);
    }
}
