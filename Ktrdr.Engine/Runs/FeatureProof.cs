using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// From bars to scaled features, bit for bit. Indicators have a memory that reaches back to the first bar: each distinct one is computed anew on the bars of every other future and held
/// against the values that the variants see, over everything that is known at the cut. Which bar a row sees is held against the other over all those rows too. What is made of a row's bars
/// has no memory: memberships, complete rows and their scaling are made of each future's indicators on the rows around the cut.
/// </summary>
internal sealed class FeatureProof(MarketView market, SweepFutures futures, IndicatorMemory memory)
{
    private readonly ConcurrentDictionary<string, Lazy<ProvenIndicator>> _indicators = new(StringComparer.Ordinal);

    /// <summary>Leaks of the variant's indicators, features, windows and scaling.</summary>
    /// <exception cref="InvalidInputException">The bars do not suit the variant.</exception>
    public LookaheadReport Of(StrategyDocument variant)
    {
        var (inputs, timeframe) = (market.InputsOf(variant, 0), market.Primary.Timeframe.Name);
        var plan = FeaturePlan.Of(variant);
        using var seen = FeatureStream.Open(variant, inputs, timeframe, null, memory);
        var indicators = plan.Nodes.Select(node => Indicator(node, variant, inputs)).ToArray();
        var leaks = new List<Leak>();
        var compared = 0;
        FeatureRows? rows = null;
        for (var f = 0; f < futures.Changed.Count; f++)
        {
            var future = futures.Changed[f];
            if (rows?.Cut != future.Cut)
            {
                rows = FeatureRows.Of(seen, future.Cut);
                compared += rows.Known;
            }

            using var outputs = new StretchedOutputs(plan, indicators, f);
            using var changed = FeatureStream.Open(variant, future.Market.InputsOf(variant, 0), timeframe, null, outputs.Compute);
            Compare(variant, plan, indicators, f, (seen, rows), (changed, FeatureRows.Of(changed, future.Cut)), leaks);
        }

        var nodes = plan.Nodes.Select((node, n) => new CheckedNode(KindOf(node), node.Name, node.Series, indicators[n].Count))
            .Concat(plan.Columns.Select(column => new CheckedNode(LeakKind.Feature, column.Name, timeframe, compared)))
            .Append(new CheckedNode(LeakKind.Window, "window", timeframe, compared))
            .Append(new CheckedNode(LeakKind.Normalization, "normalization", timeframe, compared));
        return new LookaheadReport([futures.TriedAt(futures.CutPoints)], [.. nodes], [.. leaks.Distinct()]);
    }

    /// <summary>A node made of a leaking one leaks because of it and is not reported again.</summary>
    private void Compare(
        StrategyDocument variant, FeaturePlan plan, ProvenIndicator[] indicators, int at, (FeatureStream Stream, FeatureRows Rows) seen, (FeatureStream Stream, FeatureRows Rows) changed, List<Leak> leaks)
    {
        var (future, timeframe) = (futures.Changed[at], market.Primary.Timeframe.Name);
        for (var n = 0; n < indicators.Length; n++)
        {
            if (indicators[n].Leaks[at] is { } index)
            {
                leaks.Add(new Leak(KindOf(plan.Nodes[n]), plan.Nodes[n].Name, plan.Nodes[n].Series, index, future.Cut));
            }
        }

        var isClean = indicators.All(i => i.Leaks[at] is null);
        for (var c = 0; c < plan.Columns.Count; c++)
        {
            if (indicators[plan.Columns[c].Node].Leaks[at] is null && (FeatureStream.FirstOtherBar(seen.Stream, changed.Stream, c, future.Known) ?? seen.Rows.FirstOtherValue(changed.Rows, c)) is { } row)
            {
                isClean = false;
                leaks.Add(new Leak(LeakKind.Feature, plan.Columns[c].Name, timeframe, row, future.Cut));
            }
        }

        if (!isClean)
        {
            return;
        }

        if ((futures.FirstOtherRunStart(future) ?? seen.Rows.FirstOtherReady(changed.Rows)) is { } start)
        {
            leaks.Add(new Leak(LeakKind.Window, "window", timeframe, start, future.Cut));
        }

        if (!Same(seen.Rows.Fit(variant), changed.Rows.Fit(variant)))
        {
            leaks.Add(new Leak(LeakKind.Normalization, "normalization", timeframe, future.Cut, future.Cut));
        }
    }

    private static LeakKind KindOf(IndicatorNode node) => node.IsContext ? LeakKind.Context : LeakKind.Indicator;

    private static bool Same(Normalization a, Normalization b)
    {
        var isSame = a.Scales.Count == b.Scales.Count;
        for (var i = 0; isSame && i < a.Scales.Count; i++)
        {
            isSame = BitConverter.DoubleToInt64Bits(a.Scales[i].Offset) == BitConverter.DoubleToInt64Bits(b.Scales[i].Offset)
                && BitConverter.DoubleToInt64Bits(a.Scales[i].Scale) == BitConverter.DoubleToInt64Bits(b.Scales[i].Scale);
        }

        return isSame;
    }

    private ProvenIndicator Indicator(IndicatorNode node, StrategyDocument variant, FeatureInputs inputs) =>
        _indicators.GetOrAdd($"{node.Series} {node.IsContext} {node.Type.Name} {node.Arguments}", _ => new Lazy<ProvenIndicator>(() => Prove(node, variant, inputs))).Value;

    private ProvenIndicator Prove(IndicatorNode node, StrategyDocument variant, FeatureInputs inputs)
    {
        var series = node.In(inputs);
        var seen = memory.Compute(node, series);
        var leaks = new int?[futures.Changed.Count];
        var stretches = new Stretch[leaks.Length];
        var anew = new double[seen.Length][];
        for (var f = 0; f < leaks.Length; f++)
        {
            var future = futures.Changed[f];
            var others = node.In(future.Market.InputsOf(variant, 0));
            for (var o = 0; o < anew.Length; o++)
            {
                anew[o] = ArrayPool<double>.Shared.Rent(others.Count);
            }

            memory.ComputeInto(node, others, anew);
            var (known, knownInOther) = (FeatureInputs.KnownAt(series, future.Now), FeatureInputs.KnownAt(others, future.Now));
            var (both, same) = (Math.Min(known, knownInOther), int.MaxValue);
            for (var o = 0; o < anew.Length; o++)
            {
                same = Math.Min(same, Bits(seen[o], both).CommonPrefixLength(Bits(anew[o], both)));
            }

            leaks[f] = same < both || known != knownInOther ? Math.Min(same, both) : null;
            stretches[f] = Stretch.Of(others, node.IsContext, anew, future);
            Array.ForEach(anew, output => ArrayPool<double>.Shared.Return(output));
        }

        return new ProvenIndicator(series.Count, leaks, stretches);
    }

    private static ReadOnlySpan<long> Bits(double[] values, int count) => MemoryMarshal.Cast<double, long>(values.AsSpan(0, count));

    /// <param name="Count">Values on the unchanged bars.</param>
    /// <param name="Leaks">Per future the first known value that is another; null where all are the same.</param>
    /// <param name="Around">Per future the values that rows around the cut see.</param>
    private sealed record ProvenIndicator(int Count, int?[] Leaks, Stretch[] Around);

    /// <summary>Outputs of an indicator on some of the bars of a series.</summary>
    private sealed record Stretch(int From, double[][] Outputs)
    {
        public static Stretch Of(BarSeries series, bool isContext, double[][] outputs, SweepFuture future)
        {
            // Context is read at the close of a wider bar, which may lie well before the row that shows it.
            var (first, end) = FeatureRows.Around(future.Market.Primary.Count, future.Cut);
            var from = isContext ? 0 : Math.Max(0, FeatureInputs.KnownAt(series, future.Market.Primary.AvailableAt(first)) - 1);
            var to = FeatureInputs.KnownAt(series, future.Market.Primary.AvailableAt(end - 1));
            return new Stretch(from, [.. outputs.Select(o => o[from..Math.Max(from, to)])]);
        }
    }

    /// <summary>The outputs of one future in arrays as long as their series; what lies outside of the stretches is undefined.</summary>
    private sealed class StretchedOutputs(FeaturePlan plan, ProvenIndicator[] indicators, int future) : IDisposable
    {
        private readonly List<double[]> _borrowed = [];
        private int _next;

        /// <summary>In the order of the plan, as a stream asks.</summary>
        public double[][] Compute(IndicatorNode node, BarSeries bars)
        {
            var stretch = indicators[_next].Around[future];
            return node.Name == plan.Nodes[_next++].Name
                ? Array.ConvertAll(stretch.Outputs, values => Borrow(bars.Count, stretch.From, values))
                : throw new InvalidOperationException($"{node.Name} was asked for out of turn");
        }

        public void Dispose() => _borrowed.ForEach(memory => ArrayPool<double>.Shared.Return(memory));

        private double[] Borrow(int length, int from, double[] values)
        {
            _borrowed.Add(ArrayPool<double>.Shared.Rent(length));
            values.CopyTo(_borrowed[^1], from);
            return _borrowed[^1];
        }
    }
}
