using System.Collections.Concurrent;
using System.Text.Json;
using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Runs;

public sealed class SweepRunTests
{
    private static readonly BarSeries Bars = SyntheticMarket.Planted(5, 3_000, symbol: "SYNTH");
    private static readonly StrategyDocument Base = RunDocuments.Parse(RunDocuments.Reversion);

    private static readonly StrategyGrid Grid = new(
        Base, [Axis("indicators.rsi_14.period", "7", "14", "21"), Axis("decisions.confidence_threshold", "0.34", "0.36", "0.4"), Axis("costs.commission", "0", "0.0005")]);

    private static readonly IReadOnlyList<StrategyDocument> Variants = [.. Enumerable.Range(0, Grid.Count).Select(i => Grid.At(i).Document)];

    [Fact]
    public void RunAll_SharedTrainings_GiveTheBitsOfSeparateOnes()
    {
        var shared = New();
        var together = RunAll(shared, threads: 1);

        var separate = Variants.Select(v => Bits(New().Run(v))).ToList();

        Assert.Equal(separate, together);
        Assert.Equal(3, together.Select(b => b.Split(' ')[0]).Distinct().Count());
        Assert.True(together.Distinct().Count() > 6, "what is decided and paid must show");

        // Two series (to train on, to test on), of each three periods of one indicator and the other one.
        Assert.Equal(2 * (3 + 1), shared.IndicatorsComputed);
        Assert.Equal(1, shared.LabelsComputed);
    }

    [Fact]
    public void Run_OtherLabels_AreNotThoseOfTheVariantBefore()
    {
        var wider = Base with { Training = Base.Training with { Labels = Base.Training.Labels with { PtMultiplier = 3 } } };
        var sweep = New();

        Assert.NotEqual(Bits(sweep.Run(Base)), Bits(sweep.Run(wider)));
        Assert.Equal(Bits(New().Run(wider)), Bits(sweep.Run(wider)));
        Assert.Equal(2, sweep.LabelsComputed);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void RunAll_AnyNumberOfThreads_GivesTheSameBits(int threads) => Assert.Equal(RunAll(New(), 1), RunAll(New(), threads));

    [Fact]
    public void RunAll_AnyOrder_GivesTheSameBits()
    {
        var backwards = new string[Variants.Count];
        New().RunAll([.. Variants.Reverse()], 2, (i, outcome, _) => backwards[Variants.Count - 1 - i] = Bits(outcome!));

        Assert.Equal(RunAll(New(), 1), backwards);
    }

    [Fact]
    public void Run_ChangingTheFirstDecimalOfAnything_IsAnotherResult()
    {
        // What shares a training must not share what follows from it, and what trains differently must not share a training.
        var sweep = New();
        var first = sweep.Run(Base);
        var threshold = sweep.Run(Base with { Decisions = Base.Decisions with { ConfidenceThreshold = 0.39 } });
        var rate = sweep.Run(Base with { Training = Base.Training with { LearningRate = 0.002 } });

        Assert.Equal(first.Trained.PrimarySeed.Network.WeightsHash(), threshold.Trained.PrimarySeed.Network.WeightsHash());
        Assert.NotEqual(first.Backtest.Headline.Result.TradeListHash, threshold.Backtest.Headline.Result.TradeListHash);
        Assert.NotEqual(first.Trained.PrimarySeed.Network.WeightsHash(), rate.Trained.PrimarySeed.Network.WeightsHash());
        Assert.Equal(0.39, threshold.Trained.Strategy.Decisions.ConfidenceThreshold);
    }

    [Fact]
    public void Run_WiderEmbargo_IsATrainingOfItsOwn()
    {
        var wide = Base with { Validation = new ValidationSpec(ValidationScheme.WalkForward, EmbargoBars: 200) };
        var sweep = New();

        var (first, embargoed, folds) = (sweep.Run(Base), sweep.Run(wide), sweep.Run(Base with { Validation = new ValidationSpec(ValidationScheme.WalkForward) }));

        Assert.Equal(Bits(New().Run(wide)), Bits(embargoed));
        Assert.NotEqual(first.Trained.PrimarySeed.Network.WeightsHash(), embargoed.Trained.PrimarySeed.Network.WeightsHash());
        Assert.Equal(Bits(first), Bits(folds));
    }

    [Fact]
    public void Run_CancelledInTheTraining_IsNotRemembered()
    {
        var sweep = New();
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => sweep.Run(Base, cancelled.Token));

        Assert.Equal(Bits(New().Run(Base)), Bits(sweep.Run(Base)));
    }

    [Fact]
    public void RunAll_CancelledAfterTheFirst_EndsWithoutTellingMore()
    {
        using var cancelled = new CancellationTokenSource();
        var told = 0;

        Assert.ThrowsAny<OperationCanceledException>(() => New().RunAll(Variants, 2, (_, _, _) =>
        {
            told++;
            cancelled.Cancel();
        }, cancelled.Token));

        Assert.Equal(1, told);
    }

    [Fact]
    public void RunAll_VariantThatCannotBeTrained_IsToldWithItsReasonAndTheOthersRun()
    {
        var tooFar = Base with { Training = Base.Training with { Labels = Base.Training.Labels with { MaxHoldingPeriod = 5_000 } } };
        var outcomes = new Dictionary<int, (VariantOutcome? Outcome, InvalidInputException? Refused)>();

        New().RunAll([Base, tooFar, tooFar with { Costs = null }], 2, (i, outcome, refused) => outcomes.Add(i, (outcome, refused)));

        Assert.NotNull(outcomes[0].Outcome);
        Assert.All([outcomes[1], outcomes[2]], o => Assert.NotEmpty(o.Refused!.Problems));
    }

    [Fact]
    public void RunAll_TrainingThatIsRefused_IsTriedOnceAndToldToEachThatSharesIt()
    {
        var tooFar = Base with { Training = Base.Training with { Labels = Base.Training.Labels with { MaxHoldingPeriod = 5_000 } } };
        var sweep = New();
        var refusals = new ConcurrentBag<string>();

        sweep.RunAll([tooFar, tooFar with { Costs = null }, tooFar with { Decisions = tooFar.Decisions with { ConfidenceThreshold = 0.5 } }], 2, (_, _, refused) => refusals.Add(refused!.Message));

        Assert.Equal(1, sweep.TrainingsBegun);
        Assert.Equal(3, refusals.Count);
        Assert.Single(refusals.Distinct());
    }

    [Fact]
    public void RunAll_FailureOfTheCallback_IsThrown() =>
        Assert.Throws<InvalidDataException>(() => New().RunAll(Variants, 2, (_, _, _) => throw new InvalidDataException("disk")));

    [Fact]
    public void RunAll_NothingToRun_Ends() => New().RunAll([], 4, (_, _, _) => Assert.Fail("told of a variant that is not there"));

    [Theory]
    [InlineData("decisions.confidence_threshold|indicators.rsi_14.period", "indicators.rsi_14.period|decisions.confidence_threshold", 2)]
    [InlineData("costs.commission|sizing.fraction|exits.stop|training.epochs", "training.epochs|costs.commission|sizing.fraction|exits.stop", 8)]
    [InlineData("decisions.output_format|nn_inputs[0].normalization", "decisions.output_format|nn_inputs[0].normalization", 1)]
    public void TrainingsFirst_Axes_PutsWhatNoTrainingDependsOnLast(string given, string expected, int sharing)
    {
        var axes = StrategyGrid.TrainingsFirst([.. given.Split('|').Select(path => Axis(path, "1", "2"))]);

        Assert.Equal(expected, string.Join('|', axes.Select(a => a.Path)));
        Assert.Equal(sharing, StrategyGrid.SharingATraining(axes));
    }

    [Fact]
    public void RunAll_Variants_CarryAProofOfTheWholeWayMadeOncePerSetOfFeatures()
    {
        var proofs = new LookaheadReport[Variants.Count];
        var sweep = New();
        sweep.RunAll(Variants, 2, (i, outcome, _) => proofs[i] = outcome!.Proof);

        Assert.Equal((3, 3), (sweep.FeatureSetsProven, sweep.TrainingsBegun));
        Assert.All(proofs, proof =>
        {
            Assert.Empty(proof.Leaks);
            Assert.Equal(SweepProof.CutPoints, proof.CutPoints.Count);
            Assert.Equal(["answers", "decision", "fill", "model"], proof.Nodes.Where(n => n.Kind >= LeakKind.Decision).Select(n => n.Node).Order(StringComparer.Ordinal));
            Assert.Equal([LeakKind.Indicator, LeakKind.Feature, LeakKind.Window, LeakKind.Normalization, LeakKind.Decision, LeakKind.Fill], proof.Nodes.Select(n => n.Kind).Distinct().Order());
        });
        Assert.Contains(proofs, proof => proof.Nodes[^1].Values > 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void RunAll_VariantWhoseIndicatorLooksAhead_IsRefusedByNameAndTheOthersStand(int threads)
    {
        var memory = new IndicatorMemory
        {
            Computation = (node, series) =>
            {
                var outputs = FeaturePipeline.Compute(node, series);
                if (node.Type.Name == "rsi" && node.Arguments.ToString()!.Contains("21", StringComparison.Ordinal))
                {
                    outputs[0].AsSpan(1).CopyTo(outputs[0]);
                }

                return outputs;
            },
        };
        var outcomes = new (VariantOutcome? Outcome, InvalidInputException? Refused)[Variants.Count];

        New(memory).RunAll(Variants, threads, (i, outcome, refused) => outcomes[i] = (outcome, refused));

        var sound = RunAll(New(), 1);
        for (var i = 0; i < Variants.Count; i++)
        {
            if (Variants[i].Indicators[0].Arguments.ToString()!.Contains("21", StringComparison.Ordinal))
            {
                Assert.Equal(("look_ahead", "rsi_14"), (outcomes[i].Refused!.Problems[0].Code, outcomes[i].Refused!.Problems[0].Path));
                Assert.StartsWith("indicator rsi_14 on 1h looks ahead", outcomes[i].Refused!.Message, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal(sound[i], Bits(outcomes[i].Outcome!));
            }
        }

        Assert.Equal(6, outcomes.Count(o => o.Refused is not null));
    }

    private static SweepRun New(IndicatorMemory? memory = null)
    {
        var windows = ResearchWindows.Of(Bars);
        return new SweepRun(
            new MarketView(Bars), (windows.Train.StartTime, windows.Train.EndTime), (windows.Validation.StartTime, windows.Validation.EndTime), [1, 2], 3, BacktestOptions.From, memory ?? new IndicatorMemory());
    }

    private static string[] RunAll(SweepRun sweep, int threads)
    {
        var bits = new string[Variants.Count];
        sweep.RunAll(Variants, threads, (i, outcome, _) => bits[i] = Bits(outcome!));
        return bits;
    }

    private static string Bits(VariantOutcome outcome) =>
        $"{outcome.Trained.PrimarySeed.Network.WeightsHash()} {outcome.Backtest.Headline.Result.TradeListHash} {string.Join(',', outcome.Backtest.Daily.Returns.Select(BitConverter.DoubleToInt64Bits))} {outcome.SharpeAtDoubleCosts}";

    private static GridAxis Axis(string path, params string[] values) => new(path, [.. values.Select(v => JsonDocument.Parse(v).RootElement)]);
}
