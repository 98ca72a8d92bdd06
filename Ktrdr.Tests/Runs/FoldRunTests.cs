using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
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

    [Theory]
    [InlineData("{scheme: walk_forward, folds: 3}")]
    [InlineData("{scheme: purged_kfold, folds: 3}")]
    public void Run_Fold_IsMeasuredAndTradedInItsTestedStretchOnly(string validation)
    {
        var strategy = Parse(validation);
        var stretches = TrainingRun.Table(strategy, Market, long.MinValue).Folds(strategy.Validation!, TrainingRun.ValidationFraction(strategy)).Select(fold => Assert.Single(fold.TestTimes));

        Assert.All(Run(strategy, 1).Zip(stretches), pair =>
        {
            var (fold, (start, end)) = pair;
            Assert.InRange(fold.TestStart, start, fold.TestEnd);
            Assert.InRange(fold.TestEnd, fold.TestStart, end - 1);
            Assert.InRange(fold.Daily!.Days[0], UtcDay.Of(start), UtcDay.Of(start) + 1);
            Assert.InRange(fold.Daily.Days[^1], UtcDay.Of(end) - 1, UtcDay.Of(end) + 1);
        });
    }

    [Fact]
    public void Run_Holdout_HasNoFold() => Assert.Empty(Run(Parse("{scheme: holdout, embargo_bars: 20}"), 1));

    [Fact]
    public void Run_ResumedAfterEveryEpochAndFold_GivesTheBitsOfTheUnbrokenRun()
    {
        var strategy = Parse("{scheme: walk_forward, folds: 3}");
        var kept = Trainings.RunOf(strategy, Market, [1, 2]);
        SeedCheckpoint? trained = null;
        kept.Train(1, null, (_, take) => trained = take());
        var states = new List<byte[]>();
        var whole = Run(strategy, 1, onState: state => states.Add(new TrainingCheckpoint(trained!, state).ToBytes()));

        // Two seeds of three epochs, and the end of each of three folds.
        Assert.Equal(3 * ((2 * 3) + 1), states.Count);
        foreach (var bytes in states)
        {
            var (again, told) = (TrainingCheckpoint.FromBytes(bytes), new List<int>());
            var resumed = Run(strategy, 2, (done, _) => told.Add(done), again.Folds);
            Assert.Equal(whole.Select(Bits), resumed.Select(Bits));
            Assert.Equal(whole.Select(f => (f.TestStart, f.TestEnd, f.TrainRows, f.TestRows)), resumed.Select(f => (f.TestStart, f.TestEnd, f.TrainRows, f.TestRows)));
            Assert.Equal(Enumerable.Range(again.Folds!.Finished.Count + 1, 3 - again.Folds.Finished.Count), told);
            Assert.Equal(trained!.ToBytes(), again.Kept.ToBytes());
        }
    }

    [Fact]
    public void Run_FoldThatIsDone_IsNotRunAgain()
    {
        // A finished fold that says something else than it would if it were run again is believed.
        var strategy = Parse("{scheme: purged_kfold, folds: 3}");
        FoldCheckpoint? first = null;
        var whole = Run(strategy, 1, onState: state => first ??= state is { Finished.Count: 1 } ? state : null);
        var marked = first! with { Finished = [first.Finished[0] with { Accuracy = 0.125 }] };

        var resumed = Run(strategy, 1, resume: marked);

        Assert.Equal(0.125, resumed[0].Accuracy);
        Assert.Equal(whole.Skip(1).Select(Bits), resumed.Skip(1).Select(Bits));
    }

    [Fact]
    public void Run_CheckpointOfOtherFolds_IsRefused()
    {
        var strategy = Parse("{scheme: purged_kfold, folds: 3}");
        FoldCheckpoint? state = null;
        Run(strategy, 1, onState: s => state = s);

        var refused = Assert.Throws<InvalidInputException>(() => Run(strategy with { Costs = null }, 1, resume: state));

        Assert.Equal("invalid_checkpoint", refused.Problems[0].Code);
        Assert.Contains("another training", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromBytes_DamagedOrOfAnotherFormat_IsRefused()
    {
        SeedCheckpoint? seeds = null;
        Trainings.RunOf(Parse("{scheme: purged_kfold, folds: 3}"), Market, [1]).Train(1, null, (_, take) => seeds = take());
        var bytes = new TrainingCheckpoint(seeds!, null).ToBytes();

        Assert.Null(TrainingCheckpoint.FromBytes(bytes).Folds);
        bytes[^1] ^= 1;
        Assert.Contains("checksum", Assert.Throws<InvalidInputException>(() => TrainingCheckpoint.FromBytes(bytes)).Message, StringComparison.Ordinal);
        Assert.Contains("cut off", Assert.Throws<InvalidInputException>(() => TrainingCheckpoint.FromBytes(bytes.AsSpan(0, 5))).Message, StringComparison.Ordinal);
        Assert.Contains("KSEEDS1", Assert.Throws<InvalidInputException>(() => TrainingCheckpoint.FromBytes(seeds!.ToBytes())).Message, StringComparison.Ordinal);
    }

    /// <summary>Scaling fitted on the tested rows too, as if the whole table were known.</summary>
    [Theory]
    [InlineData("{scheme: walk_forward, folds: 2}")]
    [InlineData("{scheme: purged_kfold, folds: 3}")]
    [InlineData("{scheme: combinatorial, folds: 4, test_folds: 2}")]
    public void Run_ScalingThatKnowsTheTest_IsRefused(string validation) => Refused(
        "the scaling of fold 1",
        validation,
        strategy => (features, fold) => TrainingRun.Of(strategy, features, fold, [1], 1) with { Normalization = Normalization.Fit(features, strategy, [.. fold.Rows.Train, .. fold.Rows.Test]) });

    /// <summary>A network that is shown the tested rows.</summary>
    [Theory]
    [InlineData("{scheme: walk_forward, folds: 2}")]
    [InlineData("{scheme: purged_kfold, folds: 3}")]
    public void Run_NetworkThatIsTrainedOnTheTest_IsRefused(string validation) => Refused(
        "a network of fold 1",
        validation,
        strategy => (features, fold) =>
        {
            var run = TrainingRun.Of(strategy, features, fold, [1], 1);
            return run with { Set = new TrainingSet(run.Set.Features, run.Set.Columns, run.Set.Classes, null, [.. run.Set.TrainRows, .. fold.Rows.Test], run.Set.ValidationRows) };
        });

    /// <summary>Labels that say where the market stands two hundred bars later, beyond what they are said to have seen.</summary>
    [Fact]
    public void Run_LabelsThatKnowTheTest_AreRefused()
    {
        var strategy = Parse("{scheme: walk_forward, folds: 2}");
        var folds = new FoldRun(strategy, Market, TrainingRun.Table(strategy, Market, long.MinValue), [1], 1, BacktestOptions.From(strategy))
        {
            Split = table => [.. table.Folds(strategy.Validation!, 0.2).Select(fold =>
            {
                var close = table.Symbols[0].Bars.Close.ToArray();
                int[] later = [.. close.Select((price, bar) => close[Math.Min(bar + 200, close.Length - 1)] > price ? 0 : 2)];
                return fold with { Labels = new LabelSeries(false, 3, later, fold.Labels.Target, fold.Labels.End) };
            })],
        };

        var refused = Assert.Throws<InvalidInputException>(() => folds.Run(1));

        Assert.Equal("look_ahead", refused.Problems[0].Code);
        Assert.Contains("a label of fold 1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{scheme: walk_forward, folds: 2}")]
    [InlineData("{scheme: combinatorial, folds: 4, test_folds: 2}")]
    public void Run_TskModelOfSeveralSymbols_IsProvenFoldByFold(string validation)
    {
        var two = new MarketView([Market.Primary, Trainings.Bars("OTHER", SyntheticMarket.Planted(8, 2_400, symbol: "SYNTH"))]);
        var strategy = RunDocuments.Parse(RunDocuments.Reversion
            .Replace("{mode: single, symbol: SYNTH}", "{mode: multi_symbol, list: [SYNTH, OTHER]}", StringComparison.Ordinal)
            .Replace("model: {type: mlp, architecture: {hidden_layers: [8], activation: relu, dropout: 0.1}}", "model: {type: tsk}", StringComparison.Ordinal) + $"\nvalidation: {validation}");

        var folds = new FoldRun(strategy, two, TrainingRun.Table(strategy, two, two.Primary.Times[100]), [1], 1, BacktestOptions.From(strategy)).Run(1);

        Assert.NotEmpty(folds);
    }

    private static void Refused(string what, string validation, Func<StrategyDocument, Func<FeatureMatrix, TrainingFold, TrainingRun>> fit)
    {
        var strategy = RunDocuments.Parse(RunDocuments.Reversion.Replace("model:", "  - {raw_indicator: roc_5, timeframes: all, normalization: zscore}\nmodel:", StringComparison.Ordinal) + $"\nvalidation: {validation}");
        FoldRun Folds(Func<FeatureMatrix, TrainingFold, TrainingRun>? of) =>
            new(strategy, Market, TrainingRun.Table(strategy, Market, long.MinValue), [1], 1, BacktestOptions.From(strategy)) { Fit = of };

        var refused = Assert.Throws<InvalidInputException>(() => Folds(fit(strategy)).Run(1));

        Assert.Equal(("look_ahead", "validation"), (refused.Problems[0].Code, refused.Problems[0].Path));
        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Folds(null).Run(1));
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

        Assert.NotEmpty(Assert.Throws<InvalidInputException>(() => new FoldRun(strategy, few, table, [1], null, BacktestOptions.From(strategy)).Run(1)).Problems);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Measure_NetworkThatOverflows_HasNoLossAndIsNeverRight(bool regression)
    {
        var network = Network.Initialize(new MlpShape(2, [4], regression ? 1 : 3, Activation.Tanh, 0), 1);
        var features = new FeatureMatrix(["a", "b"], [float.NaN, 1, 0.5f, -0.5f], [true, true], [true, false], 0);
        var labels = LabelSeries.Empty(2, regression ? 0 : 3);
        (labels.Class[0], labels.Class[1], labels.Target[0], labels.Target[1]) = (0, 0, 0.1f, 0.1f);

        var (loss, right) = FoldRun.Measure(network, features, labels, [0]);

        Assert.Equal((double.NaN, 0.0), (loss, right));
        Assert.True(double.IsFinite(FoldRun.Measure(network, features, labels, [1]).Loss));
    }

    private static StrategyDocument Parse(string validation) => RunDocuments.Parse(RunDocuments.Reversion + $"\nvalidation: {validation}");

    private static IReadOnlyList<FoldOutcome> Run(StrategyDocument strategy, int threads, Action<int, int>? onFold = null, FoldCheckpoint? resume = null, Action<FoldCheckpoint>? onState = null) =>
        new FoldRun(strategy, Market, TrainingRun.Table(strategy, Market, long.MinValue), [1, 2], 3, BacktestOptions.From(strategy)).Run(threads, onFold, resume, onState);

    private static string Bits(FoldOutcome fold) => $"{fold.Number} {fold.TestLoss:R} {fold.Accuracy:R} {string.Join(',', fold.Daily!.Returns.Select(r => r.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}";
}
