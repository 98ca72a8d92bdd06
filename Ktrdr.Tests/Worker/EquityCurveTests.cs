using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Worker.Backtesting;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class EquityCurveTests
{
    private const long Hour = 3_600_000;

    [Fact]
    public void Of_DailyBarsOfAnExchange_IsKnownAtTheCloseAlsoWhenThatIsEarly()
    {
        var bars = Days("SPY", ["2024-07-01", "2024-07-02", "2024-07-03", "2024-07-05"]).With(MarketCalendar.UsEquities);

        Assert.Equal(
            ["2024-07-02T20:00:00Z", "2024-07-03T17:00:00Z", "2024-07-05T20:00:00Z"], // New York closes at one in the afternoon before Independence Day
            TimesOf(new SymbolRun(bars, 1, 4, Signals(4))));
    }

    [Fact]
    public void Of_LagAndNoCalendar_IsKnownWhenTheBarIsPublished()
        => Assert.Equal(
            ["2024-07-02T02:00:00Z", "2024-07-03T02:00:00Z"],
            TimesOf(new SymbolRun(Days("X", ["2024-07-01", "2024-07-02"]).With(MarketCalendar.None, 2 * Hour), 0, 2, Signals(2))));

    [Fact]
    public void Of_SymbolsThatCloseApart_IsKnownWhenTheLastThatTradedHasClosed()
    {
        var exchange = Days("SPY", ["2024-07-01", "2024-07-02", "2024-07-03"]).With(MarketCalendar.UsEquities);
        var always = Days("BTCUSD", ["2024-07-01", "2024-07-03", "2024-07-04"]).With(MarketCalendar.AlwaysOpen);

        string[] expected = ["2024-07-02T00:00:00Z", "2024-07-02T20:00:00Z", "2024-07-04T00:00:00Z", "2024-07-05T00:00:00Z"];
        Assert.Equal(expected, TimesOf(new SymbolRun(exchange, 0, 3, Signals(3)), new SymbolRun(always, 0, 3, Signals(3))));
        Assert.Equal(expected, TimesOf(new SymbolRun(always, 0, 3, Signals(3)), new SymbolRun(exchange, 0, 3, Signals(3))));
    }

    [Fact]
    public void Of_AnyRun_HasTheEquityAndExposureOfTheRun()
    {
        SymbolRun[] symbols = [new(Days("X", ["2024-07-01", "2024-07-02", "2024-07-03"]), 0, 3, Signals(3))];
        var result = Backtester.Run(symbols, new BacktestOptions());

        var curve = EquityCurve.Of(result, symbols);

        Assert.Equal(result.Equity, curve.Select(p => p.Equity));
        Assert.Equal(result.Exposure, curve.Select(p => p.Exposure));
        Assert.Contains(curve, p => p.Exposure > 0);
    }

    private static IEnumerable<string> TimesOf(params SymbolRun[] symbols)
        => EquityCurve.Of(Backtester.Run(symbols, new BacktestOptions()), symbols).Select(p => p.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));

    private static FixedDecisions Signals(int count) => new([Signal.Buy, .. Enumerable.Repeat(Signal.Hold, count - 1)]);

    private static BarSeries Days(string symbol, string[] days)
    {
        double[] prices = [.. days.Select((_, i) => 100.0 + i)];
        return new BarSeries(
            symbol, Timeframe.OneDay, [.. days.Select(day => DateTimeOffset.Parse($"{day}T00:00Z").ToUnixTimeMilliseconds())], prices, [.. prices.Select(p => p + 1)], [.. prices.Select(p => p - 1)], prices, [.. prices.Select(_ => 1.0)]);
    }
}
