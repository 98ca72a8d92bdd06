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

/// <summary>Each link of a sweep's chain finds the leak that is planted in it, and nothing where there is none.</summary>
public sealed class SweepProofTests
{
    private static readonly MarketView Market = new(SyntheticMarket.Planted(5, 1_500, symbol: "SYNTH"));
    private static readonly long Start = Market.Primary.Times[900];
    private static readonly MarketView WithContext = new(
        Market.Primary,
        new Dictionary<string, BarSeries> { ["fred_DGS10"] = Resampler.Resample(Market.Primary, Timeframe.Parse("1d")).Bars.With(MarketCalendar.None, 3_600_000) });

    private static readonly StrategyDocument Wide = RunDocuments.Parse(RunDocuments.Reversion
        .Replace("{mode: single, timeframe: 1h}", "{mode: multi_timeframe, list: [1h, 4h], base_timeframe: 1h}", StringComparison.Ordinal)
        .Replace("indicators:\n", "context_data:\n  - {provider: fred, series: [DGS10]}\nindicators:\n  rate: {type: ema, period: 5, data_source: fred_DGS10}\n", StringComparison.Ordinal)
        .Replace("nn_inputs:\n", "nn_inputs:\n  - {raw_indicator: rate, timeframes: all, normalization: zscore}\n", StringComparison.Ordinal));

    private static readonly MarketView Two = new([Market.Primary, Trainings.Bars("OTHER", SyntheticMarket.Planted(6, 1_500, symbol: "SYNTH"))]);

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
    public void OfFeatures_ContextAndWiderTimeframes_HaveNoLeakAndEachIndicatorIsComputedOnce()
    {
        var memory = new IndicatorMemory();
        var proof = new SweepProof(WithContext, Start, memory, 3);
        var first = proof.OfFeatures(Wide);
        var second = proof.OfFeatures(Wide with { FuzzySets = Wide.FuzzySets.Skip(1).Prepend(Wide.FuzzySets[0] with { Memberships = Wide.FuzzySets[0].Memberships.Skip(1).ToSequence() }).ToSequence() });

        Assert.Empty(first.Leaks);
        Assert.Empty(second.Leaks);
        Assert.Equal([LeakKind.Indicator, LeakKind.Context, LeakKind.Feature, LeakKind.Window, LeakKind.Normalization], first.Nodes.Select(n => n.Kind).Distinct().Order());
        Assert.Equal(first.Nodes.Count(n => n.Kind == LeakKind.Feature) - 2, second.Nodes.Count(n => n.Kind == LeakKind.Feature));
        Assert.Equal((2 * 2) + 1, memory.Computed);
        Assert.All(first.Nodes.Where(n => n.Kind >= LeakKind.Feature), n => Assert.Equal(SweepProof.CutPoints * SweepFutures.RowsAround, n.Values));
    }

    [Theory]
    [InlineData("1h", "rsi_14", 20)]
    [InlineData("4h", "roc_5", 20)]
    [InlineData("4h", "rsi_14", 180)]
    [InlineData("fred_DGS10", "rate", 7)]
    public void OfFeatures_ValueThatKnowsTheLastClose_IsNamedHoweverEarlyItIs(string series, string indicator, int index)
    {
        var bars = series == "1h" ? WithContext.Primary : series == "4h" ? WithContext.Wider(0, Timeframe.Parse("4h")) : WithContext.Context[series];
        var memory = new IndicatorMemory
        {
            Computation = (node, given) =>
            {
                var outputs = FeaturePipeline.Compute(node, given);
                if (node.Series == series && node.Ids.Contains(indicator))
                {
                    outputs[0][index] = given.Close[^1];
                }

                return outputs;
            },
        };
        Assert.True(index < bars.Count / 2);

        var leaks = new SweepProof(WithContext, Start, memory, 3).OfFeatures(Wide).Leaks;

        Assert.Equal(SweepProof.CutPoints, leaks.Count);
        Assert.All(leaks, l => Assert.Equal((series == "fred_DGS10" ? LeakKind.Context : LeakKind.Indicator, indicator, series, index), (l.Kind, l.Node, l.Timeframe, l.Index)));
    }

    [Fact]
    public void FirstOtherRunStart_FutureThatMovesAHoleBeforeTheCut_NamesTheRowAfterIt()
    {
        var futures = new SweepFutures(Market, Start, 3);
        Assert.All(futures.Changed, future => Assert.Null(futures.FirstOtherRunStart(future)));

        var holed = Trainings.Bars("SYNTH", Market.Primary, keep: i => i is < 500 or >= 530);
        var future = new ChangedFuture(1_000, Market.Primary.AvailableAt(1_000), FutureChange.Perturbed, new FeatureInputs(new Dictionary<string, BarSeries> { ["1h"] = holed }));

        Assert.Equal(500, futures.FirstOtherRunStart(new SweepFuture(future, Market.Primary)));
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

    [Fact]
    public void OfTrading_OneProofForManyRuns_SaysTheSameOfEach()
    {
        var shared = Proof(new IndicatorMemory());
        foreach (var threshold in (double[])[0.34, 0, 0.36, 0.34])
        {
            var strategy = Trained.Strategy with { Decisions = Trained.Strategy.Decisions with { ConfidenceThreshold = threshold } };
            var run = BacktestRun.Of(Trained with { Strategy = strategy }, Market, Start, BacktestOptions.From(strategy));
            var (again, alone) = (shared.OfTrading(run), Proof(new IndicatorMemory()).OfTrading(run));

            Assert.Empty(again.Leaks);
            Assert.Equal(alone.Nodes, again.Nodes);
            Assert.Equal(run.Headline.Result.Fills.Count(f => f.Reason != FillReason.EndOfData), again.Nodes[1].Values);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void AnswersOf_RunDecidedByTheRowAfter_IsNamed(int shiftedSeed)
    {
        var run = BacktestRun.Of(Trained, Market, Start, BacktestOptions.From(Trained.Strategy));
        var answers = Proof(new IndicatorMemory()).AnswersOf(Trained);

        Assert.Empty(RunProof.Of(Trained, run, SweepProof.CutPoints, 3).Leaks);
        var sound = answers.Check(run);
        Assert.Empty(sound.Leaks);
        Assert.Equal(SweepProof.CutPoints, sound.CutPoints.Count);
        Assert.True(Assert.Single(sound.Nodes).Values > 500);

        // The networks are sound, and so is what follows from their answers; only the row that an answer stands at is not.
        var said = Trained.Predict(Market.InputsOf(Trained.Strategy, 0), "1h", run.Start, Market.Primary.Count);
        float[] ahead = [.. said.Outputs[shiftedSeed].AsSpan(said.Width), .. new float[said.Width]];
        var shifted = run with
        {
            Seeds = [.. run.Seeds.Select((seed, s) => s != shiftedSeed ? seed : seed with
            {
                Symbols = [seed.Symbols[0] with { Decisions = new ModelDecisions(new DecisionFunction(Trained.Strategy.Decisions), ahead, said.Ready) }],
            })],
        };
        foreach (var leaks in (IReadOnlyList<Leak>[])[answers.Check(shifted).Leaks, RunProof.Of(Trained, shifted, SweepProof.CutPoints, 3).Leaks])
        {
            Assert.Equal(SweepProof.CutPoints, leaks.Count);
            Assert.All(leaks, l => Assert.Equal((LeakKind.Decision, "answers"), (l.Kind, l.Node)));
        }
    }

    [Fact]
    public void OfTrading_RunWithoutTheFirstSymbol_IsRefused()
    {
        var run = BacktestRun.Of(Trained, new MarketView(Trainings.Bars("OTHER", Market.Primary)), Start, BacktestOptions.From(Trained.Strategy));

        var refused = Assert.Throws<InvalidInputException>(() => Proof(new IndicatorMemory()).OfTrading(run));

        Assert.Equal("unproven", Assert.Single(refused.Problems).Code);
    }

    [Fact]
    public void OfModel_CutBeforeTheFirstWholeWindow_IsNotReported()
    {
        var bars = new MarketView(SyntheticMarket.Planted(5, 300, symbol: "SYNTH"));
        var network = Network.Initialize(new RecurrentShape(RecurrentCell.Gru, 5, 4, 1, 150, 3, 0), 7);
        var proof = new SweepProof(bars, long.MinValue, new IndicatorMemory(), 3);
        var trained = Trained with { Seeds = [new TrainedSeed(7, network, null)] };

        var all = proof.OfFeatures(trained.Strategy);
        var report = proof.OfModel(trained);

        Assert.Equal(SweepProof.CutPoints, all.CutPoints.Count);
        Assert.Equal([all.CutPoints[1]], report.CutPoints);
        Assert.Equal(report.CutPoints, LookaheadReport.Join(all, report).CutPoints);
    }

    [Theory]
    [InlineData("mlp", 1)]
    [InlineData("mlp", 2)]
    [InlineData("gru", 1)]
    [InlineData("gru", 2)]
    public void Run_AnyModelAndSymbols_ProvesModelAnswersDecisionsAndFills(string model, int symbols)
    {
        var text = RunDocuments.Reversion;
        text = model == "mlp" ? text : text.Replace(
            "{type: mlp, architecture: {hidden_layers: [8], activation: relu, dropout: 0.1}}", "{type: gru, architecture: {sequence_length: 4, hidden_size: 4, num_layers: 1, dropout: 0}}", StringComparison.Ordinal);
        text = symbols == 1 ? text : Several(text);
        var market = symbols == 1 ? Market : Two;
        var sweep = new SweepRun(market, (0, Start), (Start, long.MaxValue), [1], 2, BacktestOptions.From);

        var outcome = sweep.Run(StrategyReader.Parse(text));

        Assert.Equal(symbols, outcome.Backtest.Headline.Symbols.Count);
        Assert.Equal(symbols * SweepProof.CutPoints, outcome.Proof.CutPoints.Count);
        var nodes = outcome.Proof.Nodes.Where(n => n.Kind >= LeakKind.Decision).ToDictionary(n => n.Node, n => n.Values);
        foreach (var symbol in symbols == 1 ? (string[])[""] : ["SYNTH.", "OTHER."])
        {
            Assert.Equal(600, nodes[symbol + "decision"]);
            Assert.All(["answers", "model", "fill"], node => Assert.True(nodes[symbol + node] > 0, symbol + node));
        }

        Assert.Equal(4 * symbols, nodes.Count);
        Assert.Empty(RunProof.Of(outcome.Trained, outcome.Backtest, 1, 3).Leaks);
    }

    [Fact]
    public void Run_LeakInTheSecondSymbolAlone_IsNamed()
    {
        var memory = new IndicatorMemory
        {
            Computation = (node, given) =>
            {
                var outputs = FeaturePipeline.Compute(node, given);
                if (given.Symbol == "OTHER" && node.Ids.Contains("rsi_14"))
                {
                    outputs[0][700] = given.Close[^1];
                }

                return outputs;
            },
        };
        var sweep = new SweepRun(Two, (0, Start), (Start, long.MaxValue), [1], 2, BacktestOptions.From, memory);

        var refused = Assert.Throws<InvalidInputException>(() => sweep.Run(StrategyReader.Parse(Several(RunDocuments.Reversion))));

        Assert.All(refused.Problems, p => Assert.Equal(("look_ahead", "OTHER.rsi_14"), (p.Code, p.Path)));
    }

    [Fact]
    public void Run_FirstSymbolWithoutBarsInTheWindow_IsProvenByTheOther()
    {
        var market = new MarketView([Market.Primary.Slice(0, 900), Two.Symbols[1]]);
        var sweep = new SweepRun(market, (0, Start), (Start, long.MaxValue), [1], 2, BacktestOptions.From);

        var outcome = sweep.Run(StrategyReader.Parse(Several(RunDocuments.Reversion)));

        Assert.Equal("OTHER", Assert.Single(outcome.Backtest.Headline.Symbols).Bars.Symbol);
        Assert.Equal(SweepProof.CutPoints, outcome.Proof.CutPoints.Count);
        Assert.All(outcome.Proof.Nodes, n => Assert.StartsWith("OTHER.", n.Node, StringComparison.Ordinal));
        Assert.Empty(RunProof.Of(outcome.Trained, outcome.Backtest, 1, 3).Leaks);
    }

    [Fact]
    public void RunProof_SecondSymbolDecidedByTheRowAfter_IsNamed()
    {
        var trained = Trainings.Train(StrategyReader.Parse(Several(RunDocuments.Reversion)), Two, Start, 1);
        var run = BacktestRun.Of(trained, Two, Start, BacktestOptions.From(trained.Strategy));
        var said = trained.Predict(Two.InputsOf(trained.Strategy, 1), "1h", run.Starts[1], Two.Symbols[1].Count);
        float[] ahead = [.. said.Outputs[0].AsSpan(said.Width), .. new float[said.Width]];
        var symbols = run.Headline.Symbols;

        var leaks = RunProof.Of(
            trained, run with { Seeds = [run.Headline with { Symbols = [symbols[0], symbols[1] with { Decisions = new ModelDecisions(new DecisionFunction(trained.Strategy.Decisions), ahead, said.Ready) }] }] }, 2, 3).Leaks;

        Assert.Equal(2, leaks.Count);
        Assert.All(leaks, l => Assert.Equal((LeakKind.Decision, "OTHER.answers"), (l.Kind, l.Node)));
    }

    private static string Several(string text) => text.Replace("{mode: single, symbol: SYNTH}", "{mode: multi_symbol, list: [SYNTH, OTHER]}", StringComparison.Ordinal);

    private static SweepProof Proof(IndicatorMemory memory) => new(Market, Start, memory, 3);
}
