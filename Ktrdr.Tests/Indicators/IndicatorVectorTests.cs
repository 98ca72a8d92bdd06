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
        var rows = File.ReadLines(Path.Combine(Repository.Shared!, "vectors", "indicators", "atr.csv")).Skip(2).Where(l => l.Length > 0).Select(l => l.Split(',')).ToArray();
        double[] Column(int at) => [.. rows.Select(r => double.Parse(r[at], CultureInfo.InvariantCulture))];
        Assert.True(IndicatorCatalog.TryFind("adx", out var type));
        var outputs = type.Compute(Candles.Of(Column(1), Column(2), Column(3), Column(4), Column(5)), type.Defaults());
        Assert.Equal(adx, outputs[0][bar], 1e-4);
        Assert.Equal(plus, outputs[1][bar], 1e-4);
        Assert.Equal(minus, outputs[2][bar], 1e-4);
    }

    [SharedTheory]
    [InlineData("atr")]
    [InlineData("bollinger")]
    [InlineData("donchian")]
    [InlineData("ema")]
    [InlineData("macd")]
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
        var bars = new BarSeries("SPY", Timeframe.OneDay, [.. times], Column("open"), high, low, close, new double[close.Length]);
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
}
