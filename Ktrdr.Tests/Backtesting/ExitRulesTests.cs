using System.Globalization;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>
/// A few candles in, one exact exit out: each rule for stops, targets, trailing stops and time exits of docs/fill-rules.md. Bar 0 decides, the entry is at bar 1's
/// open of 100; stop 95, target 108, trailing by 4. The same candles mirrored at 100 with a short must give the mirrored exit.
/// </summary>
public sealed class ExitRulesTests
{
    private const string Still = "100 100 100 100";

    private static readonly BacktestOptions Free = new()
    {
        InitialCapital = 10_000,
        CommissionRate = 0,
        Slippage = 0,
        Sizing = new SizingSpec(SizingKind.Units, 10),
    };

    private static readonly ExitLevel Stop = new(ExitUnit.Price, 5);
    private static readonly ExitLevel Target = new(ExitUnit.Price, 8);
    private static readonly ExitLevel Trail = new(ExitUnit.Price, 4);

    private static BarSeries Bars(string candles, bool isMirrored = false)
    {
        var rows = $"{Still} | {candles}".Split('|').Select(c => c.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => double.Parse(t, CultureInfo.InvariantCulture)).ToArray());
        return Market.Of([.. rows.Select(r => isMirrored ? (200 - r[0], 200 - r[2], 200 - r[1], 200 - r[3]) : (r[0], r[1], r[2], r[3]))]);
    }

    private static BacktestResult Run(string candles, string signals, BacktestOptions options, bool isMirrored = false)
    {
        var bars = Bars(candles, isMirrored);
        var letters = signals.PadRight(bars.Count, '-');
        var mirrored = new string([.. letters.Select(c => c switch { 'B' => 'S', 'S' => 'B', _ => c })]);
        return Backtester.Run(bars, 0, bars.Count, Market.Signals(isMirrored ? mirrored : letters), options);
    }

    [Theory]
    [InlineData("stop on the entry bar", "100 101 94 96", FillReason.Stop, 1, 95.0)]
    [InlineData("target on the entry bar", "100 109 99 104", FillReason.Target, 1, 108.0)]
    [InlineData("both on the entry bar: the worst", "100 109 94 100", FillReason.Stop, 1, 95.0)]
    [InlineData("stop later", "100 102 98 101 | 101 102 94 95", FillReason.Stop, 2, 95.0)]
    [InlineData("target later", "100 102 98 101 | 101 110 100 109", FillReason.Target, 2, 108.0)]
    [InlineData("both later: the worst", "100 102 98 101 | 101 110 94 109", FillReason.Stop, 2, 95.0)]
    [InlineData("stop touched exactly", "100 102 95 101", FillReason.Stop, 1, 95.0)]
    [InlineData("target touched exactly", "100 108 99 101", FillReason.Target, 1, 108.0)]
    [InlineData("just missed both", "100 107.99 95.01 101", FillReason.EndOfData, 1, 101.0)]
    [InlineData("gap through the stop fills at the open", "100 102 98 101 | 92 96 90 95", FillReason.Stop, 2, 92.0)]
    [InlineData("gap through the target fills at the open", "100 102 98 101 | 111 112 110 111", FillReason.Target, 2, 111.0)]
    [InlineData("gap beyond the target, then the stop: the worst", "100 102 98 101 | 110 111 94 96", FillReason.Stop, 2, 95.0)]
    [InlineData("open exactly at the stop", "100 102 98 101 | 95 99 94 96", FillReason.Stop, 2, 95.0)]
    [InlineData("a level holds over many bars", "100 101 99 100 | 100 101 99 100 | 100 101 99 100 | 100 101 99 100 | 100 101 99 100 | 100 101 94.9 100", FillReason.Stop, 6, 95.0)]
    public void Run_StopAndTarget_LeaveAtTheStatedPrice(string rule, string candles, FillReason reason, int bar, double market)
    {
        var options = Free with { Exits = new ExitSpec(Stop, Target) };
        AssertExit(rule, candles, options, reason, bar, market);
    }

    [Theory]
    [InlineData("from the entry on the entry bar, whose high is not complete", "100 110 95.5 109", FillReason.TrailingStop, 1, 96.0)]
    [InlineData("from completed highs", "100 106 99 105 | 105 107 101 103", FillReason.TrailingStop, 2, 102.0)]
    [InlineData("not from the high of the bar itself", "100 106 99 105 | 105 120 102.5 119", FillReason.EndOfData, 2, 119.0)]
    [InlineData("never back", "100 106 99 105 | 105 105.5 103 104 | 104 104 101 102", FillReason.TrailingStop, 3, 102.0)]
    [InlineData("gap through it fills at the open", "100 106 99 105 | 101 104 100 103", FillReason.TrailingStop, 2, 101.0)]
    [InlineData("touched exactly", "100 106 99 105 | 105 107 102 103", FillReason.TrailingStop, 2, 102.0)]
    public void Run_TrailingStop_FollowsCompletedBars(string rule, string candles, FillReason reason, int bar, double market)
    {
        var options = Free with { Exits = new ExitSpec(Trailing: Trail) };
        AssertExit(rule, candles, options, reason, bar, market);
    }

    [Theory]
    [InlineData("the nearer is the trailing stop", 5, "100 101 95.5 100", FillReason.TrailingStop, 96.0)]
    [InlineData("the nearer is the stop", 3, "100 101 95.5 100", FillReason.Stop, 97.0)]
    public void Run_StopAndTrailingStop_UseTheNearer(string rule, double stop, string candles, FillReason reason, double market)
    {
        var options = Free with { Exits = new ExitSpec(new ExitLevel(ExitUnit.Price, stop), Trailing: Trail) };
        AssertExit(rule, candles, options, reason, 1, market);
    }

    [Theory]
    [InlineData("after the bars asked for, at the next open", 2, "100 101 99 100 | 101 102 100 101 | 103 104 102 103 | 105 106 104 105", FillReason.TimeExit, 3, 103.0)]
    [InlineData("one bar: the next open", 1, "100 101 99 100 | 101 102 100 101", FillReason.TimeExit, 2, 101.0)]
    [InlineData("due at the last close: no open is left", 2, "100 101 99 100 | 101 102 100 101.5", FillReason.EndOfData, 2, 101.5)]
    [InlineData("a stop before", 2, "100 101 94 100 | 101 102 100 101 | 103 104 102 103", FillReason.Stop, 1, 95.0)]
    public void Run_TimeExit_LeavesAtTheNextOpen(string rule, int bars, string candles, FillReason reason, int bar, double market)
    {
        var options = Free with { Exits = new ExitSpec(Stop, TimeBars: bars) };
        AssertExit(rule, candles, options, reason, bar, market);
    }

    [Fact]
    public void Run_TimeExitAndOppositeSignalTogether_IsTheSignals()
    {
        const string Candles = "100 101 99 100 | 101 102 100 101 | 103 104 102 103";
        var options = Free with { Exits = new ExitSpec(TimeBars: 1), ReverseInOneStep = true };

        var result = Run(Candles, "BS", options);
        Assert.Equal([FillReason.OppositeSignal, FillReason.TimeExit], result.Trades.Select(t => t.ExitReason));
        Assert.Equal([PositionSide.Long, PositionSide.Short], result.Trades.Select(t => t.Side));

        // The same side again does not keep it, nor open anew at the same open.
        var again = Run(Candles, "BB", options);
        Assert.Equal((FillReason.TimeExit, 2), (again.Trades[0].ExitReason, again.Trades[0].ExitBar));
        Assert.Single(again.Trades);
    }

    [Fact]
    public void Run_Fractions_CountFromTheEntryPrice()
    {
        var exits = new ExitSpec(new ExitLevel(ExitUnit.Percent, 0.05), new ExitLevel(ExitUnit.Percent, 0.08), new ExitLevel(ExitUnit.Percent, 0.04));
        var slipped = Free with { Slippage = 0.01, Exits = exits with { Trailing = null } };

        // The entry is 101: the stop 95.95, sold 1 % lower.
        var stopped = Assert.Single(Run("100 101 95 96", "B", slipped).Trades);
        Assert.Equal((95.95 * 0.99, FillReason.Stop), (Math.Round(stopped.ExitPrice, 10), stopped.ExitReason));

        // The target 109.08, a limit order: no slippage.
        var reached = Assert.Single(Run("100 110 99 96", "B", slipped).Trades);
        Assert.Equal((109.08, FillReason.Target), (Math.Round(reached.ExitPrice, 10), reached.ExitReason));
        Assert.Equal(0.01 * 100 * 10, reached.SlippageCost, 1e-10);

        // 4 % below the best completed high of 106.
        var trailed = Run("100 106 99 105 | 105 107 101 103", "B", Free with { Exits = exits }).Trades[0];
        Assert.Equal((101.76, FillReason.TrailingStop), (Math.Round(trailed.ExitPrice, 10), trailed.ExitReason));

        // A short's trailing stop lies 4 % above its best completed low of 94.
        var shorted = Run("100 101 94 95 | 95 99 95 98", "S", Free with { Exits = exits with { Target = null } }).Trades[0];
        Assert.Equal((97.76, FillReason.TrailingStop), (Math.Round(shorted.ExitPrice, 10), shorted.ExitReason));
    }

    [Fact]
    public void Run_Spread_IsPaidOnStopsAndTargets()
    {
        var options = Free with { SpreadFraction = 0.02, Slippage = 0.005, Exits = new ExitSpec(Stop, Target) };

        // Entry 100 · 1.015 = 101.5; stop 96.5, target 109.5.
        var stopped = Run("100 101 90 96", "B", options).Trades[0];
        var reached = Run("100 112 99 110", "B", options).Trades[0];

        Assert.Equal(96.5 * 0.985, stopped.ExitPrice, 1e-10);
        Assert.Equal(109.5 * 0.99, reached.ExitPrice, 1e-10);
        Assert.Equal(0.01 * (100 + 109.5) * 10, reached.SpreadCost, 1e-10);
    }

    [Fact]
    public void Run_RangeLevels_UseTheAverageRangeAsOfTheDecision()
    {
        // Decided at bar 2, whose range with the close before is 4; what the range becomes later does not matter.
        var exits = new ExitSpec(new ExitLevel(ExitUnit.Atr, 1.5), new ExitLevel(ExitUnit.Atr, 3), AtrPeriod: 1);
        var result = Run("100 101 99 100 | 100 103 99 100 | 100 105 95 100 | 100 101 93.9 95", "--B", Free with { Exits = exits });

        var trade = Assert.Single(result.Trades);
        Assert.Equal((FillReason.Stop, 4, 94.0), (trade.ExitReason, trade.ExitBar, trade.ExitPrice));
    }

    [Fact]
    public void Run_RangeNotKnownYet_RejectsTheEntry()
    {
        var result = Run("100 101 99 100 | 100 103 99 100", "B", Free with { Exits = new ExitSpec(new ExitLevel(ExitUnit.Atr, 1), AtrPeriod: 5) });

        Assert.Equal(RejectionCause.UnknownRange, Assert.Single(result.Rejected).Cause);
        Assert.Contains("average true range", result.Rejected[0].Reason, StringComparison.Ordinal);
        Assert.Equal(OrderStatus.Rejected, Assert.Single(result.Orders).Status);
    }

    [Fact]
    public void Run_StoppedOut_DecidesThatCloseFlatAndMayEnterAgain()
    {
        var result = Run("100 101 94 96 | 97 98 96.5 97 | 97 98 96 97", "BB", Free with { Exits = new ExitSpec(Stop) });

        Assert.Equal([(1, 1), (2, 3)], result.Trades.Select(t => (t.EntryBar, t.ExitBar)));
        Assert.Equal([10_000, 9_950, 9_950, 9_950], result.Equity);
        Assert.Equal([0, 0, 10 * 97 / 9_950.0, 0], result.Exposure);
    }

    [Fact]
    public void Run_ExitInsideABar_SawThatBarsOpenAndNothingElseOfIt()
    {
        // High 110 of the exit bar may have come after the stop; its open of 107 was seen, its low of 90 was not.
        var trade = Run("100 103 98 101 | 107 110 90 95", "B", Free with { Exits = new ExitSpec(Stop) }).Trades[0];

        Assert.Equal((70.0, -50.0), (trade.MaximumFavorableExcursion, trade.MaximumAdverseExcursion));
        Assert.Equal(1, trade.BarsHeld);
        Assert.Equal(Market.Start + (3 * Market.Hour), trade.ExitTime);

        // At the open the moment is known.
        var gapped = Run("100 103 98 101 | 92 93 90 91", "B", Free with { Exits = new ExitSpec(Stop) }).Trades[0];
        Assert.Equal(Market.Start + (2 * Market.Hour), gapped.ExitTime);
        Assert.Equal((30.0, -80.0), (gapped.MaximumFavorableExcursion, gapped.MaximumAdverseExcursion));
    }

    [Fact]
    public void Run_SignalAndGapAtTheSameOpen_IsTheSignals()
    {
        var trade = Assert.Single(Run("100 103 98 101 | 92 93 90 91", "BS", Free with { Exits = new ExitSpec(Stop) }).Trades);

        Assert.Equal((FillReason.OppositeSignal, 92.0), (trade.ExitReason, trade.ExitPrice));
    }

    private static void AssertExit(string rule, string candles, BacktestOptions options, FillReason reason, int bar, double market)
    {
        foreach (var isMirrored in new[] { false, true })
        {
            var result = Run(candles, "B", options, isMirrored);
            var trade = result.Trades[0];
            var expected = isMirrored ? 200 - market : market;
            Assert.True(
                (reason, bar) == (trade.ExitReason, trade.ExitBar) && Math.Abs(expected - trade.ExitPrice) < 1e-12,
                $"{rule}{(isMirrored ? ", short" : "")}: expected {reason} in bar {bar} at {expected}, got {trade.ExitReason} in bar {trade.ExitBar} at {trade.ExitPrice}");
            Assert.Equal(isMirrored ? PositionSide.Short : PositionSide.Long, trade.Side);
            Assert.Equal((market - 100) * 10, trade.NetPnl, 1e-9);
            Assert.Equal(10_000 + result.Trades.Sum(t => t.NetPnl), result.Equity[^1], 1e-9);
        }
    }
}
