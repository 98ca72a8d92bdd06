using System.Globalization;
using System.Text;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.Indicators;
using Ktrdr.Tests.Indicators;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Api.MarketData;

public sealed class IndicatorEndpointTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresFact]
    public async Task Indicator_OnCsvWithCloseOnly_IsCalculated()
    {
        var csv = new StringBuilder("# a comment\ntimestamp,close\n");
        for (var i = 0; i < 10; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"2024-01-01T{i:00}:00:00Z,{i + 1}\n");
        }

        var result = await fixture.Api.Researcher.CalculateIndicatorAsync(new CalculateIndicatorRequest { Type = "sma", Csv = csv.ToString(), Parameters = new Dictionary<string, string> { ["period"] = "3" } });
        Assert.Equal("simplemovingaverage", result.Type);
        Assert.Equal([null, null, 2, 3, 4, 5, 6, 7, 8, 9], Assert.Single(result.Columns).Values);
    }

    [PostgresFact]
    public async Task Catalog_EveryType_IsDescribedAndCalculatesWhatTheEngineDoes()
    {
        var catalog = await fixture.Api.Researcher.ListIndicatorsAsync();
        Assert.Equal(IndicatorCatalog.All.Select(t => t.Name), catalog.Select(d => d.Type));
        Assert.Equal("false", catalog.Single(d => d.Type == "exponentialmovingaverage").Parameters.Single(p => p.Name == "adjust").Default);
        var bars = Candles.Random(4, 160);
        var csv = new StringBuilder("timestamp,open,high,low,close,volume\n");
        for (var i = 0; i < bars.Count; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{DateTimeOffset.FromUnixTimeMilliseconds(bars.Times[i]):yyyy-MM-ddTHH:mm:ssZ},{bars.Open[i]:R},{bars.High[i]:R},{bars.Low[i]:R},{bars.Close[i]:R},{bars.Volume[i]:R}\n");
        }

        foreach (var described in catalog)
        {
            Assert.True(IndicatorCatalog.TryFind(described.Type, out var type));
            var result = await fixture.Api.Researcher.CalculateIndicatorAsync(new CalculateIndicatorRequest { Type = described.Type, Csv = csv.ToString() });
            var expected = type.Compute(bars, type.Defaults());
            Assert.Equal(described.Outputs, result.Columns.Select(c => c.Name));
            for (var o = 0; o < expected.Length; o++)
            {
                Assert.Equal(expected[o].Select(v => double.IsFinite(v) ? v : (double?)null), result.Columns[o].Values);
            }
        }
    }

    [PostgresFact]
    public async Task Calculate_ParameterWithoutEffect_IsCalculatedAllTheSame()
    {
        const string csv = "timestamp,open,high,low,close\n2024-01-01T00:00:00Z,1,3,1,2\n2024-01-01T01:00:00Z,2,4,2,3\n";
        var result = await fixture.Api.Researcher.CalculateIndicatorAsync(
            new CalculateIndicatorRequest { Type = "Ichimoku", Csv = csv, Parameters = new Dictionary<string, string> { ["tenkan_period"] = "2", ["displacement"] = "9" } });
        Assert.Equal([null, 2.5], result.Columns[0].Values);
        Assert.Equal([2, 3], result.Columns[4].Values);
    }
}
