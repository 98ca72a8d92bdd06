using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>The loop that jumps from event to event, the loop that goes bar by bar, and a run taken up from a checkpoint must agree in every bit.</summary>
public sealed class LoopAgreementTests
{
    private const int Bars = 700;

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 60).Select(i => (ulong)i)];

    internal static void AssertSame(BacktestResult expected, BacktestResult actual)
    {
        Assert.Equal(expected.Fills, actual.Fills);
        Assert.Equal(expected.Rejected, actual.Rejected);
        Assert.Equal(expected.Orders, actual.Orders);
        Assert.Equal(expected.Equity, actual.Equity);
        Assert.Equal(expected.Exposure, actual.Exposure);
        Assert.Equal(expected.Decisions, actual.Decisions);
        Assert.Equal(expected.Metrics, actual.Metrics);
        Assert.Equal(expected.TradeListHash, actual.TradeListHash);
        Assert.Equal(
            expected.Trades.Select(t => (t.MaximumFavorableExcursion, t.MaximumAdverseExcursion, t.Financing, t.BarsHeld)),
            actual.Trades.Select(t => (t.MaximumFavorableExcursion, t.MaximumAdverseExcursion, t.Financing, t.BarsHeld)));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_FromEventToEvent_GivesTheBitsOfBarByBar(ulong seed)
    {
        var bars = seed % 5 == 0 ? Wild(seed) : seed % 2 == 0 ? Market.Random(seed, Bars) : Market.RandomWithHoles(seed, "HOLES", Bars);
        var decisions = RandomOptions.Decisions(seed, bars.Count);
        var options = RandomOptions.Of(seed);
        var symbol = new SymbolRun(bars, 30, bars.Count, decisions);

        var jumping = Backtester.Run([symbol], options);
        var stepping = Backtester.Run([symbol], options, new RunControl { Checkpoint = _ => { }, CheckpointInterval = int.MaxValue });

        AssertSame(stepping, jumping);
    }

    [Fact]
    public void Seeds_Together_UseEveryExitAndEveryRefusal()
    {
        var runs = Enumerable.Range(1, 60).Select(i => (ulong)i).Select(seed =>
        {
            var bars = seed % 5 == 0 ? Wild(seed) : Market.Random(seed, Bars);
            return Backtester.Run(bars, 30, Bars, RandomOptions.Decisions(seed, Bars), RandomOptions.Of(seed));
        }).ToList();

        var reasons = runs.SelectMany(r => r.Trades).Select(t => t.ExitReason).Distinct().ToHashSet();
        Assert.Superset(new HashSet<FillReason> { FillReason.OppositeSignal, FillReason.EndOfData, FillReason.Stop, FillReason.Target, FillReason.TrailingStop, FillReason.TimeExit, FillReason.Ruin }, reasons);
        Assert.Contains(runs, r => r.Orders.Any(o => o.Status == OrderStatus.Reduced));
        Assert.Contains(runs, r => r.Metrics.FinancingPaid > 0);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_InterruptedAnywhereAndResumed_GivesTheBitsOfTheUnbrokenRun(ulong seed)
    {
        var (symbols, options) = Several(seed);
        var unbroken = Backtester.Run(symbols, options);
        var checkpoints = new List<BacktestCheckpoint>();
        Backtester.Run(symbols, options, new RunControl { Checkpoint = checkpoints.Add, CheckpointInterval = 1 });

        Assert.Equal(unbroken.Equity.Length - 1, checkpoints.Count);
        foreach (var cut in Enumerable.Range(0, 8).Select(i => (int)(((seed * 7919) + ((ulong)i * 104_729)) % (ulong)checkpoints.Count)).Append(0).Append(checkpoints.Count - 1))
        {
            var stored = BacktestCheckpoint.FromBytes(checkpoints[cut].ToBytes());
            Assert.Equal(cut + 1, stored.BarsDone);
            var resumed = Backtester.Run(symbols, options, new RunControl { Resume = stored });
            AssertSame(unbroken, resumed);
        }
    }

    [Fact]
    public void Run_Cancelled_LeavesACheckpointToGoOnFrom()
    {
        var (symbols, options) = Several(4);
        using var source = new CancellationTokenSource();
        BacktestCheckpoint? last = null;
        var control = new RunControl { Cancellation = source.Token, Checkpoint = c => last = c, Progress = _ => source.Cancel() };

        Assert.Throws<OperationCanceledException>(() => Backtester.Run(symbols, options, control));
        AssertSame(Backtester.Run(symbols, options), Backtester.Run(symbols, options, new RunControl { Resume = last }));
    }

    [Fact]
    public void Run_CheckpointOfAnotherRun_IsRefused()
    {
        var (symbols, options) = Several(4);
        BacktestCheckpoint? taken = null;
        Backtester.Run(symbols, options, new RunControl { Checkpoint = c => taken = c, CheckpointInterval = 100 });

        var error = Assert.Throws<Engine.InvalidInputException>(() => Backtester.Run(symbols, options with { Slippage = 0.01 }, new RunControl { Resume = taken }));
        Assert.Equal("foreign_checkpoint", error.Problems[0].Code);

        var bytes = taken!.ToBytes();
        bytes[50] ^= 1;
        Assert.Equal("invalid_checkpoint", Assert.Throws<Engine.InvalidInputException>(() => BacktestCheckpoint.FromBytes(bytes)).Problems[0].Code);
        Assert.Equal("invalid_checkpoint", Assert.Throws<Engine.InvalidInputException>(() => BacktestCheckpoint.FromBytes([1, 2, 3])).Problems[0].Code);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_SeveralSymbols_AddsUpToTheBits(ulong seed)
    {
        var (symbols, options) = Several(seed);
        var result = Backtester.Run(symbols, options);

        Assert.Equal(result.Times.Length, result.Equity.Length);
        Assert.Equal(options.InitialCapital + result.Trades.Sum(t => t.NetPnl), result.Equity[^1], 1e-5);
        Assert.All(result.Trades, t => Assert.True(t.MaximumFavorableExcursion >= 0 && t.MaximumAdverseExcursion <= 0));
        Assert.Equal(result.Metrics.CostsPaid, result.Trades.Sum(t => t.EntryCommission + t.ExitCommission + t.SlippageCost + t.SpreadCost + t.Financing), 1e-5);
        Assert.All(result.GrossExposure.Zip(result.Exposure), pair => Assert.True(pair.First >= Math.Abs(pair.Second) - 1e-12));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_BarsAfterTChanged_NothingAtOrBeforeTChanges(ulong seed)
    {
        var bars = Market.Random(seed, Bars);
        var other = Market.Random(seed + 1000, Bars);
        var options = RandomOptions.Of(seed);
        var signals = Market.RandomSignals(seed, Bars);
        var original = Backtester.Run(bars, 0, Bars, new FixedDecisions(signals), options);
        foreach (var t in new[] { 40, 63, 64, 333, 650 })
        {
            double[] Spliced(Func<BarSeries, double[]> column) => [.. column(bars)[..(t + 1)], .. column(other)[(t + 1)..]];
            var changed = new BarSeries(
                bars.Symbol, bars.Timeframe, bars.Times.ToArray(),
                Spliced(b => b.Open.ToArray()), Spliced(b => b.High.ToArray()), Spliced(b => b.Low.ToArray()), Spliced(b => b.Close.ToArray()), Spliced(b => b.Volume.ToArray()));
            Signal[] known = [.. signals[..(t + 1)], .. Market.RandomSignals(seed + 1000, Bars)[(t + 1)..]];

            var result = Backtester.Run(changed, 0, Bars, new FixedDecisions(known), options);

            Assert.Equal(original.Fills.Where(f => f.Bar <= t && f.Reason != FillReason.EndOfData), result.Fills.Where(f => f.Bar <= t && f.Reason != FillReason.EndOfData));
            Assert.Equal(original.Equity[..(t + 1)], result.Equity[..(t + 1)]);
            Assert.Equal(original.Exposure[..(t + 1)], result.Exposure[..(t + 1)]);
        }
    }

    /// <summary>Doubles or halves within a few bars: shorts are ruined.</summary>
    private static BarSeries Wild(ulong seed) => Market.Random(seed, Bars, volatility: 0.5);

    /// <summary>Two or three markets that are shut at different hours.</summary>
    private static (SymbolRun[] Symbols, BacktestOptions Options) Several(ulong seed)
    {
        var symbols = Enumerable.Range(0, 2 + (int)(seed % 2)).Select(i =>
        {
            var bars = Market.RandomWithHoles(seed + ((ulong)i * 500), $"S{i}", 300);
            var instrument = i == 1 ? new InstrumentTerms { ContractSize = 2, QuoteCurrency = "JPY", ConversionRate = 0.4 } : null;
            return new SymbolRun(bars, 15 + i, bars.Count - (i * 20), RandomOptions.Decisions(seed + (ulong)i, bars.Count), instrument);
        });
        return ([.. symbols], RandomOptions.Of(seed));
    }
}
