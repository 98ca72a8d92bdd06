using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

public sealed class BacktesterPropertiesTests
{
    private const int Bars = 400;

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 25).Select(i => (ulong)i)];

    private static BacktestOptions Options(ulong seed) => new()
    {
        CommissionRate = 0.0005,
        Slippage = 0.0002,
        SpreadFraction = 0.0004,
        Sizing = new SizingSpec(SizingKind.Fraction, seed % 3 == 0 ? 1 : 0.25, WholeUnits: seed % 2 == 0),
        AllowShort = seed % 5 != 0,
        ReverseInOneStep = seed % 4 == 0,
    };

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_BarsAfterTChanged_NothingAtOrBeforeTChanges(ulong seed)
    {
        var bars = Market.Random(seed, Bars);
        var other = Market.Random(seed + 1000, Bars);
        var signals = Market.RandomSignals(seed, Bars);
        var original = Backtester.Run(bars, 0, Bars, new FixedDecisions(signals), Options(seed));
        Assert.NotEmpty(original.Fills);

        foreach (var t in new[] { 0, 1, 57, 200, 398 })
        {
            double[] Spliced(Func<BarSeries, double[]> column) => [.. column(bars)[..(t + 1)], .. column(other)[(t + 1)..]];
            var changed = new BarSeries(
                bars.Symbol, bars.Timeframe, bars.Times.ToArray(),
                Spliced(b => b.Open.ToArray()), Spliced(b => b.High.ToArray()), Spliced(b => b.Low.ToArray()), Spliced(b => b.Close.ToArray()), Spliced(b => b.Volume.ToArray()));
            Signal[] known = [.. signals[..(t + 1)], .. Market.RandomSignals(seed + 1000, Bars)[(t + 1)..]];

            var result = Backtester.Run(changed, 0, Bars, new FixedDecisions(known), Options(seed));

            Assert.Equal(original.Fills.Where(f => f.Bar <= t && f.Reason != FillReason.EndOfData), result.Fills.Where(f => f.Bar <= t && f.Reason != FillReason.EndOfData));
            Assert.Equal(original.Equity[..(t + 1)], result.Equity[..(t + 1)]);
            Assert.Equal(original.Exposure[..(t + 1)], result.Exposure[..(t + 1)]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_FinalEquity_IsCapitalPlusNetProfitsAndEqualsTheCashFlows(ulong seed)
    {
        var bars = Market.Random(seed, Bars);
        var options = Options(seed);
        var result = Backtester.Run(bars, 0, Bars, new FixedDecisions(Market.RandomSignals(seed, Bars)), options);

        Assert.Equal(options.InitialCapital + result.Trades.Sum(t => t.NetPnl), result.Equity[^1], 1e-6);
        Assert.Equal(result.Fills[^1].CashAfter, result.Equity[^1]);
        Assert.Equal(result.Fills.Count, 2 * result.Trades.Count);
        Assert.Equal(result.Metrics.CostsPaid, result.Trades.Sum(t => t.EntryCommission + t.ExitCommission + t.SlippageCost + t.SpreadCost), 1e-6);
        var grown = result.Daily.Returns.Aggregate(options.InitialCapital, (value, r) => value * (1 + r));
        Assert.Equal(result.Equity[^1], grown, 1e-6);
        Assert.All(result.Trades, t => Assert.True(t.MaximumFavorableExcursion >= 0 && t.MaximumAdverseExcursion <= 0));
        Assert.Equal(Bars, result.Decisions.Buy + result.Decisions.Sell + result.Decisions.Predicted);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_HigherCosts_MakeEveryTradeWorse(ulong seed)
    {
        var bars = Market.Random(seed, Bars);
        var decisions = new FixedDecisions(Market.RandomSignals(seed, Bars));

        var cheap = Backtester.Run(bars, 0, Bars, decisions, Options(seed));
        var dear = Backtester.Run(bars, 0, Bars, decisions, Options(seed) with { CostMultiplier = 2 });

        Assert.Equal(cheap.Trades.Count, dear.Trades.Count);
        Assert.All(cheap.Trades.Zip(dear.Trades), pair =>
        {
            Assert.Equal(pair.First.EntryTime, pair.Second.EntryTime);
            Assert.True(pair.Second.NetReturn < pair.First.NetReturn);
            Assert.True(pair.Second.Quantity <= pair.First.Quantity || pair.First.EntryBar > cheap.Trades[0].EntryBar);
        });
    }

    [Fact]
    public void Run_Twice_GivesTheSameBits()
    {
        var bars = Market.Random(7, Bars);
        var decisions = new FixedDecisions(Market.RandomSignals(7, Bars));

        var first = Backtester.Run(bars, 0, Bars, decisions, new BacktestOptions());
        var second = Backtester.Run(bars, 0, Bars, decisions, new BacktestOptions());
        var other = Backtester.Run(bars, 0, Bars, decisions, new BacktestOptions { CommissionRate = 0.00011 });

        Assert.Equal(first.TradeListHash, second.TradeListHash);
        Assert.Equal(first.Metrics, second.Metrics);
        Assert.Matches("^[0-9a-f]{64}$", first.TradeListHash);
        Assert.NotEqual(first.TradeListHash, other.TradeListHash);
    }

    [Fact]
    public void BuyAndHold_EarnsTheMarketsMove()
    {
        var bars = Market.Random(3, Bars);
        var free = new BacktestOptions { CommissionRate = 0, Slippage = 0, Sizing = new SizingSpec(SizingKind.Fraction, 1, WholeUnits: false) };

        var held = BenchmarkRuns.BuyAndHold(bars, 0, Bars, free);
        var sold = BenchmarkRuns.Inverse(bars, 0, Bars, free);

        Assert.Equal((bars.Close[^1] / bars.Open[1]) - 1, held.Metrics.TotalReturn, 1e-12);
        Assert.Equal(-held.Metrics.TotalReturn, sold.Metrics.TotalReturn, 1e-12);
    }
}
