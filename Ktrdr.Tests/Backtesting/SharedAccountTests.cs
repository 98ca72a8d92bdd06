using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>Several symbols on one account: who gets the cash, who is valued at what, who decides when.</summary>
public sealed class SharedAccountTests
{
    private static readonly BacktestOptions Free = new()
    {
        InitialCapital = 10_000,
        CommissionRate = 0,
        Slippage = 0,
        Sizing = new SizingSpec(SizingKind.Units, 60),
    };

    private static SymbolRun Symbol(string name, string signals, params (int Hour, double Open, double High, double Low, double Close)[] rows)
    {
        var bars = Market.At(name, rows);
        return new SymbolRun(bars, 0, bars.Count, Market.Signals(signals.PadRight(bars.Count, '-')));
    }

    private static (int, double, double, double, double) Flat(int hour, double price) => (hour, price, price, price, price);

    [Fact]
    public void Run_CashForOneAndAHalf_GoesToTheFirstSymbolFirst()
    {
        var a = Symbol("A", "B", Flat(0, 100), Flat(1, 100), Flat(2, 100));
        var b = Symbol("B", "B", Flat(0, 100), Flat(1, 100), Flat(2, 100));

        var result = Backtester.Run([a, b], Free);
        var swapped = Backtester.Run([b, a], Free);

        Assert.Equal([(0, 60.0), (1, 40.0)], result.Fills.Where(f => f.Reason == FillReason.Entry).Select(f => (f.Symbol, f.Quantity)));
        Assert.Equal([("B", 60.0), ("A", 40.0)], swapped.Fills.Where(f => f.Reason == FillReason.Entry).Select(f => (swapped.Symbols[f.Symbol], f.Quantity)));
        Assert.Equal(OrderStatus.Reduced, result.Orders[1].Status);
    }

    [Fact]
    public void Run_ExitAndEntryAtTheSameOpen_TheExitFreesTheCashFirst()
    {
        var first = Symbol("A", "-B", Flat(0, 100), Flat(1, 100), Flat(2, 100), Flat(3, 100));
        var second = Symbol("B", "BS", Flat(0, 100), Flat(1, 100), Flat(2, 100), Flat(3, 100));

        var result = Backtester.Run([first, second], Free with { Sizing = new SizingSpec(SizingKind.Units, 100) });

        Assert.Equal([(1, FillReason.Entry), (1, FillReason.OppositeSignal), (0, FillReason.Entry), (0, FillReason.EndOfData)], result.Fills.Select(f => (f.Symbol, f.Reason)));
        Assert.Equal(100, result.Fills[2].Quantity);
        Assert.Empty(result.Rejected);
    }

    [Fact]
    public void Run_LongAndShortOfTheSameWorth_AreBothExposure()
    {
        var a = Symbol("A", "B", Flat(0, 100), Flat(1, 100), Flat(2, 100), Flat(3, 100));
        var b = Symbol("B", "S", Flat(0, 100), Flat(1, 100), Flat(2, 100), Flat(3, 100));

        var result = Backtester.Run([a, b], Free with { Sizing = new SizingSpec(SizingKind.Units, 10) });

        Assert.Equal(2 / 4.0, result.Metrics.Exposure);
        Assert.Equal([0.0, 0.0], result.Exposure[1..3]);
        Assert.Equal([0.2, 0.2], result.GrossExposure[1..3]);
    }

    [Fact]
    public void Run_NothingLeft_RejectsTheSecond()
    {
        var a = Symbol("A", "B", Flat(0, 100), Flat(1, 100), Flat(2, 100));
        var b = Symbol("B", "B", Flat(0, 100), Flat(1, 100), Flat(2, 100));

        var rejected = Assert.Single(Backtester.Run([a, b], Free with { Sizing = new SizingSpec(SizingKind.Units, 100) }).Rejected);

        Assert.Equal((1, RejectionCause.NotEnoughCash, 0.0), (rejected.Symbol, rejected.Cause, rejected.Cash));
    }

    [Theory]
    [InlineData(SizingKind.Units, 500)]
    [InlineData(SizingKind.Fraction, 1)]
    public void Run_OnlyRoundingLeftOfTheCash_RejectsTheSecond(SizingKind kind, double amount)
    {
        // Fractional units of the first symbol spend all but a rounding error, which differs with the price.
        for (var cents = 1; cents < 100; cents++)
        {
            var a = Symbol("A", "B", Flat(0, 100), Flat(1, 70 + (cents / 100.0)), Flat(2, 100));
            var b = Symbol("B", "B", Flat(0, 100), Flat(1, 100), Flat(2, 100));

            var result = Backtester.Run([a, b], Free with { CommissionRate = 0.00037, Slippage = 0.0001, Sizing = new SizingSpec(kind, amount, WholeUnits: false) });

            Assert.Equal(0, Assert.Single(result.Trades).Symbol);
            Assert.Equal((1, true), Assert.Single(result.Rejected) is var left ? (left.Symbol, left.Cause is RejectionCause.NotEnoughCash or RejectionCause.LessThanOneUnit) : default);
        }
    }

    [Fact]
    public void Run_TwoCalendars_EachHasItsOwnBarsAndIsValuedAtItsLastClose()
    {
        // A trades at hours 0, 1, 3, 4; B at 0, 2, 3. A's order decided at hour 1 waits for hour 3.
        var a = Symbol("A", "B-S-", Flat(0, 100), (1, 100, 106, 100, 105), Flat(3, 110), Flat(4, 120));
        var b = Symbol("B", "B--", Flat(0, 50), (2, 50, 50, 50, 52), Flat(3, 60));

        var result = Backtester.Run([a, b], Free with { Sizing = new SizingSpec(SizingKind.Units, 10) });

        Assert.Equal(new[] { 0, 1, 2, 3, 4 }.Select(h => Market.Start + (h * Market.Hour)), result.Times);
        Assert.Equal([10_000, 10_050, 10_050 + 20, 10_100 + 100, 10_200 + 100], result.Equity);
        Assert.Equal((10 * 105 + 10 * 52) / 10_070.0, result.Exposure[2], 1e-15);
        Assert.Equal([("B", 3), ("A", 4)], result.Trades.Select(t => (result.Symbols[t.Symbol], (int)((t.ExitTime - Market.Start) / Market.Hour) - (t.ExitReason == FillReason.EndOfData ? 1 : 0))));
    }

    [Fact]
    public void Run_LongAndShort_ExposureIsNetAndGross()
    {
        var a = Symbol("A", "B", Flat(0, 100), Flat(1, 100), Flat(2, 100));
        var b = Symbol("B", "S", Flat(0, 100), Flat(1, 100), Flat(2, 100));

        var result = Backtester.Run([a, b], Free with { Sizing = new SizingSpec(SizingKind.Units, 20) });

        Assert.Equal([0, 0, 0], result.Exposure);
        Assert.Equal([0, 0.4, 0], result.GrossExposure);
    }

    [Fact]
    public void Run_Ruin_ClosesEverySymbolAlsoOneWithoutABar()
    {
        var a = Symbol("A", "S", Flat(0, 100), Flat(1, 100), Flat(3, 400), Flat(4, 400));
        var b = Symbol("B", "B", Flat(0, 100), Flat(1, 100), Flat(2, 90), Flat(4, 200));

        var result = Backtester.Run([a, b], Free with { Sizing = new SizingSpec(SizingKind.Units, 40) });

        Assert.Equal([FillReason.Ruin, FillReason.Ruin], result.Trades.Select(t => t.ExitReason));
        Assert.Equal([400.0, 90.0], result.Trades.Select(t => t.ExitPrice));
        Assert.Equal(10_000 - 12_000 - 400, result.Equity[^1]);
        Assert.Equal([true, true, false, false], result.GrossExposure[1..].Select(e => e > 0));
    }

    [Fact]
    public void Run_OneSymbolEndsBefore_IsClosedAtItsOwnLastClose()
    {
        var a = Symbol("A", "B", Flat(0, 100), Flat(1, 100), Flat(2, 105));
        var b = Symbol("B", "B", Flat(0, 100), Flat(1, 100), Flat(2, 100), Flat(3, 103));

        var result = Backtester.Run([a, b], Free with { Sizing = new SizingSpec(SizingKind.Units, 10) });

        Assert.Equal([("A", 50.0), ("B", 30.0)], result.Trades.Select(t => (result.Symbols[t.Symbol], t.NetPnl)));
        Assert.Equal([10_000, 10_000, 10_050, 10_080], result.Equity);
    }

    [Fact]
    public void Run_SymbolsThatCannotShareAnAccount_AreNamed()
    {
        var a = Symbol("A", "B", Flat(0, 100), Flat(1, 100));
        var bars = a.Bars;
        var wide = new BarSeries("W", Timeframe.Parse("4h"), bars.Times.ToArray(), bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), bars.Volume.ToArray());

        var error = Assert.Throws<InvalidInputException>(() => Backtester.Run([a, a, new SymbolRun(wide, 0, 3, Market.Signals("--"))], Free));

        Assert.Equal(["duplicate_symbol", "invalid_window", "invalid_decisions", "mixed_timeframes"], error.Problems.Select(p => p.Code));
        Assert.Equal("invalid_symbols", Assert.Throws<InvalidInputException>(() => Backtester.Run([], Free)).Problems[0].Code);
    }

    [Fact]
    public void Run_OrdersAtTheLastClose_AreKeptAsDropped()
    {
        var order = Assert.Single(Backtester.Run([Symbol("A", "--S", Flat(0, 100), Flat(1, 100), Flat(2, 105))], Free).Orders);

        Assert.Equal(new Order(0, 2, FillSide.Sell, FillReason.Entry, OrderStatus.Dropped, 0, 0), order);
    }
}
