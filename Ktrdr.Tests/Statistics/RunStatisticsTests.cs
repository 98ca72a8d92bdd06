using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class RunStatisticsTests
{
    private const int Start = 1000;
    private static readonly BarSeries Bars = SyntheticMarket.Null(6, 4000);
    private static readonly BacktestOptions Options = new();
    private static readonly FixedDecisions Decisions = new(RandomRun.Signals(1, Bars.Count, 10, 20));
    private static readonly BacktestResult Run = Backtester.Run(Bars, Start, Bars.Count, Decisions, Options);
    private static readonly RunStatisticsOptions Few = new() { Replications = 100, RandomRuns = 10 };

    [Fact]
    public void Of_SaysEverythingOfARun()
    {
        var statistics = RunStatistics.Of(Run, Bars, Start, Decisions, Options, 7, Few);

        Assert.Equal(Run.Metrics.DailySharpe, statistics.Intervals["sharpe"].Estimate);
        Assert.Equal(Run.Trades.Count, statistics.Permutation!.Trades);
        Assert.Equal(["buy_and_hold", "inverse"], statistics.Benchmarks.Select(b => b.Name));
        Assert.Equal(BenchmarkRuns.BuyAndHold(Bars, Start, Bars.Count, Options).Metrics.TotalReturn, statistics.BuyAndHold.TotalReturn);
        Assert.Equal([1, 2, 3], statistics.CostStress.Select(c => c.Multiple));
        Assert.Equal(Run.Metrics.DailySharpe, statistics.CostStress[0].Sharpe);
        Assert.True(statistics.CostStress[0].TotalReturn > statistics.CostStress[1].TotalReturn && statistics.CostStress[1].TotalReturn > statistics.CostStress[2].TotalReturn);
        Assert.Equal(SharpeStatistics.Probabilistic(ReturnMoments.Of(Run.Daily.Returns)!, 0), statistics.ProbabilisticSharpe);
        Assert.Equal(7UL, statistics.Seed);
    }

    [Fact]
    public void Of_RandomBenchmark_PaysTheSameCostsForAboutAsManyTrades()
    {
        var random = RunStatistics.Of(Run, Bars, Start, Decisions, Options, 7, Few).Random!;

        var costs = Run.Metrics.CostsPaid / Options.InitialCapital;
        Assert.Equal(10, random.Runs);
        Assert.True(random.SharpeLower < random.Sharpe && random.Sharpe < random.SharpeUpper);
        Assert.InRange(random.TotalReturn, -costs - 0.15, -costs + 0.15);
    }

    /// <summary>Stops that are hit and entered again at the next open, on one side or the other: none of them melts into its neighbour, and none is held a bar more.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Arranged_RandomRuns_HaveTheRunsTradesAndHoldingTimes(int count)
    {
        var options = Options with { AllowShort = true, Exits = new ExitSpec(new ExitLevel(ExitUnit.Percent, 0.01), new ExitLevel(ExitUnit.Percent, 0.015), null, 6) };
        SymbolRun[] symbols = [.. Enumerable.Range(1, count).Select(s => (Seed: (ulong)s, Bars: SyntheticMarket.Null((ulong)s, 1500, $"S{s}")))
            .Select(s => new SymbolRun(s.Bars, 100, 1500, new FixedDecisions([.. Enumerable.Range(0, 1500).Select(bar => (Signal)((bar / 40 % 2) * 2))])))];
        var run = Backtester.Run(symbols, options);
        var entries = RandomEntries.Of(run, symbols, options.InitialCapital)!;

        Assert.True(run.Trades.Count(t => t.ExitReason == FillReason.Stop) > 50);
        for (var i = 0; i < 20; i++)
        {
            var random = PlannedRun.Of(symbols, RandomRuns.Arranged(count, entries, new Generator((ulong)i, "test")), BenchmarkRuns.WithoutExits(options));

            var expected = run.Trades.Select(Held).ToList();
            Assert.Equal(expected.Count, random.Trades.Count);
            Assert.All(random.Trades.Where(t => t.ExitReason != FillReason.EndOfData), t => Assert.True(expected.Remove(Held(t)), $"{Held(t)}"));

            // One that would leave at the open after the last bar leaves at the close before it.
            Assert.InRange(expected.Count, 0, count);
            Assert.All(random.Trades.Where(t => t.ExitReason == FillReason.EndOfData), t => Assert.Contains(expected, e => e == Held(t) || e == (t.Symbol, t.Side, t.ExitBar + 1 - t.EntryBar)));
            Assert.InRange(random.Metrics.Exposure - run.Metrics.Exposure, -1, count == 1 ? 1.0 / run.Equity.Length : 1);
            Assert.InRange(run.Metrics.Exposure - random.Metrics.Exposure, -1, count == 1 ? 1.0 / run.Equity.Length : 1);
        }

        static (int, PositionSide, int) Held(Trade trade) => (trade.Symbol, trade.Side, trade.ExitBar - trade.EntryBar);
    }

    [Fact]
    public void Of_Stretches_CoverTheRun()
    {
        var stability = RunStatistics.Of(Run, Bars, Start, Decisions, Options, 7, Few).Stability;

        var stretches = stability.Kinds.Single(k => k.Kind == StabilityKind.Period);
        Assert.Equal(5, stretches.Parts.Count);
        Assert.Equal(1 + Run.Metrics.TotalReturn, stretches.Parts.Aggregate(1.0, (growth, part) => growth * (1 + part.NetReturn)), 1e-9);
        Assert.Contains(stability.Kinds, k => k.Kind == StabilityKind.Regime);
    }

    [Fact]
    public void With_ALosingSeed_IsNotRobust()
    {
        var statistics = RunStatistics.Of(Run, Bars, Start, Decisions, Options, 7, Few);

        var withSeeds = statistics.With([new StabilityPart(StabilityKind.Seed, "seed 1", 3, 0.2), new StabilityPart(StabilityKind.Seed, "seed 2", -1, -0.1)]);

        Assert.Equal([StabilityKind.Period, StabilityKind.Seed, StabilityKind.Regime], withSeeds.Stability.Kinds.Select(k => k.Kind));
        Assert.Equal(0.25, withSeeds.Stability.Kinds.Single(k => k.Kind == StabilityKind.Seed).Score);
        Assert.True(withSeeds.Stability.Score <= Math.Min(0.25, statistics.Stability.Score!.Value));
        Assert.Equal(statistics.Stability.Score, statistics.With([]).Stability.Score);
    }

    [Fact]
    public void Of_AnyNumberOfThreads_GivesTheSameBits()
    {
        var one = RunStatistics.Of(Run, Bars, Start, Decisions, Options, 7, Few);
        var four = RunStatistics.Of(Run, Bars, Start, Decisions, Options, 7, Few with { MaxThreads = 4 });

        Assert.Equal(one.Intervals.Intervals, four.Intervals.Intervals);
        Assert.Equal((one.Permutation, one.Random), (four.Permutation, four.Random));
    }

    [Fact]
    public void Of_NoTrades_LeavesOutWhatCannotBeSaid()
    {
        var nothing = new FixedDecisions([.. Enumerable.Repeat(Signal.Hold, Bars.Count)]);
        var idle = Backtester.Run(Bars, Start, Bars.Count, nothing, Options);

        var statistics = RunStatistics.Of(idle, Bars, Start, nothing, Options, 7, Few);

        Assert.Null(statistics.Permutation);
        Assert.Null(statistics.Random);
        Assert.Null(statistics.ProbabilisticSharpe);
        Assert.All(statistics.CostStress, c => Assert.Null(c.Sharpe));
        Assert.False(statistics.Stability.IsRobust);
        Assert.Throws<InvalidInputException>(() => RunStatistics.Of(idle, SyntheticMarket.Null(6, Bars.Count, "OTHER"), Start, nothing, Options, 7));
    }

    [Fact]
    public void Of_OneBar_IsDefined()
    {
        var one = Backtester.Run(Bars, 5, 6, Decisions, Options);

        Assert.All(RunStatistics.Of(one, Bars, 5, Decisions, Options, 7, Few).Intervals.Intervals, i => Assert.Null(i.Lower));
    }

    [Fact]
    public void Of_SeveralSymbols_AreJudgedAsOneAccount()
    {
        SymbolRun[] symbols =
        [
            new(SyntheticMarket.Null(1, 1500, "ONE"), 100, 1500, new FixedDecisions(RandomRun.Signals(1, 1500, 10, 20))),
            new(SyntheticMarket.Null(2, 1500, "TWO"), 100, 1500, new FixedDecisions(RandomRun.Signals(2, 1500, 10, 20))),
        ];
        var options = Options with { Exits = new ExitSpec(new ExitLevel(ExitUnit.Percent, 0.01), new ExitLevel(ExitUnit.Percent, 0.02), null, 12) };
        var run = Backtester.Run(symbols, options);

        var statistics = RunStatistics.Of(run, symbols, options, 3, Few);

        Assert.Equal(run.Trades.Count, statistics.Permutation!.Trades);
        Assert.Contains(run.Trades, t => t.ExitReason == FillReason.Stop);
        Assert.NotNull(statistics.Random);
        Assert.Equal(BenchmarkRuns.BuyAndHold(symbols, options).Metrics.TotalReturn, statistics.BuyAndHold.TotalReturn);
        Assert.Equal([StabilityKind.Period, StabilityKind.Symbol], statistics.Stability.Kinds.Select(k => k.Kind));
        Assert.Equal(
            symbols.Select(s => (s.Bars.Symbol, Backtester.Run([s], options).Metrics.DailySharpe)), statistics.Stability.Kinds[1].Parts.Select(p => (p.Name, p.NetSharpe)));
        Assert.All(statistics.Intervals.Intervals.Where(i => i.Estimate is not null), i => Assert.True(i.Lower <= i.Upper));
    }
}
