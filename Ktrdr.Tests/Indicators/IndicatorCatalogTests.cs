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
    public void TryFind_NameOrAlias_FindsTheType(string name, string canonical)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        Assert.Equal(canonical, type.Name);
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
