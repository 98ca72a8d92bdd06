using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>The future-perturbation proof of a backtest, on a sample of cut points of its window: every node from the indicators to the fills, over the first symbol's bars.</summary>
public static class RunProof
{
    /// <summary>Leaks of a trained strategy, by its primary seed.</summary>
    /// <param name="market">As the run saw it.</param>
    /// <param name="start">First bar of the window.</param>
    /// <param name="cutPoints">How many.</param>
    /// <param name="seed">Decides the cut points and the changes.</param>
    public static IReadOnlyList<Leak> Of(TrainedStrategy trained, MarketView market, int start, BacktestOptions options, int cutPoints, ulong seed)
    {
        var timeframe = market.Primary.Timeframe.Name;
        var proof = new StrategyProof(trained.Strategy, timeframe)
        {
            Model = features => Answer(trained, features),
            Normalization = trained.Normalization,
            Options = options,
            Start = start,
        };
        return Check(market, start, cutPoints, seed, given => proof.Nodes(InputsOf(trained.Strategy, given, timeframe, timeframe)));
    }

    /// <summary>Leaks of an ensemble: those of every active member, then of the routing and of the fills.</summary>
    public static IReadOnlyList<Leak> Of(TrainedEnsemble ensemble, MarketView market, int start, BacktestOptions options, int cutPoints, ulong seed) =>
        Check(market, start, cutPoints, seed, given => Nodes(ensemble, given, start, options));

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

    private static IReadOnlyList<Leak> Check(MarketView market, int start, int cutPoints, ulong seed, Func<FeatureInputs, IReadOnlyList<ProofNode>> nodes)
    {
        // Wider timeframes are made anew of the changed bars, so that the resampling is under proof too.
        var timeframe = market.Primary.Timeframe.Name;
        var inputs = new FeatureInputs(new Dictionary<string, BarSeries>(StringComparer.Ordinal) { [timeframe] = market.Primary }) { Context = market.Context };
        return PerturbationProof.Check(inputs, timeframe, PerturbationProof.SampleCutPoints(start, market.Primary.Count, cutPoints, seed), seed, nodes);
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
