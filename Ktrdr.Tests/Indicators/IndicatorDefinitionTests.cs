using Ktrdr.Engine;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.Indicators;

/// <summary>The kernels against <see cref="NaiveIndicators"/>: values and where they are undefined.</summary>
public sealed class IndicatorDefinitionTests
{
    private const double RelativeTolerance = 1e-9;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var type in IndicatorCatalog.All)
            {
                cases.Add(type.Name, "");
            }

            foreach (var (name, settings) in Others)
            {
                cases.Add(name, settings);
            }

            return cases;
        }
    }

    private static (string, string)[] Others =>
    [
        ("simplemovingaverage", "period=2"), ("simplemovingaverage", "period=500"), ("simplemovingaverage", "period=37,source=ohlc4"),
        ("exponentialmovingaverage", "period=1"), ("exponentialmovingaverage", "period=3,adjust=true"), ("exponentialmovingaverage", "period=211,source=hl2"),
        ("weightedmovingaverage", "period=2"), ("weightedmovingaverage", "period=7"), ("weightedmovingaverage", "period=499,source=hlc3"),
        ("distancefromma", "period=1"), ("distancefromma", "period=33,ma_type=EMA,source=low"), ("momentum", "period=1,source=volume"), ("roc", "period=100,source=open"),
        ("rsi", "period=2"), ("rsi", "period=100,source=high"), ("macd", "fast_period=1,slow_period=2,signal_period=1"), ("macd", "fast_period=50,slow_period=200,signal_period=50"),
        ("bollingerbands", "period=2,multiplier=0.5"), ("bollingerbands", "period=200,multiplier=3"), ("bollingerbandwidth", "period=55,source=hl2"),
        ("atr", "period=1"), ("atr", "period=100"), ("adx", "period=2"), ("adx", "period=200"), ("stochastic", "k_period=1,d_period=1,smooth_k=1"), ("stochastic", "k_period=100,d_period=20,smooth_k=20"),
        ("williamsr", "period=1"), ("williamsr", "period=100"), ("cci", "period=2"), ("cci", "period=99"), ("rvi", "period=4,signal_period=1"), ("rvi", "period=21,signal_period=7"),
        ("fishertransform", "period=2,smoothing=1"), ("fishertransform", "period=100,smoothing=20"), ("aroon", "period=1"), ("aroon", "period=200,include_oscillator=true"),
        ("parabolicsar", "initial_af=0.01,step_af=0.05,max_af=0.5"), ("ichimoku", "tenkan_period=1,kijun_period=100,senkou_b_period=7"), ("supertrend", "period=2,multiplier=0.3"), ("supertrend", "period=50,multiplier=6"),
        ("keltnerchannels", "period=2,atr_period=60,multiplier=1"), ("keltnerchannels", "period=200,atr_period=2"), ("donchianchannels", "period=2"), ("donchianchannels", "period=500"),
        ("squeezeintensity", "bb_period=40,bb_multiplier=1,kc_period=9,kc_multiplier=3,source=hl2"), ("vwap", "period=0"), ("vwap", "period=1,use_typical_price=false"), ("vwap", "period=200"),
        ("mfi", "period=1"), ("mfi", "period=90"), ("cmf", "period=2"), ("cmf", "period=300"), ("adline", "use_sma_smoothing=true,smoothing_period=9"), ("adline", "use_sma_smoothing=true,smoothing_period=200"),
        ("volumeratio", "period=2"), ("volumeratio", "period=100"), ("zigzag", "threshold=0.01"), ("zigzag", "threshold=0.2,source=high"),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Compute_RandomBars_IsTheDefinition(string name, string settings) => Compare(name, settings, Candles.Random(21, 700));

    /// <summary>Prices and volumes on a coarse grid: equal neighbours, bars without range, windows without volume.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Compute_CoarseBars_IsTheDefinition(string name, string settings) => Compare(name, settings, Candles.Coarse(22, 600));

    /// <summary>Long enough for the kernels that work in blocks to have several and a rest.</summary>
    [Theory]
    [InlineData("aroon", "period=1")]
    [InlineData("aroon", "period=2")]
    [InlineData("aroon", "period=14")]
    [InlineData("aroon", "period=63")]
    [InlineData("aroon", "period=200")]
    [InlineData("adx", "period=14")]
    [InlineData("adx", "period=200")]
    public void Compute_SeveralBlocks_IsTheDefinition(string name, string settings) => Compare(name, settings, Candles.Coarse(23, 3_333));

    /// <summary>Longer than the pieces in which some are computed.</summary>
    [Theory]
    [InlineData("adx", "")]
    [InlineData("squeezeintensity", "")]
    [InlineData("squeezeintensity", "bb_period=100,kc_period=2")]
    [InlineData("stochastic", "k_period=100,d_period=20,smooth_k=20")]
    [InlineData("bollingerbands", "period=200")]
    [InlineData("donchianchannels", "")]
    public void Compute_SeveralPieces_IsTheDefinition(string name, string settings) => Compare(name, settings, Candles.Random(24, 17_000));

    private static void Compare(string name, string settings, BarSeries bars)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        var problems = new List<Problem>();
        var arguments = type.Bind(Parse(settings), name, problems);
        Assert.Empty(problems);

        var actual = type.Compute(bars, arguments);
        var expected = NaiveIndicators.Compute(name, bars, arguments);
        Assert.Equal(expected.Length, actual.Length);
        for (var o = 0; o < expected.Length; o++)
        {
            // A value that is the difference of large ones is only as good as those.
            var scale = 1e-3 * expected[o].Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
            for (var t = 0; t < bars.Count; t++)
            {
                var (e, a) = (expected[o][t], actual[o][t]);
                Assert.True(double.IsNaN(e) == double.IsNaN(a), $"{name}({settings}).{type.Outputs[o]}[{t}]: {e:R} by definition, {a:R} found");
                Assert.True(double.IsNaN(e) || Math.Abs(e - a) <= RelativeTolerance * Math.Max(Math.Abs(e), scale), $"{name}({settings}).{type.Outputs[o]}[{t}]: {e:R} by definition, {a:R} found");
            }
        }
    }

    private static Dictionary<string, object?> Parse(string settings) => settings.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('=')).ToDictionary(
        s => s[0],
        s => double.TryParse(s[1], out var number) ? number : bool.TryParse(s[1], out var flag) ? flag : (object?)s[1]);
}
