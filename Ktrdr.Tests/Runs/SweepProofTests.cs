using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Runs;

/// <summary>Each link of a sweep's chain finds the leak that is planted in it, and nothing where there is none.</summary>
public sealed class SweepProofTests
{
    private static readonly MarketView Market = new(SyntheticMarket.Planted(5, 1_500, symbol: "SYNTH"));
    private static readonly long Start = Market.Primary.Times[900];
    private static readonly TrainedStrategy Trained = Trainings.Train(RunDocuments.Parse(RunDocuments.Reversion), Market, Start, 1, 2);

    [Fact]
    public void OfFeatures_WiderTimeframe_IsMadeAnewOfTheChangedBars()
    {
        var document = RunDocuments.Parse(RunDocuments.Reversion
            .Replace("{mode: single, timeframe: 1h}", "{mode: multi_timeframe, list: [1h, 4h], base_timeframe: 1h}", StringComparison.Ordinal));
        var memory = new IndicatorMemory();

        var report = Proof(memory).OfFeatures(document);

        Assert.Empty(report.Leaks);
        Assert.Contains(report.Nodes, n => n is { Kind: LeakKind.Indicator, Timeframe: "4h", Values: >= 375 });
        Assert.Equal(4, memory.Computed);
    }

    [Fact]
    public void OfFeatures_SameFeatures_AreProvenOnce()
    {
        var proof = Proof(new IndicatorMemory());
        var first = proof.OfFeatures(Trained.Strategy);

        Assert.Same(first, proof.OfFeatures(Trained.Strategy with { Decisions = new DecisionSpec(), Costs = null, Model = Trained.Strategy.Model with { HiddenLayers = [4] } }));
        Assert.NotSame(first, proof.OfFeatures(Trained.Strategy with { Model = Trained.Strategy.Model with { Kind = ModelKind.Tsk } }));
        Assert.Equal(2, proof.FeatureSets);
    }

    [Fact]
    public void OfModel_SoundNetworks_HaveNoLeak()
    {
        var report = Proof(new IndicatorMemory()).OfModel(Trained);

        Assert.Empty(report.Leaks);
        Assert.True(Assert.Single(report.Nodes).Values > 500);
    }

    [Fact]
    public void OfModel_AnswersWithTheNextRow_AreNamed()
    {
        var network = Network.Initialize(new RecurrentShape(RecurrentCell.Gru, 5, 4, 1, 3, 3, 0), 7);
        var sound = Trained with { Seeds = [new TrainedSeed(7, network, null)] };

        Assert.Empty(Proof(new IndicatorMemory()).OfModel(sound).Leaks);
        var proof = new SweepProof(Market, Start, new IndicatorMemory(), 3)
        {
            Answers = (n, matrix, first, count, outputs) =>
            {
                var ahead = Math.Min(count, (matrix.Length / n.Shape.Inputs) - first - 1);
                n.Predict(matrix, first + 1, ahead, outputs);
                n.Predict(matrix, first + count - 1, count - ahead, outputs[(ahead * n.Shape.Outputs)..]);
            },
        };
        var leaks = proof.OfModel(sound).Leaks;

        Assert.Equal(SweepProof.CutPoints, leaks.Count);
        Assert.All(leaks, l => Assert.Equal((LeakKind.Decision, "model", l.CutPoint), (l.Kind, l.Node, l.Index)));
    }

    [Fact]
    public void OfTrading_FillsThatKnowTheNextClose_AreNamed()
    {
        var eager = Trained with { Strategy = Trained.Strategy with { Decisions = Trained.Strategy.Decisions with { ConfidenceThreshold = 0, MinSignalSeparation = new SignalSeparation(1, SeparationUnit.Bars) }, Exits = new ExitSpec(TimeBars: 6) } };
        var run = BacktestRun.Of(eager, Market, Start, BacktestOptions.From(eager.Strategy));
        Assert.True(run.Headline.Result.Fills.Count > 20);

        var sound = Proof(new IndicatorMemory()).OfTrading(run);
        var leaks = new SweepProof(Market, Start, new IndicatorMemory(), 3)
        {
            Fills = (bars, decisions) => [.. Backtester.Run(bars, run.Start, bars.Count, decisions, run.Options).Fills.Select(f => f with { Price = bars.Close[^1] })],
        }.OfTrading(run).Leaks;

        Assert.Empty(sound.Leaks);
        Assert.Equal(["decision", "fill"], sound.Nodes.Select(n => n.Node));
        Assert.Equal(600, sound.Nodes[0].Values);
        Assert.NotEmpty(leaks);
        Assert.All(leaks, l => Assert.Equal((LeakKind.Fill, "fill"), (l.Kind, l.Node)));
    }

    private static SweepProof Proof(IndicatorMemory memory) => new(Market, Start, memory, 3);
}
