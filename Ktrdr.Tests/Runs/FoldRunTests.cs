using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Runs;

public sealed class FoldRunTests
{
    private static readonly MarketView Market = new(SyntheticMarket.Planted(7, 2_400, symbol: "SYNTH"));

    [Theory]
    [InlineData("{scheme: walk_forward, folds: 4}", 4)]
    [InlineData("{scheme: walk_forward, folds: 3, anchored: false}", 3)]
    [InlineData("{scheme: purged_kfold, folds: 5}", 5)]
    [InlineData("{scheme: combinatorial, folds: 4, test_folds: 2}", 6)]
    public void Run_Scheme_TrainsAndTestsEveryFold(string validation, int count)
    {
        var strategy = Parse(validation);
        var told = new List<(int, int)>();

        var folds = Run(strategy, 1, (done, all) => told.Add((done, all)));

        Assert.Equal(Enumerable.Range(1, count), folds.Select(f => f.Number));
        Assert.Equal(Enumerable.Range(1, count).Select(i => (i, count)), told);
        Assert.All(folds, fold =>
        {
            Assert.True(fold.TrainRows > 100 && fold.TestRows > 100, $"{fold}");
            Assert.True(double.IsFinite(fold.TestLoss) && fold.Accuracy is >= 0 and <= 1, $"{fold}");
            Assert.True(fold.TestStart < fold.TestEnd, $"{fold}");
            Assert.NotNull(fold.Daily);
            Assert.True(fold.Daily.Count >= (fold.TestRows / 24) - 2, $"{fold.Daily.Count} days of {fold.TestRows} rows");
        });
        if (strategy.Validation!.Scheme == ValidationScheme.WalkForward)
        {
            Assert.All(folds.Zip(folds.Skip(1)), pair => Assert.True(pair.First.TestEnd < pair.Second.TestStart));
            Assert.Equal(strategy.Validation.Anchored, folds[^1].TrainRows > folds[0].TrainRows * 2);
        }

        // Nothing depends on the number of threads.
        Assert.Equal(folds.Select(Bits), Run(strategy, 3).Select(Bits));
    }

    [Fact]
    public void Run_CostsThatNothingCanPay_EveryFoldLoses()
    {
        var strategy = Parse("{scheme: purged_kfold, folds: 3}");
        strategy = strategy with { Costs = strategy.Costs! with { Commission = 0.01 } };

        Assert.All(Run(strategy, 1), fold => Assert.True(fold.Daily!.Returns.Sum() < 0 && fold.Daily.Sharpe < 0, $"fold {fold.Number}"));
    }

    [Fact]
    public void Run_ModelThatNeverTrades_HasLossesAndNoReturns()
    {
        var gate = RunDocuments.Parse(RunDocuments.Gate + "\nvalidation: {scheme: walk_forward, folds: 2}");
        var folds = Run(gate, 1);

        Assert.All(folds, fold => Assert.Null(fold.Daily));
        Assert.All(folds, fold => Assert.True(double.IsFinite(fold.TestLoss)));
    }

    [Fact]
    public void Run_MoreFoldsThanRowsCanFill_IsATypedError()
    {
        var strategy = Parse("{scheme: purged_kfold, folds: 20}");
        var few = Market.Before(Market.Primary.Times[120]);
        var table = TrainingRun.Table(strategy, few, long.MinValue);

        Assert.NotEmpty(Assert.Throws<InvalidInputException>(() => FoldRun.Run(strategy, few, table, [1], null, BacktestOptions.From(strategy), 1)).Problems);
    }

    [Theory]
    [InlineData(RunDocuments.Reversion)]
    [InlineData(RunDocuments.Gate)]
    public void Measure_StretchesOfRows_AreMeasuredAsEachRowByItself(string document)
    {
        var strategy = RunDocuments.Parse(document);
        var run = Trainings.RunOf(strategy, Market, [1]);
        var network = run.Trained(run.Train(1)).PrimarySeed.Network;
        int[] rows = [.. run.Fold.Rows.Train.Where(row => row % 97 is not (0 or 5 or 6))];

        var (loss, right) = FoldRun.Measure(network, run.Features, run.Fold.Labels, rows);

        var (lossByRow, rightByRow) = (0.0, 0);
        var probabilities = new float[network.Shape.Outputs];
        foreach (var row in rows)
        {
            network.Predict(run.Features.Values, row, 1, probabilities);
            lossByRow -= Elementary.Log(Math.Max(probabilities[run.Fold.Labels.Class[row]], float.Epsilon));
            rightByRow += Array.IndexOf(probabilities, probabilities.Max()) == run.Fold.Labels.Class[row] ? 1 : 0;
        }

        Assert.Equal((lossByRow / rows.Length, (double)rightByRow / rows.Length), (loss, right));
    }

    private static StrategyDocument Parse(string validation) => RunDocuments.Parse(RunDocuments.Reversion + $"\nvalidation: {validation}");

    private static IReadOnlyList<FoldOutcome> Run(StrategyDocument strategy, int threads, Action<int, int>? onFold = null) =>
        FoldRun.Run(strategy, Market, TrainingRun.Table(strategy, Market, long.MinValue), [1, 2], 3, BacktestOptions.From(strategy), threads, onFold);

    private static string Bits(FoldOutcome fold) => $"{fold.Number} {fold.TestLoss:R} {fold.Accuracy:R} {string.Join(',', fold.Daily!.Returns.Select(r => r.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}";
}
