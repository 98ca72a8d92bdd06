using System.Globalization;
using System.Text.Json;
using Ktrdr.Engine;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Indicators;

/// <summary>Agreement with values computed by others.</summary>
public sealed class IndicatorVectorTests
{
    private const double RelativeTolerance = 1e-9;

    /// <summary>The published test values of Stock.Indicators for these bars, to their four decimals.</summary>
    [SharedTheory]
    [InlineData(19, double.NaN, 21.0361, 25.0124)]
    [InlineData(29, 19.7949, 37.9719, 14.1658)]
    [InlineData(248, 30.5903, 32.3167, 18.2471)]
    [InlineData(501, 34.2987, 17.7565, 31.1510)]
    public void Adx_ReferenceBars_AgreesWithPublishedValues(int bar, double adx, double plus, double minus)
    {
        var outputs = Find("adx").Compute(ReferenceBars(), Find("adx").Defaults());
        Assert.Equal(adx, outputs[0][bar], 1e-4);
        Assert.Equal(plus, outputs[1][bar], 1e-4);
        Assert.Equal(minus, outputs[2][bar], 1e-4);
    }

    /// <summary>What Stock.Indicators publishes for these bars (its folder of test results), in full.</summary>
    [SharedTheory]
    [InlineData("adline", "", "line", 30, 818579443.8623282)]
    [InlineData("adline", "", "line", 250, 3189471476.69579)]
    [InlineData("adline", "", "line", 501, 3439986548.4174113)]
    [InlineData("aroon", "period=25", "up", 30, 100.0)]
    [InlineData("aroon", "period=25", "up", 250, 68.0)]
    [InlineData("aroon", "period=25", "up", 501, 28.0)]
    [InlineData("aroon", "period=25", "down", 30, 8.0)]
    [InlineData("aroon", "period=25", "down", 250, 0.0)]
    [InlineData("aroon", "period=25", "down", 501, 88.0)]
    [InlineData("cci", "period=20", "value", 30, 211.91837300349889)]
    [InlineData("cci", "period=20", "value", 250, 63.81865307303489)]
    [InlineData("cci", "period=20", "value", 501, -52.99456594699088)]
    [InlineData("cmf", "period=20", "cmf", 30, 0.3338878806265169)]
    [InlineData("cmf", "period=20", "cmf", 250, -0.09324217714913208)]
    [InlineData("cmf", "period=20", "cmf", 501, -0.12375374234545743)]
    [InlineData("fishertransform", "", "fisher", 30, 3.063518544172823)]
    [InlineData("fishertransform", "", "fisher", 250, 1.2017011889996922)]
    [InlineData("fishertransform", "", "fisher", 501, -1.2876148579614486)]
    [InlineData("fishertransform", "", "signal", 30, 2.6461640567196416)]
    [InlineData("fishertransform", "", "signal", 250, 1.3496351398828055)]
    [InlineData("fishertransform", "", "signal", 501, -2.0071061528977228)]
    [InlineData("ichimoku", "", "tenkan", 30, 218.925)]
    [InlineData("ichimoku", "", "tenkan", 250, 257.755)]
    [InlineData("ichimoku", "", "tenkan", 501, 241.26)]
    [InlineData("ichimoku", "", "kijun", 30, 217.34)]
    [InlineData("ichimoku", "", "kijun", 250, 253.71499999999997)]
    [InlineData("ichimoku", "", "kijun", 501, 251.505)]
    [InlineData("keltnerchannels", "", "upper", 30, 219.83041702509672)]
    [InlineData("keltnerchannels", "", "upper", 250, 258.1972814052755)]
    [InlineData("keltnerchannels", "", "upper", 501, 262.18729460652884)]
    [InlineData("keltnerchannels", "", "lower", 30, 214.42807121384556)]
    [InlineData("keltnerchannels", "", "lower", 250, 252.88824352553672)]
    [InlineData("keltnerchannels", "", "lower", 501, 236.5164987541658)]
    [InlineData("mfi", "", "value", 30, 59.103771819434634)]
    [InlineData("mfi", "", "value", 250, 58.23886666724955)]
    [InlineData("mfi", "", "value", 501, 39.949377041250514)]
    [InlineData("parabolicsar", "", "value", 30, 216.61603580442198)]
    [InlineData("parabolicsar", "", "value", 250, 257.04)]
    [InlineData("parabolicsar", "", "value", 501, 229.7662)]
    [InlineData("roc", "period=14", "value", 30, 2.4369980614788154)]
    [InlineData("roc", "period=14", "value", 250, 1.0219322380315992)]
    [InlineData("roc", "period=14", "value", 501, -4.804781494993411)]
    [InlineData("momentum", "period=14", "value", 30, 5.280000000000001)]
    [InlineData("momentum", "period=14", "value", 250, 2.5999999999999943)]
    [InlineData("momentum", "period=14", "value", 501, -12.380000000000024)]
    [InlineData("supertrend", "", "trend", 30, 217.273240641562)]
    [InlineData("supertrend", "", "trend", 250, 254.004135100218)]
    [InlineData("supertrend", "", "trend", 501, 251.807983370328)]
    [InlineData("vwap", "period=0", "value", 30, 215.45809226720652)]
    [InlineData("vwap", "period=0", "value", 250, 232.61130126078854)]
    [InlineData("vwap", "period=0", "value", 501, 250.37004770976762)]
    [InlineData("williamsr", "", "value", 30, -2.521008403361435)]
    [InlineData("williamsr", "", "value", 250, -38.979118329466495)]
    [InlineData("williamsr", "", "value", 501, -52.01210287443269)]
    [InlineData("wma", "period=14", "value", 30, 218.30190476190478)]
    [InlineData("wma", "period=14", "value", 250, 257.2550476190476)]
    [InlineData("wma", "period=14", "value", 501, 243.36971428571428)]
    [InlineData("bollingerbandwidth", "", "value", 30, 0.041307125852538755)]
    [InlineData("bollingerbandwidth", "", "value", 250, 0.03122010669520477)]
    [InlineData("bollingerbandwidth", "", "value", 501, 0.17343304274458288)]
    public void Compute_ReferenceBars_AgreesWithStockIndicators(string name, string settings, string output, int bar, double expected)
    {
        var type = Find(name);
        var raw = settings.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('=')).ToDictionary(s => s[0], s => (object?)double.Parse(s[1], CultureInfo.InvariantCulture));
        var outputs = type.Compute(ReferenceBars(), type.Bind(raw, name, []));
        var actual = outputs[type.Outputs.ToList().IndexOf(output)][bar];
        Assert.True(Math.Abs(expected - actual) <= RelativeTolerance * Math.Abs(expected), $"{expected:R} but {actual:R}");
    }

    [SharedTheory]
    [InlineData("atr")]
    [InlineData("bollinger")]
    [InlineData("donchian")]
    [InlineData("ema")]
    [InlineData("macd")]
    [InlineData("obv")]
    [InlineData("rsi")]
    [InlineData("sma")]
    [InlineData("stochastic")]
    public void Compute_ReferenceBars_AgreesWithVector(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Shared!, "vectors", "indicators", file + ".csv"));
        using var header = JsonDocument.Parse(lines[0][1..]);
        var columns = lines[1].Split(',');
        var rows = lines[2..].Where(l => l.Length > 0).Select(l => l.Split(',')).ToArray();
        Assert.True(IndicatorCatalog.TryFind(header.RootElement.GetProperty("indicator").GetString()!, out var type));
        var problems = new List<Problem>();
        var raw = header.RootElement.GetProperty("params").EnumerateObject().ToDictionary(p => p.Name, p => (object?)p.Value);
        var arguments = type.Bind(raw, "indicator", problems);
        Assert.Empty(problems);

        var close = Column("close");
        var high = columns.Contains("high") ? Column("high") : close;
        var low = columns.Contains("low") ? Column("low") : close;
        var times = rows.Select(r => new DateTimeOffset(DateTime.Parse(r[0], CultureInfo.InvariantCulture), TimeSpan.Zero).ToUnixTimeMilliseconds());
        var bars = new BarSeries("SPY", Timeframe.OneDay, [.. times], Column("open"), high, low, close, columns.Contains("volume") ? Column("volume") : new double[close.Length]);
        var outputs = type.Compute(bars, arguments);

        var compared = 0;
        var expectedNames = columns.Where(c => c.StartsWith("expected_", StringComparison.Ordinal)).ToArray();
        Assert.Equal(type.Outputs.Count, expectedNames.Length);
        for (var o = 0; o < expectedNames.Length; o++)
        {
            var expected = Column(expectedNames[o]);
            var actual = outputs[type.IsMultiOutput ? type.Outputs.ToList().IndexOf(expectedNames[o]["expected_".Length..]) : 0];
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.True(double.IsNaN(expected[i]) == double.IsNaN(actual[i]), $"{expectedNames[o]}[{i}]: {expected[i]} but {actual[i]}");
                if (!double.IsNaN(expected[i]))
                {
                    var allowed = RelativeTolerance * Math.Max(Math.Abs(expected[i]), 1e-3);
                    Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed, $"{expectedNames[o]}[{i}]: {expected[i]:R} but {actual[i]:R}");
                    compared++;
                }
            }
        }

        Assert.True(compared > 400, $"only {compared} values compared");

        double[] Column(string name)
        {
            var at = Array.IndexOf(columns, name);
            return [.. rows.Select(r => r[at].Length == 0 ? double.NaN : double.Parse(r[at], CultureInfo.InvariantCulture))];
        }
    }

    private static BarSeries ReferenceBars()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Shared!, "vectors", "indicators", "obv.csv")).Skip(2).Where(l => l.Length > 0).Select(l => l.Split(',')).ToArray();
        double[] Column(int at) => [.. rows.Select(r => double.Parse(r[at], CultureInfo.InvariantCulture))];
        return Candles.Of(Column(1), Column(2), Column(3), Column(4), Column(5));
    }

    private static IndicatorType Find(string name)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        return type;
    }
}
