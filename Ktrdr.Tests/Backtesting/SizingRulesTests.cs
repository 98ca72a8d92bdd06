using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>How many units an entry gets: one row per rule of docs/fill-rules.md. The entry is at an open of 100.</summary>
public sealed class SizingRulesTests
{
    private static readonly BacktestOptions Free = new() { InitialCapital = 10_000, CommissionRate = 0, Slippage = 0 };

    private static BacktestResult Run(BacktestOptions options, string signals = "B--")
    {
        var bars = Market.Of((100, 100, 100, 100), (100, 101, 99, 100), (100, 101, 99, 100));
        return Backtester.Run(bars, 0, 3, Market.Signals(signals), options);
    }

    [Theory]
    [InlineData("fraction of the cash", SizingKind.Fraction, 0.255, true, null, 25, 25)]
    [InlineData("fraction, fractional units", SizingKind.Fraction, 0.255, false, null, 25.5, 25.5)]
    [InlineData("fraction, lots of 10", SizingKind.Fraction, 0.255, true, 10.0, 20, 20)]
    [InlineData("fraction, lots of a tenth", SizingKind.Fraction, 0.003, false, 0.1, 0.3, 0.3)]
    [InlineData("fixed units", SizingKind.Units, 42, true, null, 42, 42)]
    [InlineData("fixed units beyond the cash: fewer", SizingKind.Units, 150, true, null, 150, 100)]
    [InlineData("fixed lots beyond the cash: fewer", SizingKind.Units, 150, true, 30.0, 150, 90)]
    [InlineData("risk of 1 % at a stop 4 away", SizingKind.RiskPerTrade, 0.01, true, null, 25, 25)]
    [InlineData("risk beyond the cash: fewer", SizingKind.RiskPerTrade, 0.5, true, null, 1250, 100)]
    public void Run_Sizing_GivesTheseUnits(string rule, SizingKind kind, double amount, bool wholeUnits, double? lot, double requested, double filled)
    {
        var options = Free with { Sizing = new SizingSpec(kind, amount, wholeUnits, lot), Exits = new ExitSpec(new ExitLevel(ExitUnit.Price, 4)) };
        foreach (var signals in new[] { "B--", "S--" })
        {
            var result = Run(options, signals);
            var entry = result.Fills[0];

            Assert.True(Math.Abs(requested - entry.Requested) < 1e-9 && Math.Abs(filled - entry.Quantity) < 1e-9, $"{rule}: asked for {entry.Requested}, filled {entry.Quantity}");
            Assert.Equal(filled < requested ? OrderStatus.Reduced : OrderStatus.Filled, result.Orders[0].Status);
            Assert.True(entry.CashAfter >= -1e-9);
        }
    }

    [Theory]
    [InlineData(0.01, 0, 0, 99)]
    [InlineData(0, 1, 0, 99)]
    [InlineData(0, 0, 250, 97)]
    [InlineData(0.01, 1, 250, 97)]
    [InlineData(0.01, 1, 150, 98)]
    public void Run_CashAndCommission_NeverOverdraw(double rate, double perUnit, double minimum, double units)
    {
        var options = Free with { Sizing = new SizingSpec(SizingKind.Units, 500), CommissionRate = rate, CommissionPerUnit = perUnit, MinimumCommission = minimum };
        var entry = Run(options).Fills[0];

        Assert.Equal(units, entry.Quantity);
        Assert.True(entry.CashAfter >= 0);
        Assert.True(entry.CashAfter < (100 * (1 + rate)) + perUnit);
    }

    [Theory]
    [InlineData("less than a unit", SizingKind.Fraction, 0.001, null, 10_000, RejectionCause.LessThanOneUnit)]
    [InlineData("less than a lot", SizingKind.Units, 9, 10.0, 10_000, RejectionCause.LessThanOneUnit)]
    [InlineData("no cash for a unit", SizingKind.Units, 9, null, 99, RejectionCause.NotEnoughCash)]
    [InlineData("no volatility", SizingKind.VolatilityTarget, 0.1, null, 10_000, RejectionCause.UnknownVolatility)]
    public void Run_NothingToFill_IsRejectedWithTheReason(string rule, SizingKind kind, double amount, double? lot, double cash, RejectionCause cause)
    {
        var result = Run(Free with { InitialCapital = cash, Sizing = new SizingSpec(kind, amount, LotSize: lot, VolatilityLookback: 2) });

        var rejected = Assert.Single(result.Rejected);
        Assert.True(cause == rejected.Cause, $"{rule}: {rejected.Reason}");
        Assert.Equal((1, 100.0, cash), (rejected.Bar, rejected.MarketPrice, rejected.Cash));
        Assert.Empty(result.Fills);
    }

    [Fact]
    public void Run_VolatilityTarget_SizesByTheReturnsBeforeTheDecision()
    {
        // Returns +10 %, -10 % before the decision: deviation √0.02. Hourly bars: 8766 a year.
        var bars = Market.Of((100, 100, 100, 100), (110, 110, 110, 110), (99, 99, 99, 99), (50, 50, 50, 50), (50, 50, 50, 50));
        var options = Free with { Sizing = new SizingSpec(SizingKind.VolatilityTarget, 2, WholeUnits: false, VolatilityLookback: 2) };

        var entry = Backtester.Run(bars, 0, 5, Market.Signals("--B--"), options).Fills[0];

        Assert.Equal(10_000 * 2 / Math.Sqrt(0.02 * 8766) / 50, entry.Quantity, 1e-9);
    }

    [Fact]
    public void Run_VolatilityTarget_CountsTheBarsOfAYearUpToTheDecisionOnly()
    {
        // The same bars, and a market that is shut for weeks after the entry.
        var bars = Market.At("TINY", (0, 100, 100, 100, 100), (1, 110, 110, 110, 110), (2, 99, 99, 99, 99), (3, 50, 50, 50, 50), (900, 50, 50, 50, 50));
        var options = Free with { Sizing = new SizingSpec(SizingKind.VolatilityTarget, 2, WholeUnits: false, VolatilityLookback: 2) };

        var entry = Backtester.Run(bars, 0, 5, Market.Signals("--B--"), options).Fills[0];

        Assert.Equal(10_000 * 2 / Math.Sqrt(0.02 * 8766) / 50, entry.Quantity, 1e-9);
    }

    [Fact]
    public void Run_RiskPerTrade_LosesThatShareAtTheStop()
    {
        var bars = Market.Of((100, 100, 100, 100), (100, 101, 99, 100), (100, 101, 90, 95));
        var options = Free with { Sizing = new SizingSpec(SizingKind.RiskPerTrade, 0.02, WholeUnits: false), Exits = new ExitSpec(new ExitLevel(ExitUnit.Percent, 0.05)) };

        var trade = Assert.Single(Backtester.Run(bars, 0, 3, Market.Signals("B--"), options).Trades);

        Assert.Equal(-200, trade.NetPnl, 1e-9);
    }
}
