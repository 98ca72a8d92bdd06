using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class PermutationTestTests
{
    private static readonly BarSeries Bars = SyntheticMarket.Null(4, 1000);

    [Fact]
    public void Run_ProfitIsTheTradesOwnBeforeCosts()
    {
        var costly = new BacktestOptions { CommissionRate = 0.001, Slippage = 0.0005, SpreadFraction = 0.0002 };
        var run = RandomRun.On(Bars, 2, options: costly);

        var result = PermutationTest.Run(run, RandomRun.Window(Bars), costly.InitialCapital, 1, 200)!;

        var market = run.Fills.Sum(f => (f.Side == FillSide.Buy ? -1 : 1) * f.MarketPrice * f.Quantity);
        Assert.Equal(market / costly.InitialCapital, result.Profit, 1e-9);
        Assert.Equal((run.Trades.Count, 200), (result.Trades, result.Replications));
        Assert.True(result.RandomLower < result.RandomMean && result.RandomMean < result.RandomUpper);
    }

    [Fact]
    public void Arrange_KeepsTradesApartAndWithinTheWindow()
    {
        var run = RandomRun.On(Bars, 3, meanGap: 2, longestHold: 20);
        var entries = RandomEntries.Of(run, RandomRun.Window(Bars), RandomRun.Free.InitialCapital)!.Single();
        var (order, at) = (new int[entries.Trades], new int[entries.Trades]);
        var firsts = new HashSet<int>();
        for (var i = 0; i < 200; i++)
        {
            entries.Arrange(new Generator((ulong)i, "test"), order, at);
            firsts.Add(at[0]);
            Assert.Equal(Enumerable.Range(0, entries.Trades), order.Order());
            for (var j = 0; j < order.Length; j++)
            {
                var trade = run.Trades[order[j]];
                var last = at[j] + trade.ExitBar - trade.EntryBar - (trade.ExitReason == FillReason.EndOfData ? 0 : 1);
                Assert.True(at[j] >= 1 && last < (j + 1 < at.Length ? at[j + 1] : Bars.Count), $"{at[j]} to {last} before {(j + 1 < at.Length ? at[j + 1] : Bars.Count)}");
            }
        }

        Assert.True(firsts.Count > 5);
    }

    /// <summary>One trade of ten bars in a thousand may begin at 989 bars, each as likely as the others.</summary>
    [Fact]
    public void Arrange_OneTrade_IsUniformOverTheWindow()
    {
        var signals = new Signal[Bars.Count];
        Array.Fill(signals, Signal.Hold);
        (signals[500], signals[510]) = (Signal.Buy, Signal.Sell);
        var run = Backtester.Run(Bars, 0, Bars.Count, new FixedDecisions(signals), RandomRun.Free);
        var entries = RandomEntries.Of(run, RandomRun.Window(Bars), RandomRun.Free.InitialCapital)!.Single();
        var (order, at) = (new int[1], new int[1]);
        var counts = new int[10];
        var (first, last) = (int.MaxValue, 0);
        for (var i = 0; i < 20_000; i++)
        {
            entries.Arrange(new Generator((ulong)i, "test"), order, at);
            counts[(at[0] - 1) * 10 / 990]++;
            (first, last) = (Math.Min(first, at[0]), Math.Max(last, at[0]));
        }

        Assert.Equal((1, 990), (first, last));
        Assert.All(counts, c => Assert.InRange(c, 1800, 2200));
    }

    /// <summary>The arrangement that the run itself is has the run's own profit.</summary>
    [Fact]
    public void Profit_OfTheRunsOwnEntries_IsTheRunsOwnProfit()
    {
        var run = RandomRun.On(Bars, 3);
        var entries = RandomEntries.Of(run, RandomRun.Window(Bars), RandomRun.Free.InitialCapital)!.Single();

        var profit = entries.Profit([.. Enumerable.Range(0, run.Trades.Count)], [.. run.Trades.Select(t => t.EntryBar)]);

        Assert.Equal(entries.Observed, profit, 1e-12);
    }

    [Fact]
    public void Run_EntriesThatSawTheFuture_AreFound()
    {
        var signals = new Signal[Bars.Count];
        Array.Fill(signals, Signal.Hold);
        for (var i = 5; i < Bars.Count - 10; i += 10)
        {
            var rises = Bars.Open[i + 4] > Bars.Open[i + 1];
            (signals[i], signals[i + 3]) = rises ? (Signal.Buy, Signal.Sell) : (Signal.Sell, Signal.Buy);
        }

        var run = Backtester.Run(Bars, 0, Bars.Count, new FixedDecisions(signals), RandomRun.Free);

        Assert.Equal(1.0 / 501, PermutationTest.Run(run, RandomRun.Window(Bars), RandomRun.Free.InitialCapital, 1, 500)!.PValue);
    }

    [Fact]
    public void Run_AnyNumberOfThreads_GivesTheSameBits()
    {
        var run = RandomRun.On(Bars, 9);

        Assert.Equal(PermutationTest.Run(run, RandomRun.Window(Bars), 100_000, 3, 300, 1), PermutationTest.Run(run, RandomRun.Window(Bars), 100_000, 3, 300, 4));
        Assert.NotEqual(PermutationTest.Run(run, RandomRun.Window(Bars), 100_000, 3, 300)!.RandomMean, PermutationTest.Run(run, RandomRun.Window(Bars), 100_000, 4, 300)!.RandomMean);
    }

    [Fact]
    public void Run_NoTrades_SaysNothing()
    {
        var idle = Backtester.Run(Bars, 0, Bars.Count, new FixedDecisions(new Signal[Bars.Count].Select(_ => Signal.Hold).ToArray()), RandomRun.Free);

        Assert.Null(PermutationTest.Run(idle, RandomRun.Window(Bars), 100_000, 1));
        Assert.Throws<InvalidInputException>(() => PermutationTest.Run(idle, RandomRun.Window(Bars), 100_000, 1, 0));
    }

    [Fact]
    public void Run_OneTradeOverTheWholeWindow_HasOnlyOneArrangement()
    {
        var hold = BenchmarkRuns.BuyAndHold(Bars, 0, Bars.Count, RandomRun.Free);

        Assert.Equal(1, PermutationTest.Run(hold, RandomRun.Window(Bars), RandomRun.Free.InitialCapital, 1, 50)!.PValue);
    }

    /// <summary>The only arrangement of such a trade is itself, whatever it cost and whoever gained by it.</summary>
    [Theory]
    [InlineData(4, Signal.Buy)]
    [InlineData(4, Signal.Sell)]
    [InlineData(5, Signal.Buy)]
    [InlineData(5, Signal.Sell)]
    public void Run_OneCostlyTradeOverTheWholeWindow_IsNoBetterThanRandom(ulong seed, Signal side)
    {
        var bars = SyntheticMarket.Null(seed, 300);
        var costly = RandomRun.Free with { CommissionRate = 0.001, Slippage = 0.0005, SpreadFraction = 0.0002 };
        var signals = new Signal[bars.Count];
        Array.Fill(signals, Signal.Hold);
        signals[0] = side;
        var run = Backtester.Run(bars, 0, bars.Count, new FixedDecisions(signals), costly);

        var result = PermutationTest.Run(run, RandomRun.Window(bars), costly.InitialCapital, 1, 50)!;

        Assert.Equal(1, result.PValue);
        Assert.Equal(result.Profit, result.RandomMean, 1e-12);
    }

    /// <summary>With a stop inside the slippage every trade is out at the open it came in at: it keeps that bar from the others all the same.</summary>
    [Fact]
    public void Run_TradesThatLeaveAtTheOpenTheyEnteredAt_StayInTheWindow()
    {
        var stopped = new BacktestOptions { Slippage = 0.001, Exits = new ExitSpec(new ExitLevel(ExitUnit.Price, 1e-9)) };
        var signals = new Signal[Bars.Count];
        Array.Fill(signals, Signal.Buy);
        var run = Backtester.Run(Bars, 0, Bars.Count, new FixedDecisions(signals), stopped);
        var entries = RandomEntries.Of(run, RandomRun.Window(Bars), stopped.InitialCapital)!.Single();
        var (order, at) = (new int[entries.Trades], new int[entries.Trades]);

        Assert.True(run.Trades.Count > 500);
        Assert.All(run.Trades, t => Assert.Equal((t.EntryBar, t.EntryTime), (t.ExitBar, t.ExitTime)));
        for (var i = 0; i < 50; i++)
        {
            entries.Arrange(new Generator((ulong)i, "test"), order, at);
            Assert.Equal(at.Length, at.Distinct().Count());
            Assert.InRange(at[^1], 1, Bars.Count - 1);
        }

        Assert.NotNull(PermutationTest.Run(run, RandomRun.Window(Bars), stopped.InitialCapital, 1, 50));
    }
}
