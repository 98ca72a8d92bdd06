using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// The future-perturbation proof of a backtest or a training, on a sample of cut points of its window: every node from the indicators to the fills, over the bars of each symbol that has some
/// in the window, and that the run was decided by what was proven.
/// </summary>
public static class RunProof
{
    /// <summary>Leaks of a trained strategy, by its primary seed, then those between the networks and what decided each seed's run.</summary>
    /// <param name="run">What the strategy did.</param>
    /// <param name="cutPoints">How many of each symbol, from the first row on that is decided; fewer where its window has fewer.</param>
    /// <param name="seed">Decides the cut points and the changes.</param>
    /// <returns>Each symbol of the run with what it was tried at, or why it was not.</returns>
    public static LookaheadReport Of(TrainedStrategy trained, BacktestRun run, int cutPoints, ulong seed) =>
        OfEachSymbol(run.Market, run.Starts, (market, start) => Of(trained, run, market, start, cutPoints, seed));

    /// <summary>Leaks of an ensemble: those of every active member, then of the routing and of the fills, then those between the routing and what decided the run that is shown.</summary>
    /// <inheritdoc cref="Of(TrainedStrategy, BacktestRun, int, ulong)"/>
    public static LookaheadReport Of(TrainedEnsemble ensemble, BacktestRun run, int cutPoints, ulong seed) =>
        OfEachSymbol(run.Market, run.Starts, (market, start) => Of(ensemble, run, market, start, cutPoints, seed));

    /// <summary>
    /// Leaks of a training over its window, from the bars to what the networks answer: <see cref="SweepProof.CutPoints"/> cut points of each symbol. Its folds have been proven as they were
    /// run (<see cref="FoldProof"/>) and are named among the nodes.
    /// </summary>
    /// <param name="trained">What came of it.</param>
    /// <param name="market">Bars that end with the window.</param>
    /// <param name="start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
    /// <param name="seed">Decides the cut points and the changes.</param>
    /// <param name="memory">The training's own indicators, which are then those that are held against the ones computed anew; null: computed once more.</param>
    /// <param name="folds">Its folds.</param>
    /// <exception cref="InvalidInputException">The bars do not suit the strategy.</exception>
    public static LookaheadReport OfTraining(TrainedStrategy trained, MarketView market, long start, ulong seed, IndicatorMemory? memory = null, IReadOnlyList<FoldOutcome>? folds = null)
    {
        var report = OfTraining(trained, market, start, seed, () => memory ?? new IndicatorMemory());
        return folds is null ? report : report with { Nodes = [.. report.Nodes, .. folds.Select(f => new CheckedNode(LeakKind.Normalization, $"fold {f.Number}", market.Primary.Timeframe.Name, f.TrainRows))] };
    }

    /// <param name="memory">Of each symbol; one that computes otherwise plants a leak.</param>
    internal static LookaheadReport OfTraining(TrainedStrategy trained, MarketView market, long start, ulong seed, Func<IndicatorMemory> memory) =>
        OfEachSymbol(market, [.. market.Symbols.Select(bars => bars.LowerBound(start))], (alone, first) =>
        {
            var indicators = memory();
            var proof = new SweepProof(alone, Math.Max(start, FirstAnswered(trained, alone, indicators)), indicators, seed);
            var report = LookaheadReport.Join(proof.OfFeatures(trained.Strategy), proof.OfModel(trained));
            return report with { Symbols = [TriedSymbol.Of(alone.Primary, first, report.CutPoints)] };
        });

    /// <summary>Refuses a run that traded a symbol at which nothing could be tried: it would pass unseen. Where none of its orders was filled, there is nothing to pass with.</summary>
    /// <returns>The report.</returns>
    /// <exception cref="InvalidInputException">There is such a symbol.</exception>
    public static LookaheadReport RequireTried(LookaheadReport report, BacktestRun run)
    {
        var traded = run.Seeds.SelectMany(seed => seed.Result.Trades.Select(trade => seed.Symbols[trade.Symbol].Bars.Symbol)).ToHashSet(StringComparer.Ordinal);
        var untried = report.Symbols.Where(s => s.CutPoints.Count == 0 && traded.Contains(s.Symbol)).ToList();
        return untried.Count == 0 ? report : throw new InvalidInputException([.. untried.Select(s => new Problem(
            "unproven", "window", $"window: orders of {s.Symbol} were filled, and nothing could be tried to see whether they know the future ({s.NotTried}); allowed: a longer window."))]);
    }

    private static LookaheadReport OfEachSymbol(MarketView market, IReadOnlyList<int> starts, Func<MarketView, int, LookaheadReport> prove)
    {
        var symbols = market.Alone;
        return symbols.Count == 1 ? prove(symbols[0], starts[0]) : LookaheadReport.Beside([.. symbols.Zip(starts, (alone, start) => start < alone.Primary.Count
            ? prove(alone, start).Of(alone.Primary.Symbol)
            : new LookaheadReport([TriedSymbol.Of(alone.Primary, start, [])], [], []))]);
    }

    private static LookaheadReport Of(TrainedStrategy trained, BacktestRun run, MarketView market, int start, int cutPoints, ulong seed)
    {
        var timeframe = market.Primary.Timeframe.Name;
        var proof = new StrategyProof(trained.Strategy, timeframe)
        {
            Model = features => Answer(trained, features),
            Normalization = trained.Normalization,
            Options = run.Options,
            Start = start,
        };
        var cuts = PerturbationProof.SampleCutPoints(FirstDecided(RunAnswers.Traded(run.Headline, market.Primary)), market.Primary.Count, cutPoints, seed);
        return LookaheadReport.Join(
            Check(market, start, cuts, seed, given => proof.Nodes(InputsOf(trained.Strategy, given, timeframe, timeframe))), RunAnswers.Of(trained, market, cuts).Check(run));
    }

    private static LookaheadReport Of(TrainedEnsemble ensemble, BacktestRun run, MarketView market, int start, int cutPoints, ulong seed)
    {
        var (bars, timeframe) = (market.Primary, ensemble.BaseTimeframe);
        var traded = RunAnswers.Traded(run.Headline, bars);
        var ran = StrategyProof.OfDecisions(timeframe, bars, traded.Decisions, run.Options, start, 0)[0];
        var cuts = PerturbationProof.SampleCutPoints(FirstDecided(traded), bars.Count, cutPoints, seed);
        ProofNode? proven = null;
        var report = Check(market, start, cuts, seed, given =>
        {
            var nodes = Nodes(ensemble, given, start, run.Options);
            proven ??= nodes[^2];
            return nodes;
        });
        var between = cuts.Select(cut => (Cut: cut, Row: ProofNode.FirstDifference(proven!, ran, FutureChange.Perturbed, bars.AvailableAt(cut)))).Where(d => d.Row is not null);
        return report with
        {
            Nodes = [.. report.Nodes, new CheckedNode(LeakKind.Decision, "answers", timeframe, ran.Count)],
            Leaks = [.. report.Leaks, .. between.Select(d => new Leak(LeakKind.Decision, "answers", timeframe, d.Row!.Value, d.Cut))],
        };
    }

    /// <summary>Open time of the first bar of a symbol that a training's networks can answer; of its first bar if there is none.</summary>
    private static long FirstAnswered(TrainedStrategy trained, MarketView market, IndicatorMemory memory)
    {
        const int tile = 1024;
        var bars = market.Primary;
        using var stream = FeatureStream.Open(trained.Strategy, market.InputsOf(trained.Strategy, 0), bars.Timeframe.Name, trained.Normalization, memory);
        var values = new float[tile * stream.Columns];
        for (var from = 0; from < stream.Rows; from += tile)
        {
            var ready = new bool[Math.Min(tile, stream.Rows - from)];
            stream.Fill(from, values.AsSpan(0, ready.Length * stream.Columns), ready);
            if (Array.IndexOf(ready, true) is >= 0 and var first)
            {
                return bars.Times[Math.Min(from + first + trained.SequenceLength - 1, bars.Count - 1)];
            }
        }

        return bars.Times[0];
    }

    /// <summary>The first row of a run that has answers; before it nothing is decided, and a cut would try nothing.</summary>
    private static int FirstDecided(SymbolRun traded)
    {
        var row = traded.Start;
        while (row < traded.EndExclusive && traded.Decisions.Decide(new DecisionMoment(row, traded.Bars.Times[row], PositionSide.Flat, -1, 0)).Reason == HoldReason.NotReady)
        {
            row++;
        }

        return row;
    }

    internal static IReadOnlyList<ProofNode> Nodes(TrainedEnsemble ensemble, FeatureInputs given, int start, BacktestOptions options, Func<BarSeries, BarSeries, int[]>? align = null)
    {
        var timeframe = ensemble.BaseTimeframe;
        var bars = given.Bars[timeframe];
        var nodes = new List<ProofNode>();
        var answers = new Dictionary<string, MemberAnswers>(StringComparer.Ordinal);
        foreach (var id in ensemble.Active)
        {
            var member = ensemble.Member(id);
            var own = TrainedEnsemble.TimeframeOf(member);
            var inputs = InputsOf(member.Strategy, given, timeframe, own);
            var proof = new StrategyProof(member.Strategy, own)
            {
                Model = features =>
                {
                    var answer = new MemberAnswers(Outputs(member, features), features.WindowReady(member.SequenceLength));
                    answers[id] = own == timeframe ? answer : answer.Spread((align ?? FeatureAlignment.Align)(bars, inputs.Bars[own]));
                    return new ModelAnswer(answer.Outputs, null);
                },
                Normalization = member.Normalization,
            };
            var first = nodes.Count;
            nodes.AddRange(proof.Nodes(inputs).Select(node => node.OfMember(id, first)));
        }

        var router = ensemble.Router(bars, Math.Min(start, bars.Count), answers);
        nodes.AddRange(StrategyProof.OfDecisions(timeframe, bars, router, options, start, nodes.Count));
        return nodes;
    }

    private static LookaheadReport Check(MarketView market, int start, IReadOnlyList<int> cuts, ulong seed, Func<FeatureInputs, IReadOnlyList<ProofNode>> nodes)
    {
        // Wider timeframes are made anew of the changed bars, so that the resampling is under proof too.
        var timeframe = market.Primary.Timeframe.Name;
        var inputs = new FeatureInputs(new Dictionary<string, BarSeries>(StringComparer.Ordinal) { [timeframe] = market.Primary }) { Context = market.Context };
        return LookaheadReport.Of(inputs, timeframe, start, cuts, seed, nodes);
    }

    /// <summary>The bars of every timeframe that a strategy reads, made of those of the base timeframe.</summary>
    internal static FeatureInputs InputsOf(StrategyDocument strategy, FeatureInputs given, string baseTimeframe, string ownTimeframe)
    {
        var bars = new Dictionary<string, BarSeries>(MarketView.Timeframes(strategy, given.Bars[baseTimeframe]), StringComparer.Ordinal);
        if (!bars.ContainsKey(ownTimeframe))
        {
            bars.Add(ownTimeframe, Resampler.Resample(given.Bars[baseTimeframe], Timeframe.Parse(ownTimeframe)).Bars);
        }

        return new FeatureInputs(bars) { Context = given.Context };
    }

    private static float[] Outputs(TrainedStrategy trained, FeatureMatrix features)
    {
        var network = trained.PrimarySeed.Network;
        var outputs = new float[features.Rows * network.Shape.Outputs];
        var first = trained.SequenceLength - 1;
        if (features.Rows > first)
        {
            network.Predict(features.Values, first, features.Rows - first, outputs.AsSpan(first * network.Shape.Outputs));
        }

        return outputs;
    }

    private static ModelAnswer Answer(TrainedStrategy trained, FeatureMatrix features)
    {
        var outputs = Outputs(trained, features);
        return new ModelAnswer(outputs, new ModelDecisions(new DecisionFunction(trained.Strategy.Decisions), outputs, features.WindowReady(trained.SequenceLength)));
    }
}
