using Ktrdr.Engine;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Indicators;
using Xunit;

namespace Ktrdr.Tests.Labels;

/// <summary>Labels whose horizon only the data decides, and context labels.</summary>
public sealed class SwingLabelsTests
{
    private static readonly LabelSpec Zigzag = new() { Source = LabelSource.Zigzag, ZigzagThreshold = 0.05 };

    private static readonly LabelSpec Regime = new() { Source = LabelSource.Regime, VolLookback = 30, AtrPeriod = 5 };

    [Fact]
    public void Zigzag_FewBars_AreThoseOfTheSwings()
    {
        var labels = Labeler.Compute(Zigzag, Closes(100, 103, 106, 104, 110, 108, 104, 99, 101, 106, 107));

        int[] expected = [LabelSeries.Hold, LabelSeries.Buy, LabelSeries.Buy, LabelSeries.Buy, LabelSeries.Hold, LabelSeries.Sell, LabelSeries.Sell, LabelSeries.Hold, -1, -1, -1];
        Assert.Equal(expected, labels.Class);
        Assert.Equal([2, 6, 6, 6, 6, 9, 9, 9, 8, 9, 10], labels.End);
    }

    [Fact]
    public void Zigzag_PriceThatNeverTurns_IsRefused()
    {
        var error = Assert.Throws<InvalidInputException>(() => Labeler.Compute(Zigzag, Candles.Constant(100, 50)));
        Assert.Equal(("no_swing", "training.labels.zigzag_threshold"), (error.Problems[0].Code, error.Problems[0].Path));
    }

    [Theory]
    [InlineData(LabelSource.Zigzag)]
    [InlineData(LabelSource.Regime)]
    [InlineData(LabelSource.Context)]
    [InlineData(LabelSource.ForwardReturn)]
    [InlineData(LabelSource.TripleBarrier)]
    public void Compute_EveryChangeAfterEnd_LeavesTheLabel(LabelSource source)
    {
        var bars = Candles.Random(21, 400);
        var spec = new LabelSpec { Source = source, ZigzagThreshold = 0.02, Horizon = 7, MaxHoldingPeriod = 20, VolSpan = 20, VolLookback = 30, CusumThreshold = 0 };
        var labels = Labeler.Compute(spec, bars, 100);
        var defined = 0;
        for (var t = 0; t < bars.Count; t += 7)
        {
            if (labels.IsDefined(t) && labels.End[t] >= 100)
            {
                defined++;
                var changed = Labeler.Compute(spec, Candles.ChangedAfter(bars, labels.End[t]), 100);
                Assert.Equal((labels.Class[t], labels.Target[t], labels.End[t]), (changed.Class[t], changed.Target[t], changed.End[t]));
            }
        }

        Assert.InRange(defined, 5, 400);
    }

    [Fact]
    public void Regime_StaircaseUpThenDown_IsTrendThatProgresses()
    {
        // Steps of three bars forward and one back: small swings whose lows rise, then whose highs fall.
        var close = new List<double> { 100 };
        for (var i = 1; i < 240; i++)
        {
            var direction = i is < 80 or >= 160 ? 1 : -1;
            close.Add(close[^1] * (1 + (direction * (i % 4 == 0 ? -0.012 : 0.008))));
        }

        var labels = Labeler.Compute(Regime with { MacroAtrMult = 4, MicroAtrMult = 0.9, AtrPeriod = 14 }, Closes([.. close]));

        Assert.True(labels.Class[5..75].Count(c => c == LabelSeries.TrendingUp) > 60);
        Assert.True(labels.Class[85..155].Count(c => c == LabelSeries.TrendingDown) > 60);
        Assert.DoesNotContain(LabelSeries.Volatile, labels.Class);
    }

    [Fact]
    public void Regime_QuietThenWildBars_AreVolatileAhead()
    {
        var close = new List<double> { 100 };
        for (var i = 1; i < 300; i++)
        {
            close.Add(close[^1] * (1 + ((i % 2 == 0 ? 1 : -1) * (i is > 150 and < 170 ? 0.03 : 0.002)) + (i % 40 < 20 ? 0.001 : -0.001)));
        }

        var labels = Labeler.Compute(Regime with { MicroAtrMult = 0.5, MacroAtrMult = 2 }, Closes([.. close]));

        Assert.All(labels.Class[146..151], c => Assert.Equal(LabelSeries.Volatile, c));
        Assert.DoesNotContain(LabelSeries.Volatile, labels.Class[..145]);
        Assert.DoesNotContain(LabelSeries.Volatile, labels.Class[175..280]);
        Assert.All(Enumerable.Range(0, 290).Where(labels.IsDefined), t => Assert.True(labels.End[t] >= t + 5));
    }

    [Fact]
    public void Regime_Thresholds_AreFittedOnTrainingBarsOnly()
    {
        var bars = Candles.Random(5, 400);
        var wild = Candles.ChangedAfter(bars, 300);

        Assert.Equal(SwingUnit.Of(bars, 14, [new BarRange(0, 200)]), SwingUnit.Of(wild, 14, [new BarRange(0, 200)]));
        Assert.NotEqual(SwingUnit.Of(bars, 14, [new BarRange(0, 200)]), SwingUnit.Of(bars, 14, [new BarRange(0, 400)]));
        Assert.Equal(SwingUnit.Of(bars, 14, [new BarRange(50, 100), new BarRange(200, 250)]), SwingUnit.Of(Holed(bars, 100, 200), 14, [new BarRange(50, 100), new BarRange(200, 250)]));
        Assert.Equal(Labeler.Compute(Regime, bars, 200).Class[..250], Labeler.Compute(Regime, wild, 200).Class[..250]);
    }

    [Fact]
    public void Cusum_ThresholdFittedOnStretches_DoesNotSeeTheBarsBetween()
    {
        var bars = Candles.Random(5, 400);
        BarRange[] fit = [new(0, 100), new(200, 400)];
        var spec = new LabelSpec { Source = LabelSource.TripleBarrier, CusumThreshold = 0, CusumMultiplier = 1, MaxHoldingPeriod = 5, VolSpan = 10 };

        Assert.Equal(Labeler.Compute(spec, bars, fit).Class[..95], Labeler.Compute(spec, Holed(bars, 100, 200), fit).Class[..95]);
        Assert.NotEqual(Labeler.Compute(spec, bars).Class[..95], Labeler.Compute(spec, Holed(bars, 100, 200)).Class[..95]);
        Assert.Contains("too_few_bars", Assert.Throws<InvalidInputException>(() => Labeler.Compute(spec, bars, [new BarRange(0, 2)])).Problems[0].Code);
    }

    [Fact]
    public void Regime_ConstantPricesOrWrongParameters_AreNamed()
    {
        AssertPath("bars", Regime, Candles.Constant(100, 300));
        AssertPath("training.labels.micro_atr_mult", Regime with { MicroAtrMult = 3 }, Candles.Random(1, 300));
        AssertPath("training.labels.atr_period", Regime with { AtrPeriod = 1 }, Candles.Random(1, 300));
        AssertPath("training.labels.macro_atr_mult", Regime with { MacroAtrMult = 10_000 }, Candles.Random(1, 300));
        AssertPath("training.labels.zigzag_threshold", Zigzag with { ZigzagThreshold = 0 }, Candles.Random(1, 300));
        AssertPath("training.labels.bearish_threshold", new LabelSpec { Source = LabelSource.Context, BearishThreshold = 0.1 }, Candles.Random(1, 300));
        AssertPath("fit", Regime, Candles.Random(1, 300), new BarRange(0, 301));
    }

    [Theory]
    [InlineData(295, 300, "2 to 294")]
    [InlineData(120, 100, "2 to 99")]
    [InlineData(100_000, 300, "2 to 294")]
    public void Regime_VolatilityOfMoreBarsThanThereAre_IsRefusedByName(int lookback, int fitBars, string allowed)
    {
        var bars = Candles.Random(1, 300);
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => Labeler.Compute(Regime with { VolLookback = lookback }, bars, fitBars)).Problems);

        Assert.Equal(("training.labels.vol_lookback", $"{lookback}"), (problem.Path, problem.Value));
        Assert.StartsWith(allowed + " with the ", problem.Allowed, StringComparison.Ordinal);
        Assert.NotEmpty(Labeler.Compute(Regime with { VolLookback = int.Parse(allowed.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture) }, bars, fitBars).Class);
    }

    [Theory]
    [InlineData(LabelSource.Context, "training.labels.horizon = 5000")]
    [InlineData(LabelSource.ForwardReturn, "training.labels.horizon = 5000")]
    [InlineData(LabelSource.TripleBarrier, "training.labels.max_holding_period = 5000 and vol_span = 20")]
    [InlineData(LabelSource.Regime, "training.labels.atr_period = 5000")]
    public void Compute_FewerBarsThanAParameterReaches_NamesIt(LabelSource source, string by)
    {
        var spec = new LabelSpec { Source = source, Horizon = 5000, MaxHoldingPeriod = 5000, VolSpan = 20, AtrPeriod = 5000 };

        Assert.EndsWith(by, Assert.Throws<InvalidInputException>(() => Labeler.Compute(spec, Candles.Random(1, 300))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_Thresholds_AreExclusive()
    {
        var labels = Labeler.Compute(new LabelSpec { Source = LabelSource.Context, Horizon = 2, BullishThreshold = 0.25, BearishThreshold = -0.25 }, Closes(100, 100, 125, 126, 93.75, 94, 100));

        Assert.Equal([LabelSeries.Neutral, LabelSeries.Bullish, LabelSeries.Neutral, LabelSeries.Bearish, LabelSeries.Neutral, -1, -1], labels.Class);
        Assert.Equal([2, 3, 4, 5, 6, 5, 6], labels.End);
    }

    private static BarSeries Closes(params double[] close) => Candles.Of(close, [.. close.Select(c => c * 1.001)], [.. close.Select(c => c * 0.999)], close, close);

    /// <summary>Other bars in [start, end).</summary>
    private static BarSeries Holed(BarSeries bars, int start, int end)
    {
        return Candles.Of(Change(bars.Open), Change(bars.High), Change(bars.Low), Change(bars.Close), Change(bars.Volume));

        double[] Change(ReadOnlySpan<double> column)
        {
            var copy = column.ToArray();
            for (var i = start; i < end; i++)
            {
                copy[i] *= i % 2 == 0 ? 3 : 1;
            }

            return copy;
        }
    }

    private static void AssertPath(string path, LabelSpec spec, BarSeries bars, params BarRange[] fit)
        => Assert.Equal(path, Assert.Throws<InvalidInputException>(() => fit.Length == 0 ? Labeler.Compute(spec, bars) : Labeler.Compute(spec, bars, fit)).Problems[0].Path);
}
