using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// The future-perturbation proof of a backtest, on a sample of cut points of its window: every node from the indicators to the fills, over the bars of each symbol that has some in the window,
/// and that the run was decided by what was proven.
/// </summary>
public static class RunProof
{
    /// <summary>Leaks of a trained strategy, by its primary seed, then those between the networks and what decided each seed's run.</summary>
    /// <param name="run">What the strategy did.</param>
    /// <param name="cutPoints">How many of each symbol.</param>
    /// <param name="seed">Decides the cut points and the changes.</param>
    public static IReadOnlyList<Leak> Of(TrainedStrategy trained, BacktestRun run, int cutPoints, ulong seed) =>
        OfEachSymbol(run, (market, start) => Of(trained, run, market, start, cutPoints, seed));

    /// <summary>Leaks of an ensemble: those of every active member, then of the routing and of the fills, then those between the routing and what decided the run that is shown.</summary>
    /// <inheritdoc cref="Of(TrainedStrategy, BacktestRun, int, ulong)"/>
    public static IReadOnlyList<Leak> Of(TrainedEnsemble ensemble, BacktestRun run, int cutPoints, ulong seed) =>
        OfEachSymbol(run, (market, start) => Of(ensemble, run, market, start, cutPoints, seed));

    private static IReadOnlyList<Leak> OfEachSymbol(BacktestRun run, Func<MarketView, int, IReadOnlyList<Leak>> leaks)
    {
        var symbols = run.Market.Alone;
        return symbols.Count == 1
            ? leaks(symbols[0], run.Start)
            : [.. symbols.Zip(run.Starts).Where(s => s.Second < s.First.Primary.Count).SelectMany(s => leaks(s.First, s.Second).Select(leak => leak.Of(s.First.Primary.Symbol)))];
    }

    private static IReadOnlyList<Leak> Of(TrainedStrategy trained, BacktestRun run, MarketView market, int start, int cutPoints, ulong seed)
    {
        var timeframe = market.Primary.Timeframe.Name;
        var proof = new StrategyProof(trained.Strategy, timeframe)
        {
            Model = features => Answer(trained, features),
            Normalization = trained.Normalization,
            Options = run.Options,
            Start = start,
        };
        var cuts = PerturbationProof.SampleCutPoints(start, market.Primary.Count, cutPoints, seed);
        var ran = RunAnswers.Of(trained, market, cuts).Check(run);
        return [.. Check(market, cuts, seed, given => proof.Nodes(InputsOf(trained.Strategy, given, timeframe, timeframe))), .. ran.Leaks];
    }

    private static IReadOnlyList<Leak> Of(TrainedEnsemble ensemble, BacktestRun run, MarketView market, int start, int cutPoints, ulong seed)
    {
        var (bars, timeframe) = (market.Primary, ensemble.BaseTimeframe);
        var traded = RunAnswers.Traded(run.Headline, bars);
        var ran = StrategyProof.OfDecisions(timeframe, bars, traded.Decisions, run.Options, start, 0)[0];
        var cuts = PerturbationProof.SampleCutPoints(start, bars.Count, cutPoints, seed);
        ProofNode? proven = null;
        var leaks = Check(market, cuts, seed, given =>
        {
            var nodes = Nodes(ensemble, given, start, run.Options);
            proven ??= nodes[^2];
            return nodes;
        });
        var between = cuts.Select(cut => (Cut: cut, Row: ProofNode.FirstDifference(proven!, ran, FutureChange.Perturbed, bars.AvailableAt(cut)))).Where(d => d.Row is not null);
        return [.. leaks, .. between.Select(d => new Leak(LeakKind.Decision, "answers", timeframe, d.Row!.Value, d.Cut))];
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

    private static IReadOnlyList<Leak> Check(MarketView market, IReadOnlyList<int> cuts, ulong seed, Func<FeatureInputs, IReadOnlyList<ProofNode>> nodes)
    {
        // Wider timeframes are made anew of the changed bars, so that the resampling is under proof too.
        var timeframe = market.Primary.Timeframe.Name;
        var inputs = new FeatureInputs(new Dictionary<string, BarSeries>(StringComparer.Ordinal) { [timeframe] = market.Primary }) { Context = market.Context };
        return PerturbationProof.Check(inputs, timeframe, cuts, seed, nodes);
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
