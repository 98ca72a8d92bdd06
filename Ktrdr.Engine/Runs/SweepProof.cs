using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// The future-perturbation proof of a sweep's variants, in links, each made once for all that share it: bars to scaled features, once per distinct set of features; rows to what a network
/// answers, once per training; for each variant that its run was decided by just these answers, and answers to decisions and fills. Where no link lets the future through, the chain does not.
/// Each symbol of a sweep has a proof of its own; the cut points lie in the window.
/// </summary>
/// <param name="market">Bars of one symbol that end with the window.</param>
/// <param name="start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
/// <param name="memory">Indicators computed before.</param>
/// <param name="seed">Decides the cut points and the changes.</param>
internal sealed class SweepProof(MarketView market, long start, IndicatorMemory memory, ulong seed)
{
    /// <summary>Cut points of the window that every link is tried at.</summary>
    public const int CutPoints = 2;

    private readonly ConcurrentDictionary<FeatureSet, Lazy<LookaheadReport>> _features = new();
    private readonly Lazy<(SweepFutures Futures, FeatureProof Features)> _made = new(() =>
    {
        var futures = new SweepFutures(market, start, seed);
        return (futures, new FeatureProof(market, futures, memory));
    });

    private readonly ConcurrentBag<TradingProof> _idle = [];

    /// <summary>How decisions become fills; another way plants a leak.</summary>
    internal Func<BarSeries, IDecisions, IReadOnlyList<Fill>>? Fills { get; init; }

    /// <summary>How a network answers; another way plants a leak.</summary>
    internal NetworkAnswers Answers { get; init; } = (network, matrix, firstRow, rowCount, outputs) => network.Predict(matrix, firstRow, rowCount, outputs);

    /// <inheritdoc cref="Network.Predict(ReadOnlySpan{float}, int, int, Span{float})"/>
    internal delegate void NetworkAnswers(Network network, ReadOnlySpan<float> matrix, int firstRow, int rowCount, Span<float> outputs);

    /// <summary>Whose bars are changed.</summary>
    public string Symbol => market.Primary.Symbol;

    /// <summary>How many sets of features were proven until now.</summary>
    public int FeatureSets => _features.Count;

    /// <summary>From bars to scaled features, by whichever variant asks first.</summary>
    /// <exception cref="InvalidInputException">The bars do not suit the variant.</exception>
    public LookaheadReport OfFeatures(StrategyDocument variant) =>
        _features.GetOrAdd(FeatureSet.Of(variant), _ => new Lazy<LookaheadReport>(() => _made.Value.Features.Of(variant))).Value;

    /// <summary>From scaled features to what each seed's network answers: rows after a cut are replaced, then left out.</summary>
    public LookaheadReport OfModel(TrainedStrategy trained)
    {
        var bars = market.Primary;
        using var stream = FeatureStream.Open(trained.Strategy, market.InputsOf(trained.Strategy, 0), bars.Timeframe.Name, trained.Normalization, memory);
        var (leaks, tried) = (new List<Leak>(), new List<int>());
        var compared = 0;
        var (skip, width) = (trained.SequenceLength - 1, trained.PrimarySeed.Network.Shape.Outputs);

        var longest = skip + (2 * SweepFutures.RowsAround) + 1;
        var (values, others) = (ArrayPool<float>.Shared.Rent(longest * stream.Columns), ArrayPool<float>.Shared.Rent(longest * stream.Columns));
        var answers = ArrayPool<float>.Shared.Rent(3 * longest * width);
        // No row before the first whole window has an answer.
        foreach (var cut in _made.Value.Futures.CutPoints.Where(cut => cut >= skip))
        {
            var first = Math.Max(skip, cut - SweepFutures.RowsAround);
            var origin = first - skip;
            var rows = Math.Min(stream.Rows, cut + 1 + SweepFutures.RowsAround) - origin;
            var (before, size, known) = (cut + 1 - first, rows * stream.Columns, (cut + 1 - origin) * stream.Columns);
            var ready = new bool[rows];
            stream.Fill(origin, values.AsSpan(0, size), ready);
            var whole = FeatureMatrix.WindowReady(ready, stream.StartsRun[origin..(origin + rows)], trained.SequenceLength);
            if (whole.AsSpan(skip, before).Contains(true))
            {
                tried.Add(cut);
            }

            values.AsSpan(0, known).CopyTo(others);
            var generator = new Generator(seed, $"rows-{cut}");
            foreach (ref var other in others.AsSpan(known, size - known))
            {
                other = (float)((4 * generator.NextDouble()) - 2);
            }

            var length = (rows - skip) * width;
            var answered = answers.AsSpan(0, length);
            var replaced = answers.AsSpan(length, length);
            var cutOff = answers.AsSpan(2 * length, before * width);
            foreach (var trainedSeed in trained.Seeds)
            {
                Answers(trainedSeed.Network, values.AsSpan(0, size), skip, rows - skip, answered);
                Answers(trainedSeed.Network, others.AsSpan(0, size), skip, rows - skip, replaced);
                Answers(trainedSeed.Network, values.AsSpan(0, known), skip, before, cutOff);
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

        ArrayPool<float>.Shared.Return(values);
        ArrayPool<float>.Shared.Return(others);
        ArrayPool<float>.Shared.Return(answers);
        return new LookaheadReport([_made.Value.Futures.TriedAt(tried)], [new CheckedNode(LeakKind.Decision, "model", bars.Timeframe.Name, compared)], [.. leaks.Distinct()]);
    }

    /// <summary>What a training's networks answer at the cut points, to hold every run of it against.</summary>
    public RunAnswers AnswersOf(TrainedStrategy trained) => RunAnswers.Of(trained, market, _made.Value.Futures.CutPoints, memory);

    /// <summary>From a model's answers to decisions and fills of the seed that is shown: after a cut both the bars and the answers are others.</summary>
    /// <exception cref="InvalidInputException">The run has no bar of the symbol.</exception>
    public LookaheadReport OfTrading(BacktestRun run)
    {
        var traded = RunAnswers.Traded(run.Headline, market.Primary);
        var decisions = RunAnswers.DecisionsOf(traded);
        var proof = _idle.TryTake(out var idle) ? idle : new TradingProof(_made.Value.Futures, seed);
        var report = proof.Of(run, traded, decisions, Fills);
        _idle.Add(proof);
        return report;
    }

    private static bool Same(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int row, int width) =>
        MemoryMarshal.Cast<float, int>(a.Slice(row * width, width)).SequenceEqual(MemoryMarshal.Cast<float, int>(b.Slice(row * width, width)));

    /// <summary>What the features of a document are made of.</summary>
    private sealed record FeatureSet(
        TrainingDataSpec Data, Sequence<ContextDataSpec> Context, Sequence<IndicatorSpec> Indicators, Sequence<FuzzySetSpec> FuzzySets, Sequence<NnInput> Inputs, bool HasOwnMemberships)
    {
        public static FeatureSet Of(StrategyDocument document) =>
            new(document.TrainingData, document.ContextData, document.Indicators, document.FuzzySets, document.Inputs, document.Model.Kind == ModelKind.Tsk);
    }
}
