using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.MarketData;

/// <summary>The real market data beside the clone comes in whole under the default policy.</summary>
public sealed class SharedDataTests
{
    [SharedTheory]
    [InlineData("AAPL", "1d", 5849)]
    [InlineData("EURUSD", "1d", 3738)]
    [InlineData("EURUSD", "1h", 74439)]
    [InlineData("SPY", "1d", 5849)]
    [InlineData("SPY", "1h", 40832)]
    [InlineData("XAUUSD", "1h", 76499)]
    public void Read_RealData_ImportsEveryRowWithDefaultPolicy(string symbol, string timeframe, int rows)
    {
        using var stream = File.OpenRead(Path.Combine(Repository.Shared!, "data", $"{symbol}_{timeframe}.csv.gz"));
        var import = CsvBars.Read(stream, new CsvOptions { Symbol = symbol, Timeframe = Timeframe.Parse(timeframe) });
        Assert.Equal(rows, import.Bars.Count);
        Assert.Contains(import.Findings, f => f.Code == "gap_weekend" && f.Count > 500);
        Assert.Equal(symbol is "EURUSD" or "XAUUSD", import.Findings.Any(f => f.Code == "zero_volume" && f.Count == rows));
        Assert.Equal(timeframe == "1h" && symbol is "SPY" or "XAUUSD", import.Findings.Any(f => f.Code == "gap_session"));
        Assert.InRange(import.Bars.BarsPerYear, timeframe == "1d" ? 245 : 1_600, timeframe == "1d" ? 315 : 6_500);
    }
}
