using Ktrdr.Engine;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Indicators;
using Xunit;

namespace Ktrdr.Tests.Labels;

public sealed class SplitsTests
{
    private static readonly LabelSeries Labels = Labeler.Compute(
        new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = 5 }, Candles.Random(1, 120));

    [Fact]
    public void PurgedHoldout_Window_KeepsBordersClean()
    {
        var split = Splits.PurgedHoldout(Labels, 10, 110, 0.2, 3);

        Assert.Equal(Enumerable.Range(10, 75), split.Train);
        Assert.Equal(Enumerable.Range(90, 15), split.Validation);
        Assert.All(split.Train, i => Assert.True(Labels.End[i] < 90));
        Assert.All(split.Validation, i => Assert.True(Labels.End[i] < 110));
    }

    [Fact]
    public void PurgedHoldout_EmbargoLongerThanLabels_DropsThatManyRowsBeforeTheBorder()
        => Assert.Equal(90 - 12 - 1, Splits.PurgedHoldout(Labels, 10, 110, 0.2, 12).Train[^1]);

    [Fact]
    public void PurgedHoldout_RowsNotReady_AreInNeitherPart()
    {
        var ready = new bool[120];
        Array.Fill(ready, true, 30, 80);
        ready[95] = false;
        var split = Splits.PurgedHoldout(Labels, 10, 110, 0.2, 3, ready);
        Assert.Equal(30, split.Train[0]);
        Assert.DoesNotContain(95, split.Validation);
    }

    [Theory]
    [InlineData(0, 110, 0.2, 90, "training")]
    [InlineData(100, 106, 0.5, 0, "training")]
    [InlineData(0, 110, 0.01, 0, "validation")]
    public void PurgedHoldout_EmptyPart_IsAnError(int start, int end, double fraction, int embargo, string part)
    {
        var error = Assert.Throws<InvalidInputException>(() => Splits.PurgedHoldout(Labels, start, end, fraction, embargo));
        Assert.Equal("empty_split", Assert.Single(error.Problems).Code);
        Assert.Contains($"no {part} row", error.Message);
    }

    [Theory]
    [InlineData(-1, 50, 0.2, 0)]
    [InlineData(0, 121, 0.2, 0)]
    [InlineData(50, 50, 0.2, 0)]
    [InlineData(0, 50, 0.0, 0)]
    [InlineData(0, 50, double.NaN, 0)]
    [InlineData(0, 50, 0.2, -1)]
    public void PurgedHoldout_InvalidArgument_IsAnError(int start, int end, double fraction, int embargo)
        => Assert.Throws<InvalidInputException>(() => Splits.PurgedHoldout(Labels, start, end, fraction, embargo));

    [Fact]
    public void WalkForward_EmptyFold_SaysWhichAndWhatItTakes()
    {
        var ready = new bool[120];
        Array.Fill(ready, true, 40, 80);

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => Splits.WalkForward(Labels, 0, 120, 3, 0.2, 4, anchored: true, ready)).Problems);

        // The first of four stretches has 30 bars, 6 of which validate; labels look 5 bars ahead.
        Assert.StartsWith("no training row is left in fold 1 of 3: its training part has 24 bars, 24 without complete features (the indicators' warm-up); allowed: at least 29 bars there", problem.Message, StringComparison.Ordinal);
        Assert.Equal(("empty_split", "training", "24", "at least 29 bars"), (problem.Code, problem.Path, problem.Value, problem.Allowed));
        Assert.Contains("a longer window, indicators with shorter periods, validation.folds below 3", problem.Message, StringComparison.Ordinal);
    }
}
