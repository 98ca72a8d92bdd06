using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Runs;

/// <summary>What the proof of a run or a training was tried at, and that an empty one passes for nothing.</summary>
public sealed class RunProofTests
{
    private static readonly MarketView Market = new(SyntheticMarket.Planted(5, 1_500, symbol: "SYNTH"));
    private static readonly MarketView Two = new([Market.Primary, Trainings.Bars("OTHER", SyntheticMarket.Planted(6, 1_500, symbol: "SYNTH"))]);
    private static readonly long Start = Market.Primary.Times[900];
    private static readonly StrategyDocument Document = RunDocuments.Parse(RunDocuments.Reversion);
    private static readonly StrategyDocument OfTwo = StrategyReader.Parse(RunDocuments.Reversion.Replace("{mode: single, symbol: SYNTH}", "{mode: multi_symbol, list: [SYNTH, OTHER]}", StringComparison.Ordinal));
    private static readonly TrainedStrategy Trained = Trainings.Train(Document, Market, Start, 1, 2);

    [Fact]
    public void Of_Window_IsTriedAtAsManyCutPointsAsAskedFor()
    {
        var run = Run(Trained, Market, Start);

        var report = RunProof.Of(Trained, run, 4, 3);

        Assert.Empty(report.Leaks);
        var symbol = Assert.Single(report.Symbols);
        Assert.Equal(("SYNTH", 4, null), (symbol.Symbol, symbol.CutPoints.Count, symbol.NotTried));
        Assert.All(symbol.CutPoints, cut => Assert.InRange(cut, 900, 1_498));
        Assert.Equal(["rsi_14", "roc_5", "answers", "decision", "fill"], report.Nodes.Where(n => n.Kind is LeakKind.Indicator or LeakKind.Decision or LeakKind.Fill).Select(n => n.Node).OrderBy(n => Array.IndexOf(["rsi_14", "roc_5", "answers", "decision", "fill"], n)));
        Assert.All(report.Nodes, n => Assert.True(n.Values > 0, n.Node));
        Assert.Same(report, RunProof.RequireTried(report, run));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    public void Of_ShortWindow_CountsWhatCouldBeTried(int bars, int cutPoints)
    {
        var market = Market.Before(Market.Primary.Times[900 + bars]);
        var run = Run(Trained, market, Start);

        var report = RunProof.Of(Trained, run, 4, 3);

        Assert.Equal(cutPoints, report.CutPoints.Count);
        Assert.Empty(report.Leaks);
        Assert.Equal(cutPoints == 0, report.Summary.StartsWith("Nothing could be tried", StringComparison.Ordinal));
        Assert.Equal(cutPoints == 0 ? "its window is one bar, and nothing comes after it" : null, report.Symbols[0].NotTried);
        Assert.Same(report, RunProof.RequireTried(report, run));
    }

    [Fact]
    public void Of_WindowInsideTheWarmUp_IsNotTried()
    {
        var market = Market.Before(Market.Primary.Times[12]);
        var run = Run(Trained, market, long.MinValue);

        var report = RunProof.Of(Trained, run, 4, 3);

        Assert.Empty(report.CutPoints);
        Assert.Equal("no row of the window before its last has all features at a cut point", report.Symbols[0].NotTried);
    }

    [Fact]
    public void Of_WindowThatBeginsInTheWarmUp_IsCutWhereThereAreAnswers()
    {
        var market = Market.Before(Market.Primary.Times[20]);

        var report = RunProof.Of(Trained, Run(Trained, market, long.MinValue), 4, 3);

        Assert.NotEmpty(report.CutPoints);
        Assert.All(report.CutPoints, cut => Assert.InRange(cut, 14, 18));
    }

    [Fact]
    public void Of_RecurrentModel_IsCutWhereAWholeWindowOfRowsLiesBefore()
    {
        var network = Network.Initialize(new RecurrentShape(RecurrentCell.Gru, 5, 4, 1, 150, 3, 0), 7);
        var trained = Trained with { Seeds = [new TrainedSeed(7, network, null)] };
        var market = Market.Before(Market.Primary.Times[200]);

        var report = RunProof.Of(trained, Run(trained, market, long.MinValue), 4, 3);

        Assert.Equal(4, report.CutPoints.Count);
        Assert.All(report.CutPoints, cut => Assert.InRange(cut, 149, 198));
    }

    [Fact]
    public void Of_SymbolsWithoutBarsInTheWindow_AreNamedAsNotTried()
    {
        var trained = Trainings.Train(OfTwo, Two, Start, 1);
        var gone = new MarketView([Two.Symbols[0], Two.Symbols[1].Slice(0, 900)]);
        var one = new MarketView([Two.Symbols[0], Two.Symbols[1].Slice(0, 901)]);

        Assert.Equal([("SYNTH", 4, null), ("OTHER", 4, null)], Tried(Two));
        Assert.Equal([("SYNTH", 4, null), ("OTHER", 0, "no bar of it lies in the window")], Tried(gone));
        Assert.Equal([("SYNTH", 4, null), ("OTHER", 0, "its window is one bar, and nothing comes after it")], Tried(one));

        IEnumerable<(string, int, string?)> Tried(MarketView market)
        {
            var run = Run(trained, market, Start);
            return RunProof.RequireTried(RunProof.Of(trained, run, 4, 3), run).Symbols.Select(s => (s.Symbol, s.CutPoints.Count, s.NotTried));
        }
    }

    [Fact]
    public void RequireTried_TradedSymbolWithoutACutPoint_IsRefused()
    {
        var eager = Trained with { Strategy = Document with { Decisions = Document.Decisions with { ConfidenceThreshold = 0 } } };
        var run = Run(eager, Market, Start);
        Assert.NotEmpty(run.Headline.Result.Trades);

        var refused = Assert.Throws<InvalidInputException>(() => RunProof.RequireTried(RunProof.Of(eager, run, 0, 3), run));

        var problem = Assert.Single(refused.Problems);
        Assert.Equal(("unproven", "window"), (problem.Code, problem.Path));
        Assert.Contains("orders of SYNTH were filled, and nothing could be tried", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfTraining_SoundTraining_IsTriedFromBarsToAnswers()
    {
        var trained = Trainings.Train(OfTwo, Two, Start, 1);

        var report = RunProof.OfTraining(trained, Two.Before(Start), long.MinValue, 1);

        Assert.Empty(report.Leaks);
        Assert.Equal([("SYNTH", SweepProof.CutPoints), ("OTHER", SweepProof.CutPoints)], report.Symbols.Select(s => (s.Symbol, s.CutPoints.Count)));
        Assert.Equal(["OTHER.model", "SYNTH.model"], report.Nodes.Where(n => n is { Kind: LeakKind.Decision, Values: > 100 }).Select(n => n.Node).Order(StringComparer.Ordinal));
        Assert.All(report.CutPoints, cut => Assert.InRange(cut, 14, 898));
    }

    [Fact]
    public void OfTraining_TrainingsOwnIndicators_AreHeldAgainstTheFuturesAndNotComputedAgain()
    {
        var market = Two.Before(Start);
        var memory = new IndicatorMemory();
        var run = TrainingRun.Of(OfTwo, TrainingRun.Table(OfTwo, market, long.MinValue, memory), [1]);
        var (trained, computed) = (run.Trained(run.Train(1)), memory.Computed);
        FoldOutcome[] folds = [new(1, 0, 1, 40, 10, 0, 0, null)];

        var shared = RunProof.OfTraining(trained, market, long.MinValue, 1, memory, folds);

        Assert.Equal(4, computed);
        Assert.Equal(computed, memory.Computed);
        var alone = RunProof.OfTraining(trained, market, long.MinValue, 1);
        Assert.Equal([.. alone.Nodes, new CheckedNode(LeakKind.Normalization, "fold 1", "1h", 40)], shared.Nodes);
        Assert.Equal(alone.CutPoints, shared.CutPoints);
        Assert.Empty(shared.Leaks);
    }

    [Theory]
    [InlineData(12, 0)]
    [InlineData(15, 0)]
    [InlineData(17, 2)]
    public void OfTraining_ShortWindow_CountsWhatCouldBeTried(int bars, int cutPoints)
    {
        var report = RunProof.OfTraining(Trained, Market.Before(Market.Primary.Times[bars]), long.MinValue, 1);

        Assert.Equal(cutPoints, report.CutPoints.Count);
        Assert.Equal(cutPoints == 0 ? "no row of the window before its last has all features at a cut point" : null, report.Symbols[0].NotTried);
    }

    [Fact]
    public void OfTraining_IndicatorThatKnowsTheLastClose_IsNamed()
    {
        IndicatorMemory Leaking() => new()
        {
            Computation = (node, given) =>
            {
                var outputs = FeaturePipeline.Compute(node, given);
                if (node.Ids.Contains("roc_5") && given.Count > 100)
                {
                    outputs[0][100] = given.Close[^1];
                }

                return outputs;
            },
        };

        var report = RunProof.OfTraining(Trained, Market.Before(Start), long.MinValue, 1, Leaking);

        Assert.NotEmpty(report.Leaks);
        Assert.All(report.Leaks, l => Assert.Equal((LeakKind.Indicator, "roc_5", 100), (l.Kind, l.Node, l.Index)));
    }

    [Fact]
    public void Sweep_VariantOnOneBar_SaysThatNothingCouldBeTried()
    {
        var sweep = new SweepRun(Market, (0, Start), (Start, Market.Primary.Times[901]), [1], 2, BacktestOptions.From);

        var proof = sweep.Run(Document).Proof;

        Assert.Empty(proof.CutPoints);
        Assert.StartsWith("Nothing could be tried", proof.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Sweep_SymbolWithoutBarsInTheWindow_IsNamedAsNotTried()
    {
        var market = new MarketView([Two.Symbols[0], Two.Symbols[1].Slice(0, 900)]);

        var proof = new SweepRun(market, (0, Start), (Start, long.MaxValue), [1], 2, BacktestOptions.From).Run(OfTwo).Proof;

        Assert.Equal([("SYNTH", SweepProof.CutPoints, null), ("OTHER", 0, "no bar of it lies in the window")], proof.Symbols.Select(s => (s.Symbol, s.CutPoints.Count, s.NotTried)));
    }

    private static BacktestRun Run(TrainedStrategy trained, MarketView market, long start) => BacktestRun.Of(trained, market, start, BacktestOptions.From(trained.Strategy));
}
