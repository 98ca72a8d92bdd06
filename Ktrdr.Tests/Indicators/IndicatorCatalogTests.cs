using System.Text.Json;
using Ktrdr.Engine;
using Ktrdr.Engine.Indicators;
using Xunit;

namespace Ktrdr.Tests.Indicators;

public sealed class IndicatorCatalogTests
{
    [Theory]
    [InlineData("rsi", "rsi")]
    [InlineData("RSI", "rsi")]
    [InlineData("sma", "simplemovingaverage")]
    [InlineData("ema", "exponentialmovingaverage")]
    [InlineData("bbands", "bollingerbands")]
    [InlineData("bollinger", "bollingerbands")]
    [InlineData("donchian", "donchianchannels")]
    [InlineData("WMA", "weightedmovingaverage")]
    [InlineData("parabolic_sar", "parabolicsar")]
    [InlineData("BollingerBandsIndicator", "bollingerbands")]
    [InlineData("WilliamsRIndicator", "williamsr")]
    public void TryFind_NameOrAlias_FindsTheType(string name, string canonical)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        Assert.Equal(canonical, type.Name);
    }

    /// <summary>The types of the original with their parameters; an exponential average is seeded by a simple one unless <c>adjust</c> asks for the original's weighting.</summary>
    [Theory]
    [InlineData("adline", "use_sma_smoothing=false,smoothing_period=21", "line,mf_multiplier,mf_volume,roc_10,momentum_21,relative_strength")]
    [InlineData("adx", "period=14", "adx,plus_di,minus_di")]
    [InlineData("aroon", "period=14,include_oscillator=false", "up,down,oscillator")]
    [InlineData("atr", "period=14", "value")]
    [InlineData("bollingerbands", "period=20,multiplier=2,source=close", "upper,middle,lower")]
    [InlineData("bollingerbandwidth", "period=20,multiplier=2,source=close", "value")]
    [InlineData("cci", "period=20", "value")]
    [InlineData("cmf", "period=21", "cmf,mf_multiplier,mf_volume,momentum,signal,histogram,above_zero,below_zero")]
    [InlineData("distancefromma", "period=20,ma_type=SMA,source=close", "value")]
    [InlineData("donchianchannels", "period=20,include_middle=true", "upper,middle,lower")]
    [InlineData("exponentialmovingaverage", "period=20,adjust=false,source=close", "value")]
    [InlineData("fishertransform", "period=10,smoothing=3", "fisher,signal")]
    [InlineData("ichimoku", "tenkan_period=9,kijun_period=26,senkou_b_period=52,displacement=26", "tenkan,kijun,senkou_a,senkou_b,chikou")]
    [InlineData("keltnerchannels", "period=20,atr_period=10,multiplier=2", "upper,middle,lower")]
    [InlineData("macd", "fast_period=12,slow_period=26,signal_period=9,source=close", "line,signal,histogram")]
    [InlineData("mfi", "period=14", "value")]
    [InlineData("momentum", "period=10,source=close", "value")]
    [InlineData("obv", "", "value")]
    [InlineData("parabolicsar", "initial_af=0.02,step_af=0.02,max_af=0.2", "value")]
    [InlineData("roc", "period=10,source=close", "value")]
    [InlineData("rsi", "period=14,source=close", "value")]
    [InlineData("rvi", "period=10,signal_period=4", "rvi,signal")]
    [InlineData("simplemovingaverage", "period=20,source=close", "value")]
    [InlineData("squeezeintensity", "bb_period=20,bb_multiplier=2,kc_period=20,kc_multiplier=2,source=close", "value")]
    [InlineData("stochastic", "k_period=14,d_period=3,smooth_k=3", "k,d")]
    [InlineData("supertrend", "period=10,multiplier=3", "trend,direction")]
    [InlineData("volumeratio", "period=20", "value")]
    [InlineData("vwap", "period=20,use_typical_price=true", "value")]
    [InlineData("weightedmovingaverage", "period=20,source=close", "value")]
    [InlineData("williamsr", "period=14", "value")]
    [InlineData("zigzag", "threshold=0.05,source=close", "value")]
    public void Catalog_TypeOfTheOriginal_HasItsParametersAndOutputs(string name, string defaults, string outputs)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        Assert.Equal((name, defaults, outputs), (type.Name, type.Defaults().ToString(), string.Join(',', type.Outputs)));
        Assert.Equal(31, IndicatorCatalog.All.Count);
    }

    [Theory]
    [InlineData("rsi", "period", 2, 100)]
    [InlineData("simplemovingaverage", "period", 2, 500)]
    [InlineData("adx", "period", 2, 200)]
    [InlineData("rvi", "period", 4, 100)]
    [InlineData("vwap", "period", 0, 200)]
    [InlineData("aroon", "period", 1, 200)]
    [InlineData("ichimoku", "senkou_b_period", 1, 200)]
    public void Bind_ValueOutsideTheRange_IsRefusedAtBothEnds(string name, string parameter, int min, int max)
    {
        Assert.Empty(Bind(name, (parameter, min)).Problems);
        Assert.Empty(Bind(name, (parameter, max)).Problems);
        Assert.Equal("invalid_parameter", Assert.Single(Bind(name, (parameter, min - 1)).Problems).Code);
        Assert.Equal("invalid_parameter", Assert.Single(Bind(name, (parameter, max + 1)).Problems).Code);
    }

    [Fact]
    public void Nearest_Misspelling_IsTheNameMeant()
    {
        Assert.False(IndicatorCatalog.TryFind("stohastic", out _));
        Assert.Equal("stochastic", IndicatorCatalog.Nearest("stohastic"));
        Assert.Null(IndicatorCatalog.Nearest("zzzzzzzz"));
    }

    [Fact]
    public void Bind_Nothing_FillsInDefaults()
    {
        Assert.Equal("fast_period=12,slow_period=26,signal_period=9,source=close", Bind("macd").Arguments.ToString());
        Assert.Equal(Bind("macd").Arguments, Bind("macd", ("fast_period", 12L)).Arguments);
        Assert.NotEqual(Bind("macd").Arguments, Bind("macd", ("fast_period", 11)).Arguments);
    }

    [Theory]
    [InlineData("fast", "fast_period")]
    [InlineData("slow", "slow_period")]
    [InlineData("signal", "signal_period")]
    [InlineData("fastperiod", "fast_period")]
    public void Bind_UnknownParameter_NamesTheRightOne(string wrong, string right)
    {
        var problem = Assert.Single(Bind("macd", (wrong, 5)).Problems);
        Assert.Equal("unknown_parameter", problem.Code);
        Assert.Equal($"indicators.x.{wrong}", problem.Path);
        Assert.Equal(right, problem.Suggestion);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(101)]
    [InlineData(14.5)]
    [InlineData("14")]
    [InlineData(true)]
    [InlineData(null)]
    [InlineData(double.NaN)]
    public void Bind_WrongValue_SaysWhatIsAllowed(object? value)
    {
        var problem = Assert.Single(Bind("rsi", ("period", value)).Problems);
        Assert.Equal("invalid_parameter", problem.Code);
        Assert.Equal("a whole number from 2 to 100", problem.Allowed);
    }

    [Fact]
    public void Bind_SeveralProblems_ReportsAll()
    {
        var problems = Bind("rsi", ("period", 0), ("sourc", "open"), ("source", "opne")).Problems;
        Assert.Equal(3, problems.Count);
        Assert.Contains(problems, p => p.Path.EndsWith("source", StringComparison.Ordinal) && p.Suggestion == "open");
    }

    [Fact]
    public void Bind_MacdFastNotShorterThanSlow_IsAProblem()
        => Assert.Equal("indicators.x.fast_period", Assert.Single(Bind("macd", ("fast_period", 26)).Problems).Path);

    [Fact]
    public void Bind_JsonElements_AreReadByTheirKind()
    {
        using var json = JsonDocument.Parse("""{"period": 9, "adjust": true, "source": "hl2"}""");
        var raw = json.RootElement.EnumerateObject().Select(p => (p.Name, (object?)p.Value)).ToArray();
        var (arguments, problems) = Bind("ema", raw);
        Assert.Empty(problems);
        Assert.Equal("period=9,adjust=true,source=hl2", arguments.ToString());
    }

    [Fact]
    public void Compute_EachSource_ReadsThatColumn()
    {
        var bars = Candles.Random(4, 5);
        Assert.True(IndicatorCatalog.TryFind("roc", out var roc));
        foreach (var (source, x) in new[]
        {
            ("open", bars.Open.ToArray()), ("high", bars.High.ToArray()), ("low", bars.Low.ToArray()), ("close", bars.Close.ToArray()),
            ("volume", bars.Volume.ToArray()), ("hl2", [.. Enumerable.Range(0, 5).Select(i => (bars.High[i] + bars.Low[i]) / 2)]),
        })
        {
            var value = roc.Compute(bars, Bind("roc", ("period", 1), ("source", source)).Arguments)[0][3];
            Assert.Equal(100.0 * (x[3] / x[2] - 1.0), value, 1e-9);
        }
    }

    [Fact]
    public void Ema_Adjust_WeighsByTheSumOfWeights()
    {
        double[] close = [1.0, 2.0, 4.0];
        var (arguments, _) = Bind("ema", ("period", 3), ("adjust", true));
        Assert.True(IndicatorCatalog.TryFind("ema", out var ema));
        var value = ema.Compute(Candles.Of(close, close, close, close, close), arguments)[0][2];
        Assert.Equal((4.0 + 2.0 * 0.5 + 1.0 * 0.25) / 1.75, value, 1e-12);
    }

    private static (IndicatorArguments Arguments, List<Problem> Problems) Bind(string name, params (string Name, object? Value)[] raw)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        var problems = new List<Problem>();
        return (type.Bind(raw.ToDictionary(r => r.Name, r => r.Value), "indicators.x", problems), problems);
    }
}
