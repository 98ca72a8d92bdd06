using Ktrdr.Engine.Features;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Learning.Tsk;

public sealed class TskTrainingTests
{
    [Fact]
    public void Train_Twice_GivesTheSameRules()
    {
        var bars = SyntheticMarket.Planted(3, 2_500);
        var first = PlantedMarket.Train(PlantedMarket.Classification(), bars, 1);
        var second = PlantedMarket.Train(PlantedMarket.Classification(), bars, 1);
        Assert.Equal(first.Outcome.WeightsHash, second.Outcome.WeightsHash);
        Assert.Equal(first.Rules.ToJson(), second.Rules.ToJson());
    }

    [Fact]
    public void Train_ResumedAtAnEpoch_EqualsTheUnbrokenRun()
    {
        var bars = SyntheticMarket.Planted(4, 2_500);
        var document = PlantedMarket.Regression(5);
        var view = new MarketView(bars);
        var run = TrainingRun.Of(document, TrainingRun.Table(document, view, bars.Times[0]), [7], epochs: 6);
        SeedCheckpoint? third = null;
        var unbroken = run.Train(1, null, (epoch, take) => third = epoch.Report.Epoch == 3 ? take() : third).Outcomes[0];
        var resumed = run.Train(1, SeedCheckpoint.FromBytes(third!.ToBytes())).Outcomes[0];
        Assert.Equal(unbroken.WeightsHash, resumed.WeightsHash);
        Assert.Equal(unbroken.History, resumed.History);
        Assert.Equal(unbroken.Pruning, resumed.Pruning);
    }

    [Fact]
    public void Prune_ManyRules_TakesTheWeakOutAndKeepsTheLoss()
    {
        var trained = PlantedMarket.Train(PlantedMarket.Regression(5), SyntheticMarket.Planted(5, 4_000, new PlantedEdge { Strength = 0.3 }), 1);
        var pruning = trained.Outcome.Pruning!;
        Assert.Equal(pruning.RulesAfter, ((TskNetwork)trained.Outcome.Network).Shape.Rules.Count);
        Assert.True(pruning.RulesAfter < pruning.RulesBefore, $"{pruning.RulesBefore} rules before and {pruning.RulesAfter} after");
        Assert.InRange(pruning.LossAfter / pruning.LossBefore, 0.5, 1.007);
        Assert.Equal(pruning.RulesAfter, trained.Rules.Rules.Count);
    }

    [Fact]
    public void Read_TrainedNetwork_SharesSumToOneAndTheListStandsForTheNetwork()
    {
        var rules = PlantedMarket.Train(PlantedMarket.Regression(5), SyntheticMarket.Planted(6, 4_000, new PlantedEdge { Strength = 0.3 }), 1).Rules;
        Assert.InRange(rules.Rules.Sum(r => r.Share), 0.9999, 1.0001);
        Assert.InRange(rules.Rules.Sum(r => r.MeanFiring), 0.9999, 1.0001);
        Assert.InRange(rules.Rules.Sum(r => r.MeanFiring * r.Consequent), -1e-6, 1e-6);
        Assert.Equal(rules.Rules.OrderByDescending(r => r.Strength), rules.Rules);
        Assert.InRange(rules.Fidelity.Agreement, 0.8, 1);
        Assert.InRange(rules.Fidelity.RSquared, 0.5, 1);
        Assert.All(rules.Rules, r => Assert.Matches(@"^IF 1h \S+ is .+ \(.+\) THEN predicted return [+-]\d", r.Sentence));
    }

    [Fact]
    public void Vocabulary_MembershipsOfADocument_KeepTheirNamesOrderAndBorders()
    {
        FuzzySetSpec set = new("strength", new IndicatorRef("rsi_14", null),
        [
            new MembershipSpec("overbought", MembershipCatalog.Create(MembershipKind.Trapezoidal, 65, 85, 100, 100)),
            new MembershipSpec("oversold", MembershipCatalog.Create(MembershipKind.Triangular, 0, 15, 35)),
            new MembershipSpec("neutral", MembershipCatalog.Create(MembershipKind.Gaussian, 50, 10)),
        ]);
        double[] sorted = [.. Enumerable.Range(0, 1001).Select(i => ((i * 0.1) - 50) / 12)];
        var input = TskVocabulary.FromMemberships("1h_rsi_14_raw", set, sorted, new FeatureScale("1h_rsi_14_raw", NormalizationKind.ZScore, 50, 1.0 / 12));
        Assert.Equal(["oversold", "neutral", "overbought"], input.Terms.Select(t => t.Name));
        Assert.Equal([15, 50, 85], input.Terms.Select(t => Math.Round((t.Centre * 12) + 50)));
        var border = (input.Terms[0].Centre + (input.Borders[0].Crossing * (input.Terms[1].Centre - input.Terms[0].Centre))) * 12 + 50;
        Assert.InRange(border, 25, 38.3);
    }

    [Fact]
    public void Vocabulary_WordsWithAHoleBetween_GetAWordForIt()
    {
        FuzzySetSpec set = new("strength", new IndicatorRef("rsi_14", null),
        [
            new MembershipSpec("oversold", MembershipCatalog.Create(MembershipKind.Triangular, 0, 15, 30)),
            new MembershipSpec("overbought", MembershipCatalog.Create(MembershipKind.Triangular, 70, 85, 100)),
        ]);
        double[] sorted = [.. Enumerable.Range(0, 101).Select(i => (double)i)];
        var input = TskVocabulary.FromMemberships("1h_rsi_14_raw", set, sorted, null);
        Assert.Contains("between oversold and overbought", input.Terms.Select(t => t.Name));
    }

    [Fact]
    public void Splitting_ThresholdInsideATerm_PutsABorderThere()
    {
        var input = new TskInput("x", -2, 2, [new TskTerm("low", -1.5), new TskTerm("medium", 0), new TskTerm("high", 1.5)], [new TskBorder(0.5, 0.85), new TskBorder(0.5, 0.85)]);
        var split = TermSplitting.Refine(input, [0.05]);
        Assert.Equal(["low", "medium, lower part", "medium, upper part", "high"], split.Terms.Select(t => t.Name));
        Assert.Equal(0.05, split.Terms[1].Centre + (split.Borders[1].Crossing * (split.Terms[2].Centre - split.Terms[1].Centre)), 9);
        new TskShape([split], [new TskRule([new TskAntecedent(0, 0, 0)])], 1).Validate();
    }

    [Fact]
    public void Splitting_ThresholdNearABorder_MovesTheBorder()
    {
        var input = new TskInput("x", -2, 2, [new TskTerm("low", -1), new TskTerm("high", 1)], [new TskBorder(0.5, 0.85)]);
        var moved = TermSplitting.Refine(input, [0.2]);
        Assert.Equal(["low", "high"], moved.Terms.Select(t => t.Name));
        Assert.Equal(0.6, moved.Borders[0].Crossing, 9);
    }

    [Fact]
    public void Consequents_SquaredError_AreTheLeastSquaresSolution()
    {
        var network = new TskNetwork(TskNetworkTests.Shape(1));
        var truth = TskNetworkTests.Random(1, 3);
        var matrix = TskNetworkTests.Rows(800, 4, 5);
        truth.Parameters.Span[truth.Layout.Shifts..].Clear();
        var targets = new float[800];
        truth.Forward(matrix, 800, targets);
        var set = new TrainingSet(matrix, 4, targets, null, [.. Enumerable.Range(0, 800)], []);
        var fit = TskConsequents.Fit(network, set, LossWeights.Of(set, 1, new TrainerOptions()), new LossFunction(true, 0, 0), 1e-9);
        // What is left is that each input's own rules are held to a mean of 0.
        Assert.InRange(fit.TrainLoss, 0, 1e-2 * targets.Select(t => t * t).Average());
    }

    [Fact]
    public void Shape_ConstantInput_TrainsAllTheSame()
    {
        var generator = new Generator(1, "constant");
        var matrix = new float[600 * 2];
        for (var row = 0; row < 600; row++)
        {
            matrix[2 * row] = 0;
            matrix[(2 * row) + 1] = (float)generator.NextGaussian();
        }

        var classes = Enumerable.Range(0, 600).Select(r => matrix[(2 * r) + 1] < -0.3 ? 0 : 2).ToArray();
        var set = new TrainingSet(matrix, 2, classes, null, [.. Enumerable.Range(0, 500)], [.. Enumerable.Range(500, 100)]);
        TskInput[] inputs = [TskVocabulary.FromQuantiles("1h_flat_raw", [.. Enumerable.Repeat(0.0, 500)], 3), TskVocabulary.FromQuantiles("1h_x_raw", [.. Enumerable.Range(0, 500).Select(r => (double)matrix[(2 * r) + 1]).Order()], 3)];
        var options = new TrainerOptions { Epochs = 5 };
        string[] outputs = ["buy", "hold", "sell"];
        var shape = TskInduction.Shape(inputs, set, LossWeights.Of(set, 3, options), LossFunction.Of(options), outputs, 12);
        var outcome = TskTraining.Prune(Trainer.Train(set, shape, options, null, null, CancellationToken.None), set, options, new TskSpec());
        var rules = TskRules.Read((TskNetwork)outcome.Network, outputs, Normalization.None, set, outcome.Pruning);
        Assert.Equal("1h_x_raw", rules.Rules[0].Conditions[0].Feature);
        Assert.All(rules.Rules, r => Assert.True(double.IsFinite(r.Consequent)));
        Assert.True(rules.Fidelity.Agreement > 0.9);
    }

    /// <summary>A start that minimises the cross-entropy says of each class what share of the loss it has: the rows' own where classes are not balanced, equal ones where they are.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Initialize_UnevenClasses_BeginsFromWhatTheLossWillSee(bool balance)
    {
        const int rows = 2_000;
        var matrix = TskNetworkTests.Rows(rows, 4, 5);
        var classes = Enumerable.Range(0, rows).Select(row => row % 20 == 0 ? 0 : row % 20 < 3 ? 2 : 1).ToArray();
        var set = new TrainingSet(matrix, 4, classes, null, [.. Enumerable.Range(0, rows)], []);
        var options = new TrainerOptions { BalanceClasses = balance };

        var network = new TrainingState(set, TskNetworkTests.Shape(3), options).Network;

        var outputs = new float[3 * rows];
        network.Predict(matrix, rows, outputs);
        var weights = LossWeights.Of(set, 3, options);
        for (var k = 0; k < 3; k++)
        {
            var said = Enumerable.Range(0, rows).Sum(row => weights[row] * (double)outputs[(3 * row) + k]) / weights.Sum(w => (double)w);
            Assert.Equal(balance ? 1 / 3.0 : new[] { 0.05, 0.85, 0.1 }[k], said, 0.02);
        }
    }

    /// <summary>One wild target in a hundred pulls the mean and not what Huber's loss is about.</summary>
    [Fact]
    public void Initialize_HuberLoss_IsNotPulledByWildTargets()
    {
        const int rows = 2_000;
        var matrix = TskNetworkTests.Rows(rows, 4, 5);
        var targets = Enumerable.Range(0, rows).Select(row => row % 100 == 0 ? 1_000f : (row % 2) - 0.5f).ToArray();
        var set = new TrainingSet(matrix, 4, targets, null, [.. Enumerable.Range(0, rows)], []);

        double Mean(Loss loss)
        {
            var outputs = new float[rows];
            new TrainingState(set, TskNetworkTests.Shape(1), new TrainerOptions { Loss = loss }).Network.Predict(matrix, rows, outputs);
            return outputs.Average();
        }

        Assert.InRange(Mean(Loss.Mse), 9, 11);
        Assert.InRange(Mean(Loss.Huber), -0.5, 0.5);
    }
}
