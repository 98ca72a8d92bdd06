using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

public enum LeakKind
{
    Indicator,
    Feature,
    Normalization,
}

/// <summary>A value that changed although only later bars did.</summary>
/// <param name="Kind">Where the leak begins: features of a leaking indicator are not reported again.</param>
/// <param name="Node">Ids of the indicator, or the feature.</param>
/// <param name="Timeframe">Timeframe of the indicator, or the base timeframe.</param>
/// <param name="Index">First bar (indicator) or row (feature) that changed.</param>
/// <param name="CutPoint">Row after whose decision the bars were changed.</param>
public sealed record Leak(LeakKind Kind, string Node, string Timeframe, int Index, int CutPoint)
{
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()} {Node} on {Timeframe} looks ahead: changing bars after row {CutPoint} changed index {Index}.";
}

/// <summary>
/// The future-perturbation proof: for a cut point t, every bar that is not complete when row t is decided, on every timeframe, is changed at random, and in a second pass cut off;
/// nothing at or before t may change, bit for bit.
/// </summary>
public static class PerturbationProof
{
    /// <summary>Leaks found at the cut points, empty where there are none.</summary>
    /// <param name="document">The strategy.</param>
    /// <param name="barsByTimeframe">As for <see cref="FeaturePipeline.Build(StrategyDocument, IReadOnlyDictionary{string, BarSeries}, string)"/>.</param>
    /// <param name="baseTimeframe">As there.</param>
    /// <param name="cutPoints">Rows after which the bars are changed, see <see cref="SampleCutPoints"/>.</param>
    /// <param name="seed">Decides the changes.</param>
    public static IReadOnlyList<Leak> Check(
        StrategyDocument document, IReadOnlyDictionary<string, BarSeries> barsByTimeframe, string baseTimeframe, IReadOnlyList<int> cutPoints, ulong seed) =>
        Check(document, barsByTimeframe, baseTimeframe, cutPoints, seed, FeaturePipeline.Compute);

    /// <summary>Distinct rows in rising order, spread over the series with a seeded jitter; the last row is left out because nothing comes after it.</summary>
    public static IReadOnlyList<int> SampleCutPoints(int rows, int count, ulong seed)
    {
        var generator = new Generator(seed, "cut-points");
        var last = rows - 1;
        var points = new List<int>();
        for (var i = 0; i < count; i++)
        {
            var (low, high) = ((int)((long)last * i / count), (int)((long)last * (i + 1) / count));
            if (high > low)
            {
                points.Add(low + generator.NextInt(high - low));
            }
        }

        return points;
    }

    internal static IReadOnlyList<Leak> Check(
        StrategyDocument document, IReadOnlyDictionary<string, BarSeries> barsByTimeframe, string baseTimeframe, IReadOnlyList<int> cutPoints, ulong seed, IndicatorComputation compute)
    {
        var plan = FeaturePlan.Of(document);
        var original = Run(document, barsByTimeframe, baseTimeframe, compute);
        var leaks = new List<Leak>();
        foreach (var cut in cutPoints)
        {
            if (cut < 0 || cut >= original.Features.Rows)
            {
                throw new InvalidInputException(new Problem("out_of_range", "cut_points", $"cut_points has {cut}; allowed: 0 to {original.Features.Rows - 1}."));
            }

            var now = barsByTimeframe[baseTimeframe].AvailableAt(cut);
            var generator = new Generator(seed, $"perturbation-{cut}");
            foreach (var cutOff in (ReadOnlySpan<bool>)[false, true])
            {
                var changed = new SortedDictionary<string, BarSeries>(StringComparer.Ordinal);
                foreach (var timeframe in barsByTimeframe.Keys.Order(StringComparer.Ordinal))
                {
                    var bars = barsByTimeframe[timeframe];
                    var known = Known(bars, now);
                    changed[timeframe] = cutOff ? bars.Slice(0, known) : Perturb(bars, known, generator);
                }

                Compare(plan, document, original, Run(document, changed, baseTimeframe, compute), changed, baseTimeframe, cut, now, leaks);
            }
        }

        return leaks.Distinct().ToArray();
    }

    /// <summary>Bars that are complete at a moment.</summary>
    private static int Known(BarSeries bars, long now) => bars.LowerBound(now - bars.Timeframe.Milliseconds + 1);

    private static void Compare(
        FeaturePlan plan, StrategyDocument document, Outcome original, Outcome changed, SortedDictionary<string, BarSeries> bars, string baseTimeframe, int cut, long now, List<Leak> leaks)
    {
        var leaking = new bool[plan.Nodes.Count];
        for (var n = 0; n < plan.Nodes.Count; n++)
        {
            var known = Known(bars[plan.Nodes[n].Timeframe], now);
            var first = int.MaxValue;
            for (var o = 0; o < original.Outputs[n].Length; o++)
            {
                first = Math.Min(first, FirstDifference(original.Outputs[n][o], changed.Outputs[n][o], known));
            }

            if (first < int.MaxValue)
            {
                leaking[n] = true;
                leaks.Add(new Leak(LeakKind.Indicator, plan.Nodes[n].Name, plan.Nodes[n].Timeframe, first, cut));
            }
        }

        var columns = plan.Columns.Count;
        var found = false;
        for (var c = 0; c < columns; c++)
        {
            if (leaking[plan.Columns[c].Node])
            {
                continue;
            }

            for (var row = 0; row <= cut; row++)
            {
                var at = (row * columns) + c;
                if (BitConverter.SingleToInt32Bits(original.Features.Values[at]) != BitConverter.SingleToInt32Bits(changed.Features.Values[at]))
                {
                    found = true;
                    leaks.Add(new Leak(LeakKind.Feature, plan.Columns[c].Name, baseTimeframe, row, cut));
                    break;
                }
            }
        }

        if (!found && !leaking.Contains(true))
        {
            CompareNormalization(document, original.Features, changed.Features, baseTimeframe, cut, leaks);
        }
    }

    private static void CompareNormalization(StrategyDocument document, FeatureMatrix original, FeatureMatrix changed, string baseTimeframe, int cut, List<Leak> leaks)
    {
        var rows = Enumerable.Range(0, cut + 1).Where(r => original.IsReady[r]).ToArray();
        if (rows.Length > 0 && Normalization.Fit(original, document, rows) != Normalization.Fit(changed, document, rows))
        {
            leaks.Add(new Leak(LeakKind.Normalization, "normalization", baseTimeframe, rows[0], cut));
        }
    }

    private static int FirstDifference(double[] original, double[] changed, int known)
    {
        for (var i = 0; i < known; i++)
        {
            if (BitConverter.DoubleToInt64Bits(original[i]) != BitConverter.DoubleToInt64Bits(changed[i]))
            {
                return i;
            }
        }

        return int.MaxValue;
    }

    /// <summary>The same times with other, still consistent bars from <paramref name="known"/> on: prices between a half and the double, one bar in eight not moving at all.</summary>
    private static BarSeries Perturb(BarSeries bars, int known, Generator generator)
    {
        var (open, high, low, close, volume) = (bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), bars.Volume.ToArray());
        for (var i = known; i < bars.Count; i++)
        {
            var still = generator.NextInt(8) == 0;
            open[i] *= 0.5 + (1.5 * generator.NextDouble());
            close[i] = still ? open[i] : close[i] * (0.5 + (1.5 * generator.NextDouble()));
            high[i] = Math.Max(open[i], close[i]) * (still ? 1 : 1 + generator.NextDouble());
            low[i] = Math.Min(open[i], close[i]) * (still ? 1 : 1 - (0.5 * generator.NextDouble()));
            volume[i] = Math.Floor((volume[i] + 1000) * generator.NextDouble());
        }

        return bars.WithPrices(open, high, low, close, volume);
    }

    private static Outcome Run(StrategyDocument document, IReadOnlyDictionary<string, BarSeries> bars, string baseTimeframe, IndicatorComputation compute)
    {
        var outputs = new List<double[][]>();
        var features = FeaturePipeline.Build(document, bars, baseTimeframe, (node, series) =>
        {
            var result = compute(node, series);
            outputs.Add(result);
            return result;
        });
        return new Outcome(features, outputs);
    }

    /// <summary>Outputs stand in the order of the plan's nodes, in which the pipeline computes them.</summary>
    private sealed record Outcome(FeatureMatrix Features, IReadOnlyList<double[][]> Outputs);
}
