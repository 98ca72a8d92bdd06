using System.Collections.Concurrent;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// The future-perturbation proof of a sweep's variants, in three links, each made once for all that share it: bars to scaled features, once per distinct set of features; rows to what a
/// network answers, once per training; answers to decisions and fills, for each variant. Where no link lets the future through, the chain does not. As for a single backtest the bars are
/// those of the first symbol, and the cut points lie in the window.
/// </summary>
/// <param name="market">Bars that end with the window.</param>
/// <param name="start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
/// <param name="memory">Indicators computed before.</param>
/// <param name="seed">Decides the cut points and the changes.</param>
internal sealed class SweepProof(MarketView market, long start, IndicatorMemory memory, ulong seed)
{
    /// <summary>Cut points of the window that every link is tried at.</summary>
    public const int CutPoints = 2;

    /// <summary>Rows before and after a cut that a network is shown.</summary>
    private const int RowsAround = 256;

    private readonly ConcurrentDictionary<FeatureSet, Lazy<LookaheadReport>> _features = new();
    private readonly Lazy<Futures> _futures = new(() => Futures.Of(market, start, seed));

    /// <summary>How decisions become fills; another way plants a leak.</summary>
    internal Func<BarSeries, IDecisions, IReadOnlyList<Fill>>? Fills { get; init; }

    /// <summary>How a network answers; another way plants a leak.</summary>
    internal NetworkAnswers Answers { get; init; } = (network, matrix, firstRow, rowCount, outputs) => network.Predict(matrix, firstRow, rowCount, outputs);

    /// <inheritdoc cref="Network.Predict(ReadOnlySpan{float}, int, int, Span{float})"/>
    internal delegate void NetworkAnswers(Network network, ReadOnlySpan<float> matrix, int firstRow, int rowCount, Span<float> outputs);

    /// <summary>How many sets of features were proven until now.</summary>
    public int FeatureSets => _features.Count;

    /// <summary>From bars to scaled features, by whichever variant asks first.</summary>
    /// <exception cref="InvalidInputException">The bars do not suit the variant.</exception>
    public LookaheadReport OfFeatures(StrategyDocument variant) =>
        _features.GetOrAdd(FeatureSet.Of(variant), _ => new Lazy<LookaheadReport>(() => Prove(variant))).Value;

    /// <summary>From scaled features to what each seed's network answers: rows after a cut are replaced, then left out.</summary>
    public LookaheadReport OfModel(TrainedStrategy trained)
    {
        var bars = market.Primary;
        using var stream = FeatureStream.Open(trained.Strategy, market.InputsOf(trained.Strategy, 0), bars.Timeframe.Name, trained.Normalization, memory);
        var leaks = new List<Leak>();
        var compared = 0;
        foreach (var cut in _futures.Value.CutPoints)
        {
            var first = Math.Max(trained.SequenceLength - 1, cut - RowsAround);
            if (first > cut)
            {
                continue;
            }

            var origin = first - trained.SequenceLength + 1;
            var rows = Math.Min(stream.Rows, cut + 1 + RowsAround) - origin;
            var (values, ready) = (new float[rows * stream.Columns], new bool[rows]);
            stream.Fill(origin, values, ready);
            var whole = FeatureMatrix.WindowReady(ready, stream.StartsRun[origin..(origin + rows)], trained.SequenceLength);
            var known = (cut + 1 - origin) * stream.Columns;
            var generator = new Generator(seed, $"rows-{cut}");
            float[] others = [.. values[..known], .. values[known..].Select(_ => (float)((4 * generator.NextDouble()) - 2))];
            foreach (var network in trained.Seeds.Select(s => s.Network))
            {
                var (skip, width) = (trained.SequenceLength - 1, network.Shape.Outputs);
                var before = cut + 1 - first;
                var (answered, replaced, cutOff) = (new float[(rows - skip) * width], new float[(rows - skip) * width], new float[before * width]);
                Answers(network, values, skip, rows - skip, answered);
                Answers(network, others, skip, rows - skip, replaced);
                Answers(network, values.AsSpan(0, known), skip, before, cutOff);
                compared += before;
                for (var i = 0; i < before; i++)
                {
                    if (whole[skip + i] && !(Same(answered, replaced, i, width) && Same(answered, cutOff, i, width)))
                    {
                        leaks.Add(new Leak(LeakKind.Decision, "model", bars.Timeframe.Name, first + i, cut));
                        break;
                    }
                }
            }
        }

        return new LookaheadReport(_futures.Value.CutPoints, [new CheckedNode(LeakKind.Decision, "model", bars.Timeframe.Name, compared)], [.. leaks.Distinct()]);
    }

    /// <summary>From a model's answers to decisions and fills of the seed that is shown: after a cut both the bars and the answers are others.</summary>
    public LookaheadReport OfTrading(BacktestRun run)
    {
        var futures = _futures.Value;
        if (run.Headline.Symbols.FirstOrDefault(s => ReferenceEquals(s.Bars, market.Primary)) is not { Decisions: ModelDecisions decisions } traded)
        {
            return new LookaheadReport([], [], []);
        }

        var timeframe = market.Primary.Timeframe.Name;
        var original = Nodes(market.Primary, decisions);
        var leaks = futures.Changed.SelectMany(future =>
        {
            var bars = future.Inputs.Bars[timeframe];
            var known = FeatureInputs.KnownAt(market.Primary, future.Now);
            var others = decisions.InAnotherFuture(known, bars.Count, new Generator(seed, $"answers-{future.Cut}"));
            return PerturbationProof.Check(futures.Inputs, [future], given => ReferenceEquals(given, future.Inputs) ? Nodes(bars, others) : original);
        });
        return new LookaheadReport(futures.CutPoints, Checked(original), [.. leaks.Distinct()]);

        IReadOnlyList<ProofNode> Nodes(BarSeries bars, ModelDecisions answers) => StrategyProof.OfDecisions(timeframe, bars, answers, run.Options, traded.Start, 0, Fills);
    }

    private static bool Same(float[] a, float[] b, int row, int width)
    {
        for (var i = row * width; i < (row + 1) * width; i++)
        {
            if (BitConverter.SingleToInt32Bits(a[i]) != BitConverter.SingleToInt32Bits(b[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static IReadOnlyList<CheckedNode> Checked(IReadOnlyList<ProofNode> nodes) => [.. nodes.Select(n => new CheckedNode(n.Kind, n.Name, n.Timeframe, n.Count))];

    private LookaheadReport Prove(StrategyDocument variant)
    {
        var futures = _futures.Value;
        var timeframe = market.Primary.Timeframe.Name;

        // As the variants see them, remembered indicators included; what is made of other bars is made anew, wider timeframes too.
        var seen = new StrategyProof(variant, timeframe) { Compute = memory.Compute }.Nodes(market.InputsOf(variant, 0));
        var anew = new StrategyProof(variant, timeframe) { Compute = memory.Computation };
        var leaks = PerturbationProof.Check(
            futures.Inputs, futures.Changed, given => ReferenceEquals(given, futures.Inputs) ? seen : anew.Nodes(RunProof.InputsOf(variant, given, timeframe, timeframe)));
        return new LookaheadReport(futures.CutPoints, Checked(seen), leaks);
    }

    /// <summary>What the features of a document are made of.</summary>
    private sealed record FeatureSet(
        TrainingDataSpec Data, Sequence<ContextDataSpec> Context, Sequence<IndicatorSpec> Indicators, Sequence<FuzzySetSpec> FuzzySets, Sequence<NnInput> Inputs, bool HasOwnMemberships)
    {
        public static FeatureSet Of(StrategyDocument document) =>
            new(document.TrainingData, document.ContextData, document.Indicators, document.FuzzySets, document.Inputs, document.Model.Kind == ModelKind.Tsk);
    }

    /// <summary>The bars as they are and as they might have gone on, made once.</summary>
    private sealed record Futures(FeatureInputs Inputs, IReadOnlyList<int> CutPoints, IReadOnlyList<ChangedFuture> Changed)
    {
        public static Futures Of(MarketView market, long start, ulong seed)
        {
            var (bars, timeframe) = (market.Primary, market.Primary.Timeframe.Name);
            var inputs = new FeatureInputs(new SortedDictionary<string, BarSeries>(StringComparer.Ordinal) { [timeframe] = bars }) { Context = market.Context };
            var cuts = PerturbationProof.SampleCutPoints(bars.LowerBound(start), bars.Count, SweepProof.CutPoints, seed);
            return new Futures(inputs, cuts, [.. PerturbationProof.Futures(inputs, timeframe, cuts, seed)]);
        }
    }
}
