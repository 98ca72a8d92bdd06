using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.Indicators;

/// <summary>What must hold for every indicator of the catalog, whatever the numbers.</summary>
public sealed class IndicatorPropertyTests
{
    public static TheoryData<string> Names => [.. IndicatorCatalog.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_RandomBars_IsDefinedExactlyAfterWarmUp(string name)
    {
        var type = Find(name);
        var warmUp = type.WarmUp(type.Defaults());
        foreach (var count in new[] { warmUp + 1, warmUp + 2, 500, 3_000 })
        {
            var outputs = type.Compute(Candles.Random(7, count), type.Defaults());
            Assert.Equal(type.Outputs.Count, outputs.Length);
            Assert.All(outputs, o => Assert.Equal(count, o.Length));
            Assert.All(Enumerable.Range(warmUp, count - warmUp), i => Assert.All(outputs, o => Assert.True(double.IsFinite(o[i]), $"{name}[{i}] = {o[i]}")));
            Assert.True(warmUp == 0 || outputs.Any(o => double.IsNaN(o[warmUp - 1])), "an output is still undefined just before the warm-up ends");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_TooShortInput_IsAllNaN(string name)
    {
        var type = Find(name);
        var warmUp = type.WarmUp(type.Defaults());
        for (var count = 0; count <= warmUp; count++)
        {
            var outputs = type.Compute(Candles.Random(1, count), type.Defaults());
            Assert.Contains(outputs, o => o.All(double.IsNaN));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_ChangedFuture_LeavesThePastBitForBit(string name)
    {
        var type = Find(name);
        var bars = Candles.Random(11, 2_500);
        var whole = type.Compute(bars, type.Defaults());
        foreach (var last in new[] { 3, 19, 40, 1_023, 1_050, 2_047, 2_400 })
        {
            var changed = type.Compute(Candles.ChangedAfter(bars, last), type.Defaults());
            var prefix = type.Compute(bars.Slice(0, last + 1), type.Defaults());
            for (var o = 0; o < whole.Length; o++)
            {
                for (var i = 0; i <= last; i++)
                {
                    Assert.Equal(BitConverter.DoubleToInt64Bits(whole[o][i]), BitConverter.DoubleToInt64Bits(changed[o][i]));
                    Assert.Equal(BitConverter.DoubleToInt64Bits(whole[o][i]), BitConverter.DoubleToInt64Bits(prefix[o][i]));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_MissingBar_RestartsAfterIt(string name)
    {
        const int gap = 300;
        var type = Find(name);
        var bars = Candles.Random(5, 700);
        var warmUp = type.WarmUp(type.Defaults());
        var whole = type.Compute(bars, type.Defaults());
        var holed = type.Compute(Candles.WithGap(bars, gap), type.Defaults());
        var fresh = type.Compute(bars.Slice(gap + 1, 700 - gap - 1), type.Defaults());
        for (var o = 0; o < whole.Length; o++)
        {
            Assert.Equal(whole[o][..gap], holed[o][..gap]);
            Assert.True(double.IsNaN(holed[o][gap]));
            Assert.Equal(fresh[o], holed[o][(gap + 1)..]);
            Assert.True(double.IsFinite(holed[o][gap + 1 + warmUp]));
        }
    }

    [Theory]
    [InlineData("simplemovingaverage", true)]
    [InlineData("exponentialmovingaverage", true)]
    [InlineData("bollingerbands", true)]
    [InlineData("donchianchannels", true)]
    [InlineData("atr", true)]
    [InlineData("macd", true)]
    [InlineData("rsi", false)]
    [InlineData("adx", false)]
    [InlineData("stochastic", false)]
    [InlineData("roc", false)]
    public void Compute_ScaledPrices_ScalesOrStays(string name, bool scales)
    {
        const double factor = 8.0;
        var type = Find(name);
        var bars = Candles.Random(3, 1_200);
        var plain = type.Compute(bars, type.Defaults());
        var scaled = type.Compute(Candles.Scaled(bars, factor), type.Defaults());
        for (var o = 0; o < plain.Length; o++)
        {
            Assert.Equal(plain[o].Select(x => scales ? x * factor : x), scaled[o]);
        }
    }

    [Theory]
    [InlineData("simplemovingaverage", new[] { 1.1 })]
    [InlineData("exponentialmovingaverage", new[] { 1.1 })]
    [InlineData("bollingerbands", new[] { 1.1, 1.1, 1.1 })]
    [InlineData("donchianchannels", new[] { 1.1, 1.1, 1.1 })]
    [InlineData("atr", new[] { 0.0 })]
    [InlineData("macd", new[] { 0.0, 0.0, 0.0 })]
    [InlineData("rsi", new[] { 50.0 })]
    [InlineData("adx", new[] { 0.0, 0.0, 0.0 })]
    [InlineData("stochastic", new[] { 50.0, 50.0 })]
    [InlineData("roc", new[] { 0.0 })]
    public void Compute_ConstantPrices_HasItsRestValue(string name, double[] expected)
    {
        var type = Find(name);
        var outputs = type.Compute(Candles.Constant(1.1, 400), type.Defaults());
        for (var o = 0; o < outputs.Length; o++)
        {
            Assert.All(outputs[o].Skip(type.WarmUp(type.Defaults())), x => Assert.Equal(expected[o], x, 1e-12));
        }
    }

    [Theory]
    [InlineData("rsi")]
    [InlineData("adx")]
    [InlineData("stochastic")]
    public void Compute_RandomBars_StaysBetween0And100(string name)
    {
        var type = Find(name);
        for (ulong seed = 0; seed < 20; seed++)
        {
            var values = type.Compute(Candles.Random(seed, 800), type.Defaults()).SelectMany(o => o).Where(x => !double.IsNaN(x));
            Assert.All(values, x => Assert.InRange(x, -1e-9, 100.0 + 1e-9));
        }
    }

    [Fact]
    public void Compute_RandomBars_OrdersBandsAndChannels()
    {
        var bars = Candles.Random(2, 900);
        foreach (var name in new[] { "bollingerbands", "donchianchannels" })
        {
            var type = Find(name);
            var outputs = type.Compute(bars, type.Defaults());
            Assert.All(
                Enumerable.Range(type.WarmUp(type.Defaults()), 800),
                i => Assert.True(outputs[0][i] >= outputs[1][i] && outputs[1][i] >= outputs[2][i]));
        }
    }

    [Fact]
    public void Rsi_RisingPrices_Is100()
    {
        var close = Enumerable.Range(1, 50).Select(i => (double)i).ToArray();
        var type = Find("rsi");
        var values = type.Compute(Candles.Of(close, close, close, close, close), type.Defaults())[0];
        Assert.All(values.Skip(14), x => Assert.Equal(100.0, x));
    }

    private static IndicatorType Find(string name)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        return type;
    }
}
