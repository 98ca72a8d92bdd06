using Ktrdr.Engine;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Indicators;
using Xunit;

namespace Ktrdr.Tests.Labels;

public sealed class LabelerTests
{
    private static readonly LabelSpec Barriers = new() { Source = LabelSource.TripleBarrier, MaxHoldingPeriod = 5, VolSpan = 4 };

    [Fact]
    public void Compute_ConstantPrices_IsHoldNotAGuess()
    {
        var labels = Labeler.Compute(Barriers, Candles.Constant(100.0, 40));
        Assert.All(labels.Class[..35], c => Assert.Equal(LabelSeries.Hold, c));
        Assert.All(labels.Class[35..], c => Assert.Equal(LabelSeries.Undefined, c));
    }

    [Fact]
    public void Compute_RisingAndFallingPrices_AreBuyAndSell()
    {
        var up = Enumerable.Range(0, 60).Select(i => 100.0 + i).ToArray();
        double[] down = [.. up.Reverse()];
        Assert.All(Labeler.Compute(Barriers, Bars(up)).Class[..55], c => Assert.Equal(LabelSeries.Buy, c));
        Assert.All(Labeler.Compute(Barriers, Bars(down)).Class[..55], c => Assert.Equal(LabelSeries.Sell, c));

        static BarSeries Bars(double[] close)
            => Candles.Of(close, [.. close.Select(c => c + 0.3)], [.. close.Select(c => c - 0.3)], close, close);
    }

    [Fact]
    public void Compute_ChangeAfterEnd_LeavesTheLabel()
    {
        var bars = Candles.Random(21, 300);
        var spec = Barriers with { MaxHoldingPeriod = 20 };
        var labels = Labeler.Compute(spec, bars);
        foreach (var t in new[] { 10, 77, 150, 250 })
        {
            var changed = Labeler.Compute(spec, Candles.ChangedAfter(bars, labels.End[t]));
            Assert.Equal((labels.Class[t], labels.End[t]), (changed.Class[t], changed.End[t]));
        }
    }

    [Fact]
    public void Compute_LogReturnVolatility_HasNoLabelBeforeTwoReturns()
    {
        var labels = Labeler.Compute(Barriers with { VolMethod = VolatilityMethod.LogReturn }, Candles.Random(2, 100));
        Assert.Equal([LabelSeries.Undefined, LabelSeries.Undefined], labels.Class[..2]);
        Assert.All(labels.Class[2..95], c => Assert.NotEqual(LabelSeries.Undefined, c));
    }

    [Fact]
    public void Compute_TooFewBars_SaysHowManyAreNeeded()
    {
        var error = Assert.Throws<InvalidInputException>(() => Labeler.Compute(Barriers, Candles.Random(2, 8)));
        Assert.Contains("at least 9", error.Message);
    }

    [Fact]
    public void Compute_InvalidParameter_NamesIt()
    {
        var error = Assert.Throws<InvalidInputException>(() => Labeler.Compute(Barriers with { SlMultiplier = 0.0 }, Candles.Random(2, 80)));
        Assert.Equal("training.labels.sl_multiplier", Assert.Single(error.Problems).Path);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(0.0)]
    [InlineData(double.PositiveInfinity)]
    public void Compute_UnsoundPrice_IsNamedInsteadOfLosingEveryLaterLabel(double price)
    {
        var bars = Candles.Random(2, 80);
        var close = bars.Close.ToArray();
        close[30] = price;
        var error = Assert.Throws<InvalidInputException>(() => Labeler.Compute(Barriers, Candles.Of(bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), close, bars.Volume.ToArray())));
        Assert.Equal("bars[30]", Assert.Single(error.Problems).Path);
    }

    [Fact]
    public void Compute_EventThresholdLeftOpen_IsFittedOnTheFirstBarsOnly()
    {
        var bars = Candles.Random(21, 300);
        var wild = Candles.ChangedAfter(bars, 200);
        var spec = Barriers with { CusumThreshold = 0, CusumMultiplier = 1 };

        Assert.Equal(Labeler.Compute(spec, bars, 150).Class[..190], Labeler.Compute(spec, wild, 150).Class[..190]);
        Assert.NotEqual(Labeler.Compute(spec, bars).Class[..190], Labeler.Compute(spec, wild).Class[..190]);
    }

    [Fact]
    public void UniquenessWeights_DisjointAndOverlappingLabels_CountConcurrency()
    {
        Assert.Equal([1.0, 1.0], UniquenessWeights.Raw([2, 1, 4, 3, 4], [0, 2]));
        Assert.Equal([0.75, 0.5], UniquenessWeights.Raw([2, 2, 2], [0, 1]));
    }
}
