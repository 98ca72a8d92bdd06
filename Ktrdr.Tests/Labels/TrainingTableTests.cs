using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Features;
using Xunit;

namespace Ktrdr.Tests.Labels;

public sealed class TrainingTableTests
{
    private static readonly StrategyDocument Document = FeaturePipelineTests.Single with
    {
        Training = FeaturePipelineTests.Single.Training with { Labels = new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = 8 } },
    };

    [Fact]
    public void Build_TwoSymbolsWithOppositeDrift_EachHasItsOwnLabels()
    {
        var (up, down) = (Drifting("UPUSD", 0.0008, 900), Drifting("DOWNUSD", -0.0008, 900));
        var table = Table(Document, up, down);
        var fold = table.Holdout(0.2);

        Assert.Equal(["UPUSD", "DOWNUSD"], table.Symbols.Select(s => s.Bars.Symbol));
        foreach (var (symbol, sign) in table.Symbols.Zip([1, -1]))
        {
            int[] rows = [.. fold.Rows.Train.Concat(fold.Rows.Validation).Where(r => r >= symbol.FirstRow && r < symbol.FirstRow + symbol.Bars.Count)];
            Assert.True(rows.Length > 500);
            Assert.Equal(sign, Math.Sign(rows.Average(r => fold.Labels.Target[r])));
            var own = Labeler.Compute(Document.Training.Labels, symbol.Bars);
            Assert.All(rows, r =>
            {
                Assert.Equal(own.Target[r - symbol.FirstRow], fold.Labels.Target[r]);
                Assert.Equal(own.End[r - symbol.FirstRow] + symbol.FirstRow, fold.Labels.End[r]);
            });
        }
    }

    [Theory]
    [InlineData(ValidationScheme.Holdout)]
    [InlineData(ValidationScheme.WalkForward)]
    [InlineData(ValidationScheme.PurgedKFold)]
    [InlineData(ValidationScheme.CombinatorialPurged)]
    public void Folds_SymbolsWithDifferentCalendars_AreCutAtTheSameMoments(ValidationScheme scheme)
    {
        // One trades around the clock, the other seven hours on weekdays.
        var document = Document with { TrainingData = Document.TrainingData with { HistoryRequired = null } };
        var table = Table(document, Drifting("BTCUSD", 0, 2400), Sessions(Drifting("SPY", 0, 2400)));
        foreach (var fold in table.Folds(new ValidationSpec(scheme, Folds: 4, TestFolds: 2), 0.25))
        {
            var (train, validation, test) = (Seen(table, fold, fold.Rows.Train), Seen(table, fold, fold.Rows.Validation), Seen(table, fold, fold.Rows.Test));
            AssertApart(train, validation);
            AssertApart(train, test);
            AssertApart(validation, test);
            Assert.All(table.Symbols, s => Assert.Contains(fold.Rows.Train, r => r >= s.FirstRow && r < s.FirstRow + s.Bars.Count));
        }
    }

    [Fact]
    public void Folds_HistoryLongerThanAFold_NamesFoldDatesBarsAndKey()
    {
        var document = Document with { TrainingData = Document.TrainingData with { HistoryRequired = 320 } };
        var table = Table(document, Drifting("A", 0, 1200));

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => table.Folds(new ValidationSpec(ValidationScheme.WalkForward, Folds: 3), 0.2)).Problems);

        Assert.Equal(("empty_split", "training"), (problem.Code, problem.Path));
        Assert.Matches(
            @"^no training row is left in fold 1 of 3 \(tested from 20\d\d-\d\d-\d\d to 20\d\d-\d\d-\d\d\): its training part from 20\d\d-\d\d-\d\d to 20\d\d-\d\d-\d\d has 240 bars, "
            + @"240 without complete features \(training_data\.history_required is 320\); allowed: at least \d+ bars there, by a longer window, a training_data\.history_required below 320, .*validation\.folds below 3$",
            problem.Message);
    }

    [Fact]
    public void Folds_EmbargoLongerThanAFold_NamesTheEmbargoThatWasAskedFor()
    {
        var scheme = new ValidationSpec(ValidationScheme.PurgedKFold, Folds: 4, EmbargoBars: 900);
        var document = Document with { TrainingData = Document.TrainingData with { HistoryRequired = null }, Validation = scheme };

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => Table(document, Drifting("A", 0, 1200)).Folds(scheme, 0.2)).Problems);

        Assert.Equal(("empty_split", "training"), (problem.Code, problem.Path));
        Assert.Contains("the embargo of 900 bars", problem.Message, StringComparison.Ordinal);
        Assert.Contains("validation.embargo_bars below 900", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folds_LateLabelOfOneSymbol_PurgesTheOtherSymbolsRowsToo()
    {
        // A swing of the slow symbol begins in the tested stretch and is confirmed long after it.
        var spec = Document.Training.Labels with { Source = LabelSource.Zigzag, ZigzagThreshold = 0.004 };
        var document = Document with { Training = Document.Training with { Labels = spec } };
        var table = Table(document, Drifting("FAST", 0, 3000), Drifting("SLOW", 0, 3000, scale: 0.25));
        foreach (var fold in table.Folds(new ValidationSpec(ValidationScheme.PurgedKFold, 3), 0.2))
        {
            AssertApart(Seen(table, fold, fold.Rows.Train), Seen(table, fold, fold.Rows.Test));
        }
    }

    [Fact]
    public void Folds_WindowsOfASequence_StayInsideASymbolAndOutOfGaps()
    {
        var document = Document with { Model = Document.Model with { Kind = ModelKind.Gru, SequenceLength = 10 } };
        var table = Table(document, Drifting("A", 0, 700), Gapped(Drifting("B", 0, 700), 300, 450));
        var fold = table.Holdout(0.2);

        Assert.True(table.Features.StartsRun[700] && table.Features.StartsRun[1000]);
        foreach (var row in fold.Rows.Train.Concat(fold.Rows.Validation))
        {
            var window = Enumerable.Range(row - 9, 10).ToArray();
            Assert.All(window, r => Assert.True(table.Features.IsReady[r]));
            Assert.DoesNotContain(window[1..], r => table.Features.StartsRun[r]);
        }

        Assert.DoesNotContain(1004, fold.Rows.Train);
    }

    [Fact]
    public void Holdout_OneSymbol_IsTheSplitOfItsBars()
    {
        var bars = Drifting("EURUSD", 0, 900);
        var table = Table(Document, bars);
        var matrix = FeaturePipeline.Build(Document, new Dictionary<string, BarSeries> { ["1h"] = bars }, "1h");
        var fold = table.Holdout(0.2);
        var split = Splits.PurgedHoldout(Labeler.Compute(Document.Training.Labels, bars), 0, 900, 0.2, 20, matrix.IsReady);

        Assert.Equal(20, table.Symbols[0].Embargo);
        Assert.Equal(matrix.Values.Select(BitConverter.SingleToInt32Bits), table.Features.Values.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(split.Train, fold.Rows.Train);
        Assert.Equal(split.Validation, fold.Rows.Validation);
    }

    [Fact]
    public void Folds_FittedThresholds_SeeTheirOwnTrainingStretchesOnly()
    {
        var spec = new LabelSpec { Source = LabelSource.TripleBarrier, CusumThreshold = 0, CusumMultiplier = 0.5, MaxHoldingPeriod = 10, VolSpan = 20 };
        var document = Document with { Training = Document.Training with { Labels = spec } };
        var bars = Drifting("EURUSD", 0, 2000);
        var wild = TestBars.Changed(bars, 1000, 1500, 1.003);
        var scheme = new ValidationSpec(ValidationScheme.PurgedKFold, 4);

        // The third stretch is tested: what happens there does not decide which bars before it are events.
        var (first, second) = (Table(document, bars).Folds(scheme, 0.2)[2], Table(document, wild).Folds(scheme, 0.2)[2]);
        Assert.Equal(first.Labels.Class[..980], second.Labels.Class[..980]);
        Assert.NotEqual(Table(document, bars).Folds(scheme, 0.2)[0].Labels.Class[..980], Table(document, wild).Folds(scheme, 0.2)[0].Labels.Class[..980]);
    }

    [Fact]
    public void Holdout_FittedThresholds_DoNotSeeWhatValidates()
    {
        var spec = new LabelSpec { Source = LabelSource.TripleBarrier, CusumThreshold = 0, CusumMultiplier = 0.5, MaxHoldingPeriod = 10, VolSpan = 20 };
        var document = Document with { Training = Document.Training with { Labels = spec } };
        var bars = Drifting("EURUSD", 0, 2000);

        // The last fifth validates; what happens in it moves no event before it, what happens in training does.
        var (calm, wild) = (Labels(bars), Labels(TestBars.Changed(bars, 1650, 1950, 1.003)));
        Assert.Equal(calm[..1580], wild[..1580]);
        Assert.NotEqual(calm[..980], Labels(TestBars.Changed(bars, 1000, 1500, 1.003))[..980]);

        int[] Labels(BarSeries series) => Table(document, series).Holdout(0.2).Labels.Class;
    }

    [Fact]
    public void Build_WindowAndUnfitSymbols_AreRespected()
    {
        var (a, b) = (Drifting("A", 0, 900), Drifting("B", 0, 900));
        var table = TrainingTable.Build(Document, [Inputs(a), Inputs(b)], "1h", a.Times[200], a.Times[800]);

        Assert.Equal((1600, 600, 800), (table.Features.Rows, table.Symbols[1].Count, table.Symbols[1].FirstRow));
        Assert.All(table.Holdout(0.2).Rows.Train, r => Assert.True(r % 800 >= 200));
        Assert.Contains("given twice", Assert.Throws<InvalidInputException>(() => Table(Document, a, a)).Message);
        Assert.Contains("B 1h has no bars", Assert.Throws<InvalidInputException>(() => TrainingTable.Build(Document, [Inputs(a), Inputs(b.Slice(0, 100))], "1h", a.Times[200], a.Times[800])).Message);
        Assert.Contains("0 symbols", Assert.Throws<InvalidInputException>(() => Table(Document)).Message);
    }

    private static TrainingTable Table(StrategyDocument document, params BarSeries[] symbols) =>
        TrainingTable.Build(document, [.. symbols.Select(Inputs)], "1h", long.MinValue, long.MaxValue);

    private static FeatureInputs Inputs(BarSeries bars) => new(new Dictionary<string, BarSeries> { ["1h"] = bars });

    private static BarSeries Drifting(string symbol, double drift, int count, double scale = 1)
    {
        var bars = TestBars.Random(Timeframe.OneHour, count, (ulong)symbol.Length + 3, symbol);
        return bars.WithPrices(Along(bars.Open), Along(bars.High), Along(bars.Low), Along(bars.Close), bars.Volume.ToArray());

        double[] Along(ReadOnlySpan<double> prices)
        {
            var moved = new double[prices.Length];
            for (var i = 0; i < moved.Length; i++)
            {
                moved[i] = 1.1 * (1 + (scale * ((prices[i] / 1.1) - 1))) * (1 + (drift * i));
            }

            return moved;
        }
    }

    private static BarSeries Sessions(BarSeries bars) => TestBars.Pick(bars, i => i % 24 is >= 14 and <= 20 && i / 24 % 7 < 5);

    private static BarSeries Gapped(BarSeries bars, int start, int end) => TestBars.Pick(bars, i => i < start || i >= end);

    /// <summary>From when to when each row's label has seen.</summary>
    private static (long From, long To)[] Seen(TrainingTable table, TrainingFold fold, int[] rows) =>
    [
        .. rows.Select(r =>
        {
            var symbol = table.Symbols.Last(s => s.FirstRow <= r);
            return (symbol.Bars.Times[r - symbol.FirstRow], symbol.Bars.Times[fold.Labels.End[r] - symbol.FirstRow]);
        }).Order(),
    ];

    private static void AssertApart((long From, long To)[] some, (long From, long To)[] others)
    {
        foreach (var (from, to) in some)
        {
            foreach (var other in others)
            {
                if (from <= other.To && other.From <= to)
                {
                    Assert.Fail($"{from} to {to} meets {other.From} to {other.To}");
                }
            }
        }
    }
}
