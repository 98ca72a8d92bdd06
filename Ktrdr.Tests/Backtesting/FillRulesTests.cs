using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>Five bars in, exact trades out: one test per rule of docs/fill-rules.md.</summary>
public sealed class FillRulesTests
{
    private static readonly BarSeries Five = Market.Of(
        (100, 101, 99, 100),
        (102, 104, 101, 103),
        (105, 107, 103, 104),
        (106, 108, 100, 101),
        (98, 99, 95, 97));

    private static readonly BacktestOptions Free = new()
    {
        InitialCapital = 10_000,
        CommissionRate = 0,
        Slippage = 0,
        SpreadFraction = 0,
        Sizing = new SizingSpec(0.5),
    };

    private static BacktestResult Run(string signals, BacktestOptions? options = null, int start = 0) =>
        Backtester.Run(Five, start, Five.Count, Market.Signals(signals), options ?? Free);

    [Fact]
    public void Run_BuyThenSell_FillsAtTheNextOpens()
    {
        var trade = Assert.Single(Run("B-S--").Trades);

        Assert.Equal((PositionSide.Long, 1, 3), (trade.Side, trade.EntryBar, trade.ExitBar));
        Assert.Equal((102.0, 106.0, 49.0), (trade.EntryPrice, trade.ExitPrice, trade.Quantity));
        Assert.Equal((Five.Times[1], Five.Times[3]), (trade.EntryTime, trade.ExitTime));
        Assert.Equal(196, trade.NetPnl);
        Assert.Equal((2, 2 * Market.Hour), (trade.BarsHeld, trade.ExitTime - trade.EntryTime));
        Assert.Equal(FillReason.OppositeSignal, trade.ExitReason);
        Assert.Equal(0, trade.EntryReason.DecisionBar);
    }

    [Fact]
    public void Run_SellThenBuy_IsTheMirrorImage()
    {
        var result = Run("S--B-");
        var trade = Assert.Single(result.Trades);

        Assert.Equal((PositionSide.Short, 1, 4), (trade.Side, trade.EntryBar, trade.ExitBar));
        Assert.Equal((102.0, 98.0, 49.0), (trade.EntryPrice, trade.ExitPrice, trade.Quantity));
        Assert.Equal(196, trade.NetPnl);
        Assert.Equal([10_000, 10_000 - 49, 10_000 - (2 * 49), 10_000 + 49, 10_196], result.Equity);
        Assert.Equal(-49 * 103 / 9_951.0, result.Exposure[1], 1e-15);
    }

    [Fact]
    public void Run_LongPosition_MarksAtEachClose()
    {
        var result = Run("B-S--");

        Assert.Equal([10_000, 10_049, 10_098, 10_196, 10_196], result.Equity);
        Assert.Equal([0, 49 * 103 / 10_049.0, 49 * 104 / 10_098.0, 0, 0], result.Exposure);
    }

    [Fact]
    public void Run_Excursions_UseHighsAndLowsWhileOpen()
    {
        var bought = Assert.Single(Run("B-S--").Trades);
        Assert.Equal(5 * 49, bought.MaximumFavorableExcursion);
        Assert.Equal(-1 * 49, bought.MaximumAdverseExcursion);

        // The short sees the low of bar 3 (100), not that of bar 4 at whose open (98) it leaves; that open itself counts.
        var sold = Assert.Single(Run("S--B-").Trades);
        Assert.Equal(4 * 49, sold.MaximumFavorableExcursion);
        Assert.Equal(-6 * 49, sold.MaximumAdverseExcursion);
    }

    [Fact]
    public void Run_SignalOnTheLastBar_IsDropped()
    {
        var result = Run("----B");

        Assert.Empty(result.Trades);
        Assert.Empty(result.Fills);
        Assert.Equal(10_000, result.Equity[^1]);
    }

    [Fact]
    public void Run_StillOpenAtTheEnd_IsClosedAtTheLastCloseWithCosts()
    {
        var result = Run("--B--", Free with { CommissionRate = 0.01, Slippage = 0.01 });
        var trade = Assert.Single(result.Trades);

        Assert.Equal(FillReason.EndOfData, trade.ExitReason);
        Assert.Equal((3, 4), (trade.EntryBar, trade.ExitBar));
        Assert.Equal(97 * 0.99, trade.ExitPrice, 1e-12);
        Assert.Equal(Five.Times[4] + Market.Hour, trade.ExitTime);
        Assert.Equal(2, trade.BarsHeld);
        Assert.Equal(10_000 + trade.NetPnl, result.Equity[^1], 1e-9);
        Assert.Equal(result.Equity[^1] / 10_000 - 1, result.Metrics.TotalReturn, 1e-15);
        Assert.Equal(0, result.Exposure[^1]);

        // The last bar's range counts: its low is 95.
        Assert.Equal((95 - trade.EntryPrice) * trade.Quantity, trade.MaximumAdverseExcursion, 1e-9);
    }

    [Fact]
    public void Run_OppositeSignal_OnlyClosesUnlessReversalIsAsked()
    {
        var closing = Run("B-S--");
        var reversing = Run("B-S--", Free with { ReverseInOneStep = true });

        Assert.Single(closing.Trades);
        Assert.Equal(2, reversing.Trades.Count);
        Assert.Equal((PositionSide.Short, 3, 106.0), (reversing.Trades[1].Side, reversing.Trades[1].EntryBar, reversing.Trades[1].EntryPrice));
        Assert.Equal(Math.Floor(0.5 * 10_196 / 106), reversing.Trades[1].Quantity);
        Assert.Equal([FillReason.Entry, FillReason.OppositeSignal, FillReason.Entry, FillReason.EndOfData], reversing.Fills.Select(f => f.Reason));
    }

    [Fact]
    public void Run_ShortsOff_SellClosesButNeverOpens()
    {
        var options = Free with { AllowShort = false, ReverseInOneStep = true };

        Assert.Empty(Run("S----", options).Fills);
        Assert.Equal(PositionSide.Long, Assert.Single(Run("B-S--", options).Trades).Side);
    }

    [Fact]
    public void Run_SameSignalAgain_AddsNothing()
    {
        var trade = Assert.Single(Run("BBBB-").Trades);

        Assert.Equal((1, 49.0), (trade.EntryBar, trade.Quantity));
    }

    [Fact]
    public void Run_Costs_AreChargedPerFillAndListedApart()
    {
        var result = Run("B-S--", Free with { CommissionRate = 0.001, Slippage = 0.002, SpreadFraction = 0.006 });
        var trade = Assert.Single(result.Trades);

        var quantity = Math.Floor(0.5 * 10_000 / 1.001 / 102);
        var (entry, exit) = (102 * 1.005, 106 * 0.995);
        Assert.Equal(quantity, trade.Quantity);
        Assert.Equal(entry, trade.EntryPrice, 1e-12);
        Assert.Equal(exit, trade.ExitPrice, 1e-12);
        Assert.Equal(0.001 * entry * quantity, trade.EntryCommission, 1e-12);
        Assert.Equal(0.001 * exit * quantity, trade.ExitCommission, 1e-12);
        Assert.Equal(0.002 * (102 + 106) * quantity, trade.SlippageCost, 1e-9);
        Assert.Equal(0.003 * (102 + 106) * quantity, trade.SpreadCost, 1e-9);
        Assert.Equal(((exit - entry) * quantity) - (0.001 * (entry + exit) * quantity), trade.NetPnl, 1e-9);
        Assert.Equal(10_000 + trade.NetPnl, result.Equity[^1], 1e-9);
        Assert.Equal((4 * quantity) - trade.NetPnl, result.Metrics.CostsPaid, 1e-9);
    }

    [Fact]
    public void Run_CostMultiplier_MultipliesAllCosts()
    {
        var options = Free with { CommissionRate = 0.001, Slippage = 0.002, SpreadFraction = 0.006 };

        var stressed = Run("B-S--", options with { CostMultiplier = 2 });
        var dearer = Run("B-S--", Free with { CommissionRate = 0.002, Slippage = 0.004, SpreadFraction = 0.012 });

        Assert.Equal(dearer.TradeListHash, stressed.TradeListHash);
    }

    [Fact]
    public void Run_FractionalUnits_UseTheWholeFraction()
    {
        var trade = Assert.Single(Run("B-S--", Free with { Sizing = new SizingSpec(SizingKind.Fraction, 0.5, WholeUnits: false) }).Trades);

        Assert.Equal(5_000 / 102.0, trade.Quantity, 1e-12);
    }

    [Fact]
    public void Run_AllCashWithSlippage_BuysOnlyWhatCashCovers()
    {
        var options = Free with { Sizing = new SizingSpec(1), Slippage = 0.01, CommissionRate = 0.001 };
        var fill = Run("B----", options).Fills[0];

        Assert.Equal(Math.Floor(10_000 / 1.001 / (102 * 1.01)), fill.Quantity);
        Assert.True(fill.CashAfter >= 0);
    }

    [Fact]
    public void Run_TooLittleCash_RejectsTheOrderWithTheReason()
    {
        var result = Run("B----", Free with { InitialCapital = 150 });

        var rejected = Assert.Single(result.Rejected);
        Assert.Equal((1, FillSide.Buy), (rejected.Bar, rejected.Side));
        Assert.Contains("102", rejected.Reason, StringComparison.Ordinal);
        Assert.Empty(result.Fills);
    }

    [Fact]
    public void Run_WindowInsideTheBars_DecidesAndFillsOnlyThere()
    {
        var result = Run("BB-S-", start: 1);
        var trade = Assert.Single(result.Trades);

        Assert.Equal((2, 105.0), (trade.EntryBar, trade.EntryPrice));
        Assert.Equal(4, result.Equity.Length);
    }

    [Fact]
    public void Run_AccountWorthNothing_IsClosedAtThatCloseAndTradesNoMore()
    {
        var bars = Market.Of((100, 100, 100, 100), (100, 100, 100, 100), (100, 310, 100, 300), (250, 250, 250, 250), (200, 200, 200, 200));
        var result = Backtester.Run(bars, 0, 5, Market.Signals("S-B--"), Free with { Sizing = new SizingSpec(1) });
        var trade = Assert.Single(result.Trades);

        Assert.Equal((FillReason.Ruin, 2, 300.0), (trade.ExitReason, trade.ExitBar, trade.ExitPrice));
        Assert.Equal([10_000, 10_000, -10_000, -10_000, -10_000], result.Equity);
        Assert.Single(result.Rejected);
        Assert.Null(result.Metrics.AnnualReturn);
        Assert.Equal(2, result.Metrics.MaxDrawdown);
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(0, 6)]
    [InlineData(3, 3)]
    public void Run_WindowOutsideTheBars_NamesIt(int start, int end)
    {
        var error = Assert.Throws<InvalidInputException>(() => Backtester.Run(Five, start, end, Market.Signals("-----"), Free));

        Assert.Contains($"[{start}, {end})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OptionsOutOfRange_NamesEachOfThem()
    {
        var error = Assert.Throws<InvalidInputException>(() => Run("-----", Free with { Sizing = new SizingSpec(1.5), CommissionRate = -1 }));

        Assert.Equal(["commission_rate", "sizing.amount"], error.Problems.Select(p => p.Path));
    }

    [Fact]
    public void Run_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => Backtester.Run(Five, 0, 5, Market.Signals("-----"), Free, source.Token));
    }

    [Fact]
    public void Run_Progress_EndsAtOne()
    {
        var told = new List<double>();
        Backtester.Run(Five, 0, 5, Market.Signals("-----"), Free, progress: told.Add);

        Assert.Equal([0, 1], told);
    }
}
