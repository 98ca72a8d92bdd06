using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>
/// The future-perturbation proof: for a cut point t, every bar that is not available when row t is decided, on every timeframe and in every context series, is changed at random, and in a
/// second pass cut off; nothing at or before t may change, bit for bit. It asks nothing about how values are made, so that it serves anything that is a function of bars.
/// </summary>
public static class PerturbationProof
{
    /// <summary>Leaks of a strategy's indicators, features, windows and scaling at the cut points, empty where there are none.</summary>
    /// <param name="document">The strategy.</param>
    /// <param name="barsByTimeframe">As for <see cref="FeaturePipeline.Build(StrategyDocument, IReadOnlyDictionary{string, BarSeries}, string)"/>.</param>
    /// <param name="baseTimeframe">As there.</param>
    /// <param name="cutPoints">Rows after which the bars are changed, see <see cref="SampleCutPoints(int, int, ulong)"/>.</param>
    /// <param name="seed">Decides the changes.</param>
    public static IReadOnlyList<Leak> Check(
        StrategyDocument document, IReadOnlyDictionary<string, BarSeries> barsByTimeframe, string baseTimeframe, IReadOnlyList<int> cutPoints, ulong seed) =>
        Check(new FeatureInputs(barsByTimeframe), baseTimeframe, cutPoints, seed, new StrategyProof(document, baseTimeframe).Nodes);

    /// <summary>Leaks of anything that is computed from bars.</summary>
    /// <param name="inputs">The bars.</param>
    /// <param name="baseTimeframe">Name of the timeframe whose bars are the rows.</param>
    /// <param name="cutPoints">Rows after which the bars are changed.</param>
    /// <param name="seed">Decides the changes.</param>
    /// <param name="nodes">Computes the nodes, always the same ones in the same order, each after those it is made of.</param>
    /// <exception cref="InvalidInputException">A cut point lies outside the rows.</exception>
    public static IReadOnlyList<Leak> Check(
        FeatureInputs inputs, string baseTimeframe, IReadOnlyList<int> cutPoints, ulong seed, Func<FeatureInputs, IReadOnlyList<ProofNode>> nodes) =>
        Check(inputs, Futures(inputs, baseTimeframe, cutPoints, seed), nodes);

    /// <summary>The same over futures that were made before.</summary>
    internal static IReadOnlyList<Leak> Check(FeatureInputs inputs, IEnumerable<ChangedFuture> futures, Func<FeatureInputs, IReadOnlyList<ProofNode>> nodes)
    {
        var original = nodes(inputs);
        var leaks = new List<Leak>();
        foreach (var future in futures)
        {
            Compare(original, nodes(future.Inputs), future, leaks);
        }

        return leaks.Distinct().ToArray();
    }

    /// <summary>Two other futures per cut point, made one after the other.</summary>
    /// <exception cref="InvalidInputException">A cut point lies outside the rows.</exception>
    internal static IEnumerable<ChangedFuture> Futures(FeatureInputs inputs, string baseTimeframe, IReadOnlyList<int> cutPoints, ulong seed)
    {
        var baseBars = inputs.Bars[baseTimeframe];
        foreach (var cut in cutPoints)
        {
            if (cut < 0 || cut >= baseBars.Count)
            {
                throw new InvalidInputException(new Problem("out_of_range", "cut_points", $"cut_points has {cut}; allowed: 0 to {baseBars.Count - 1}."));
            }

            var now = baseBars.AvailableAt(cut);
            var generator = new Generator(seed, $"perturbation-{cut}");
            yield return new ChangedFuture(
                cut, now, FutureChange.Perturbed, inputs.Map(bars => Perturb(bars, FeatureInputs.KnownAt(bars, now), ReferenceEquals(bars, baseBars), generator)));
            yield return new ChangedFuture(cut, now, FutureChange.CutOff, inputs.Map(bars => bars.Slice(0, FeatureInputs.KnownAt(bars, now))));
        }
    }

    /// <summary>Distinct rows in rising order, spread over the series with a seeded jitter; the last row is left out because nothing comes after it.</summary>
    public static IReadOnlyList<int> SampleCutPoints(int rows, int count, ulong seed) => SampleCutPoints(0, rows, count, seed);

    /// <summary>The same within [<paramref name="start"/>, <paramref name="endExclusive"/>).</summary>
    public static IReadOnlyList<int> SampleCutPoints(int start, int endExclusive, int count, ulong seed)
    {
        var generator = new Generator(seed, "cut-points");
        var last = endExclusive - start - 1;
        var points = new List<int>();
        for (var i = 0; i < count; i++)
        {
            var (low, high) = ((int)((long)last * i / count), (int)((long)last * (i + 1) / count));
            if (high > low)
            {
                points.Add(start + low + generator.NextInt(high - low));
            }
        }

        return points;
    }

    /// <summary>A node made of a leaking one leaks because of it and is not reported again.</summary>
    private static void Compare(IReadOnlyList<ProofNode> original, IReadOnlyList<ProofNode> changed, ChangedFuture future, List<Leak> leaks)
    {
        var leaking = new bool[original.Count];
        for (var n = 0; n < leaking.Length; n++)
        {
            var node = original[n];
            if (node.Of.Any(of => leaking[of]))
            {
                leaking[n] = true;
            }
            else if (ProofNode.FirstDifference(node, changed[n], future.Change, future.Now) is { } first)
            {
                leaking[n] = true;
                leaks.Add(new Leak(node.Kind, node.Name, node.Timeframe, first, future.Cut));
            }
        }
    }

    /// <summary>The same times with other, still consistent bars from <paramref name="known"/> on: prices between a half and the double, one bar in eight not moving at all.</summary>
    private static BarSeries Perturb(BarSeries bars, int known, bool keepOpen, Generator generator)
    {
        var (open, high, low, close, volume) = (bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), bars.Volume.ToArray());
        for (var i = known; i < bars.Count; i++)
        {
            var still = generator.NextInt(8) == 0;
            open[i] = keepOpen && i == known ? open[i] : Other(open[i], generator);
            close[i] = still ? open[i] : Other(close[i], generator);
            high[i] = Outside(Math.Max(open[i], close[i]), still ? 0 : generator.NextDouble());
            low[i] = Outside(Math.Min(open[i], close[i]), still ? 0 : -0.5 * generator.NextDouble());
            volume[i] = Math.Floor((volume[i] + 1000) * generator.NextDouble());
        }

        return bars.WithPrices(open, high, low, close, volume);
    }

    /// <summary>External series may be 0 or negative; 0 has no double.</summary>
    private static double Other(double value, Generator generator) => (value == 0 ? 1 : value) * (0.5 + (1.5 * generator.NextDouble()));

    private static double Outside(double value, double share) => value + (Math.Abs(value) * share);
}
