using System.Collections.Concurrent;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Features;

/// <summary>
/// Remembers indicator outputs by the content of their bars, type and arguments, so that variants which share data compute each indicator once. Any number of threads may
/// use one; results are the same bits with and without it.
/// </summary>
/// <param name="maxBytes">Outputs beyond this size are computed each time instead of kept.</param>
public sealed class IndicatorMemory(long maxBytes = 1L << 30)
{
    private readonly ConcurrentDictionary<string, Lazy<double[][]>> _kept = new(StringComparer.Ordinal);
    private long _bytes;
    private int _computed;

    /// <summary>Bytes that are kept.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>How many computations there were.</summary>
    public int Computed => Volatile.Read(ref _computed);

    /// <summary>How indicators are computed, null: as ever; another computation plants a leak.</summary>
    internal IndicatorComputation? Computation { get; init; }

    /// <summary>The outputs of an indicator, not to be changed.</summary>
    internal double[][] Compute(IndicatorNode node, BarSeries bars)
    {
        var key = $"{bars.ContentHash} {node.Type.Name} {node.Arguments}";
        if (_kept.TryGetValue(key, out var known))
        {
            return known.Value;
        }

        var size = (long)node.Type.Outputs.Count * bars.Count * sizeof(double);
        if (Interlocked.Add(ref _bytes, size) > maxBytes)
        {
            Interlocked.Add(ref _bytes, -size);
            return Run(node, bars);
        }

        var mine = new Lazy<double[][]>(() => Run(node, bars));
        var shared = _kept.GetOrAdd(key, mine);
        if (!ReferenceEquals(shared, mine))
        {
            Interlocked.Add(ref _bytes, -size);
        }

        return shared.Value;
    }

    /// <summary>The outputs on bars that nobody else looks at, into memory that may be longer than they are; nothing is remembered.</summary>
    internal void ComputeInto(IndicatorNode node, BarSeries bars, double[][] outputs)
    {
        if (Computation is null)
        {
            node.Type.Compute(bars, node.Arguments, outputs);
            return;
        }

        var computed = Computation(node, bars);
        for (var o = 0; o < outputs.Length; o++)
        {
            computed[o].CopyTo(outputs[o], 0);
        }
    }

    private double[][] Run(IndicatorNode node, BarSeries bars)
    {
        Interlocked.Increment(ref _computed);
        return (Computation ?? FeaturePipeline.Compute)(node, bars);
    }
}
