using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Statistics;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>Positions whose moments are given, on the account of every backtest.</summary>
public sealed class PlannedRunTests
{
    private static readonly BacktestOptions Costly = new()
    {
        CommissionRate = 0.001,
        Slippage = 0.0005,
        SpreadFraction = 0.0002,
        Sizing = new SizingSpec(SizingKind.Fraction, 0.5, WholeUnits: false),
    };

    private static readonly BarSeries Flat = Market.Of((100, 100, 100, 100), (100, 101, 100, 101), (102, 103, 102, 103), (104, 105, 104, 105), (106, 107, 106, 107));

    /// <summary>What decisions did is a plan that does the same, to the last bit.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 0.0002)]
    [InlineData(2, 0)]
    [InlineData(2, 0.0002)]
    public void Of_PlanOfARun_GivesTheBitsOfTheRun(int symbols, double financing)
    {
        var options = Costly with { FinancingPerDay = financing };
        SymbolRun[] runs = [.. Enumerable.Range(1, symbols).Select(s => (Bars: Market.RandomWithHoles((ulong)s, $"S{s}", 900), Seed: (ulong)s))
            .Select(s => new SymbolRun(s.Bars, 20, s.Bars.Count, new FixedDecisions(RandomRun.Signals(s.Seed, s.Bars.Count, 4, 9))))];
        var run = Backtester.Run(runs, options);

        var planned = PlannedRun.Of(runs, [.. runs.Select((_, s) => Plan(run.Trades.Where(t => t.Symbol == s)))], options);

        Assert.True(run.Trades.Count > 50);
        Assert.Equal(run.Equity, planned.Equity);
        Assert.Equal(run.Trades.Select(t => (t.Symbol, t.EntryBar, t.ExitBar, t.NetPnl)), planned.Trades.Select(t => (t.Symbol, t.EntryBar, t.ExitBar, t.NetPnl)));
        Assert.Equal(run.Metrics, planned.Metrics);
    }

    [Fact]
    public void Of_OneSideMeetingAtAnOpen_IsTwoPositions()
    {
        var run = Of(new(PositionSide.Long, 1, 2, AtOpen: true), new(PositionSide.Long, 2, 3, AtOpen: true));

        Assert.Equal([(1, 2, 100.0, 102.0), (2, 3, 102, 104)], run.Trades.Select(t => (t.EntryBar, t.ExitBar, t.EntryPrice, t.ExitPrice)));
        Assert.Equal(2 / 5.0, run.Metrics.Exposure);
    }

    [Fact]
    public void Of_ExitAtAClose_IsFilledThere()
    {
        var run = Of(new(PositionSide.Short, 1, 1, AtOpen: false), new(PositionSide.Long, 2, 4, AtOpen: false));

        Assert.Equal([(1, 1, 101.0), (2, 4, 107)], run.Trades.Select(t => (t.EntryBar, t.ExitBar, t.ExitPrice)));
        Assert.Equal([FillReason.CloseSignal, FillReason.EndOfData], run.Trades.Select(t => t.ExitReason));
        Assert.Equal(2 / 5.0, run.Metrics.Exposure);
    }

    [Fact]
    public void Of_ExitAtTheOpenOfTheEntry_IsAPositionAllTheSame()
    {
        var run = Of(new(PositionSide.Long, 1, 1, AtOpen: true), new(PositionSide.Long, 2, 2, AtOpen: true), new(PositionSide.Long, 3, 4, AtOpen: true));

        Assert.Equal([(1, 1), (2, 2), (3, 4)], run.Trades.Select(t => (t.EntryBar, t.ExitBar)));
        Assert.Equal(1 / 5.0, run.Metrics.Exposure);
    }

    [Fact]
    public void Of_AccountThatLosesEverything_EndsThere()
    {
        var bars = Market.Of((100, 100, 100, 100), (100, 100, 100, 100), (100, 250, 100, 250), (90, 90, 90, 90), (90, 90, 90, 90), (90, 90, 90, 90));
        SymbolRun[] symbols = [new SymbolRun(bars, 0, bars.Count, new FixedDecisions(new Signal[bars.Count]))];
        var all = RandomRun.Free with { Sizing = new SizingSpec(SizingKind.Fraction, 1, WholeUnits: false) };

        var run = PlannedRun.Of(symbols, [[new(PositionSide.Short, 1, 3, AtOpen: true), new(PositionSide.Long, 4, 5, AtOpen: true)]], all);

        Assert.Equal([FillReason.Ruin], run.Trades.Select(t => t.ExitReason));
        Assert.True(run.Equity[^1] <= 0);
    }

    private static BacktestResult Of(params PlannedPosition[] plan) =>
        PlannedRun.Of([new SymbolRun(Flat, 0, Flat.Count, new FixedDecisions(new Signal[Flat.Count]))], [plan], RandomRun.Free);

    private static PlannedPosition[] Plan(IEnumerable<Trade> trades) =>
        [.. trades.Select(t => new PlannedPosition(t.Side, t.EntryBar, t.ExitBar, t.ExitReason != FillReason.EndOfData))];
}
