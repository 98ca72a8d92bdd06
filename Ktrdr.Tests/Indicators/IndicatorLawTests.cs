using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.Indicators;

/// <summary>Per output: how it scales, what it rests at and where it must lie.</summary>
public sealed class IndicatorLawTests
{
    private const double U = double.NaN;
    private const double Any = double.PositiveInfinity;

    /// <summary>Powers of a factor on all prices, powers of a factor on all volumes, value at constant prices and volumes of 1.1 (NaN: undefined), bounds.</summary>
    private static readonly Dictionary<string, Law> Laws = new()
    {
        ["adline"] = new([0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 1, 0], [0, 0, 0, U, 0, U], [Any, 1, Any, Any, Any, Any]),
        ["adx"] = new([0, 0, 0], [0, 0, 0], [0, 0, 0], [100, 100, 100]),
        ["aroon"] = new([0, 0, 0], [0, 0, 0], [0, 0, 0], [100, 100, 100]),
        ["atr"] = new([1], [0], [0], [Any]),
        ["bollingerbands"] = new([1, 1, 1], [0, 0, 0], [1.1, 1.1, 1.1], [Any, Any, Any]),
        ["bollingerbandwidth"] = new([0], [0], [0], [Any]),
        ["cci"] = new([0], [0], [0], [1000]),
        ["cmf"] = new([0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0], [1, 1, Any, 2, 1, 2, 1, 1]),
        ["distancefromma"] = new([0], [0], [0], [Any]),
        ["donchianchannels"] = new([1, 1, 1], [0, 0, 0], [1.1, 1.1, 1.1], [Any, Any, Any]),
        ["exponentialmovingaverage"] = new([1], [0], [1.1], [Any]),
        ["fishertransform"] = new([0, 0], [0, 0], [0, 0], [7.7, 7.7]),
        ["ichimoku"] = new([1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1.1, 1.1, 1.1, 1.1, 1.1], [Any, Any, Any, Any, Any]),
        ["keltnerchannels"] = new([1, 1, 1], [0, 0, 0], [1.1, 1.1, 1.1], [Any, Any, Any]),
        ["macd"] = new([1, 1, 1], [0, 0, 0], [0, 0, 0], [Any, Any, Any]),
        ["mfi"] = new([0], [0], [50], [100]),
        ["momentum"] = new([1], [0], [0], [Any]),
        ["obv"] = new([0], [1], [0], [Any]),
        ["parabolicsar"] = new([1], [0], [1.1], [Any]),
        ["roc"] = new([0], [0], [0], [Any]),
        ["rsi"] = new([0], [0], [50], [100]),
        ["rvi"] = new([0, 0], [0, 0], [0, 0], [1, 1]),
        ["simplemovingaverage"] = new([1], [0], [1.1], [Any]),
        ["squeezeintensity"] = new([0], [0], [0], [0.5]),
        ["stochastic"] = new([0, 0], [0, 0], [50, 50], [100, 100]),
        ["supertrend"] = new([1, 0], [0, 0], [1.1, -1], [Any, 1]),
        ["volumeratio"] = new([0], [0], [1], [20]),
        ["vwap"] = new([1], [0], [1.1], [Any]),
        ["weightedmovingaverage"] = new([1], [0], [1.1], [Any]),
        ["williamsr"] = new([0], [0], [-50], [100]),
        ["zigzag"] = new([1], [0], [U], [Any]),
    };

    /// <summary>Outputs that take both signs, or only the negative one; the others are never below 0.</summary>
    private static readonly string[] Signed =
        ["adline", "cci", "cmf", "distancefromma", "fishertransform", "macd", "momentum", "obv", "roc", "rvi", "supertrend", "williamsr", "aroon.oscillator"];

    public static TheoryData<string> Names => [.. IndicatorCatalog.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_ScaledPrices_FollowsItsPower(string name)
        => AssertScales(name, Laws[name].PricePowers, Candles.Scaled(Candles.Random(3, 1_200), 8.0));

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_ScaledVolumes_FollowsItsPower(string name)
        => AssertScales(name, Laws[name].VolumePowers, Candles.WithVolumeTimes(Candles.Random(3, 1_200), 8.0));

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_ConstantPrices_HasItsRestValue(string name)
    {
        var type = Find(name);
        var outputs = type.Compute(Candles.Constant(1.1, 400), type.Defaults());
        for (var o = 0; o < outputs.Length; o++)
        {
            Assert.All(outputs[o].Skip(type.WarmUp(type.Defaults())), x => Assert.Equal(Laws[name].AtRest[o], x, 1e-12));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_RandomBars_StaysInItsBounds(string name)
    {
        var type = Find(name);
        for (ulong seed = 0; seed < 20; seed++)
        {
            foreach (var bars in new[] { Candles.Random(seed, 800), Candles.Coarse(seed, 800) })
            {
                var outputs = type.Compute(bars, type.Defaults());
                for (var o = 0; o < outputs.Length; o++)
                {
                    var bound = Laws[name].Bounds[o];
                    var low = Signed.Contains(name) || Signed.Contains($"{name}.{type.Outputs[o]}") ? -bound : 0.0;
                    Assert.All(outputs[o].Where(x => !double.IsNaN(x)), x => Assert.InRange(x, low - 1e-9, bound + 1e-9));
                }
            }
        }
    }

    [Theory]
    [InlineData("bollingerbands")]
    [InlineData("donchianchannels")]
    [InlineData("keltnerchannels")]
    public void Compute_RandomBars_OrdersBandsAndChannels(string name)
    {
        var type = Find(name);
        var outputs = type.Compute(Candles.Random(2, 900), type.Defaults());
        Assert.All(
            Enumerable.Range(type.WarmUp(type.Defaults()), 800),
            i => Assert.True(outputs[0][i] >= outputs[1][i] && outputs[1][i] >= outputs[2][i]));
    }

    [Theory]
    [InlineData("obv", 0.0)]
    [InlineData("vwap", U)]
    [InlineData("mfi", U)]
    [InlineData("cmf", U)]
    [InlineData("volumeratio", 1.0)]
    public void Compute_NoVolume_IsItsDefinedValue(string name, double expected)
    {
        var type = Find(name);
        Assert.True(type.ReadsVolume(type.Defaults()));
        var primary = type.Compute(Candles.WithVolumeTimes(Candles.Random(6, 300), 0.0), type.Defaults())[0];
        Assert.All(primary.Skip(type.WarmUp(type.Defaults())), x => Assert.Equal(expected, x));
    }

    [Fact]
    public void ReadsVolume_OfThePricesOnly_IsFalse()
    {
        string[] readers = ["adline", "cmf", "mfi", "obv", "volumeratio", "vwap"];
        Assert.Equal(readers, IndicatorCatalog.All.Where(t => t.ReadsVolume(t.Defaults())).Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["zigzag"], IndicatorCatalog.All.Where(t => t.Repaints).Select(t => t.Name));
    }

    private static void AssertScales(string name, int[] powers, BarSeries scaledBars)
    {
        var type = Find(name);
        var plain = type.Compute(Candles.Random(3, 1_200), type.Defaults());
        var scaled = type.Compute(scaledBars, type.Defaults());
        for (var o = 0; o < plain.Length; o++)
        {
            Assert.Equal(plain[o].Select(x => powers[o] == 1 ? x * 8.0 : x), scaled[o]);
        }
    }

    private static IndicatorType Find(string name)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        return type;
    }

    private sealed record Law(int[] PricePowers, int[] VolumePowers, double[] AtRest, double[] Bounds);
}
