using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>Commission, financing, contract size and currency: one test per rule of docs/fill-rules.md.</summary>
public sealed class CostRulesTests
{
    private static readonly BacktestOptions Free = new()
    {
        InitialCapital = 10_000,
        CommissionRate = 0,
        Slippage = 0,
        Sizing = new SizingSpec(SizingKind.Units, 10),
    };

    private static readonly Engine.MarketData.BarSeries Five = Market.Of(
        (100, 101, 99, 100), (100, 101, 99, 100), (102, 103, 101, 102), (110, 111, 109, 110), (110, 111, 109, 110));

    private static Trade Run(BacktestOptions options, string signals = "B-S--") =>
        Assert.Single(Backtester.Run(Five, 0, 5, Market.Signals(signals), options).Trades);

    [Theory]
    [InlineData(0.001, 0, 0, 1.0, 1.1)]
    [InlineData(0, 0.02, 0, 0.2, 0.2)]
    [InlineData(0.001, 0.02, 0, 1.2, 1.3)]
    [InlineData(0.001, 0.02, 5, 5.0, 5.0)]
    [InlineData(0.001, 0.02, 1.25, 1.25, 1.3)]
    [InlineData(0, 0, 2, 2.0, 2.0)]
    public void Run_Commission_IsRatePlusPerUnitButAtLeastTheMinimum(double rate, double perUnit, double minimum, double entry, double exit)
    {
        foreach (var signals in new[] { "B-S--", "S-B--" })
        {
            var trade = Run(Free with { CommissionRate = rate, CommissionPerUnit = perUnit, MinimumCommission = minimum }, signals);

            Assert.Equal((entry, exit), (Math.Round(trade.EntryCommission, 12), Math.Round(trade.ExitCommission, 12)));
            Assert.Equal(((int)trade.Side * 100) - entry - exit, trade.NetPnl, 1e-9);
        }
    }

    [Fact]
    public void Run_CostStress_MultipliesEveryCost()
    {
        var options = Free with { CommissionRate = 0.001, CommissionPerUnit = 0.02, MinimumCommission = 0.5, FinancingPerDay = 0.001, RolloverHour = 3, Slippage = 0.001, SpreadFraction = 0.002 };
        var dear = options with { CommissionRate = 0.003, CommissionPerUnit = 0.06, MinimumCommission = 1.5, FinancingPerDay = 0.003, Slippage = 0.003, SpreadFraction = 0.006 };

        Assert.Equal(Run(dear).NetPnl, Run(options with { CostMultiplier = 3 }).NetPnl, 1e-12);
    }

    [Theory]
    [InlineData("within a day: nothing", 0, new[] { 0, 1, 2, 3 }, 0)]
    [InlineData("over midnight: one day", 0, new[] { 22, 23, 24, 25 }, 1)]
    [InlineData("entered at midnight: nothing", 0, new[] { 23, 24, 25, 26 }, 0)]
    [InlineData("left at midnight's open: one day, charged before", 0, new[] { 21, 22, 23, 24 }, 1)]
    [InlineData("over a weekend: three days", 0, new[] { (4 * 24) + 21, (4 * 24) + 22, (7 * 24) + 0, (7 * 24) + 1 }, 3)]
    [InlineData("rollover at 22:00", 22, new[] { 19, 20, 21, 22 }, 1)]
    [InlineData("rollover at 22:00, over midnight: nothing", 22, new[] { 22, 23, 24, 25 }, 0)]
    public void Run_Financing_IsChargedPerRolloverOnTheNotionalAtTheCloseBefore(string rule, int rolloverHour, int[] hours, int days)
    {
        var bars = Market.At("NIGHT", [.. hours.Select((hour, i) => (hour, 100.0, 100.0, 100.0, i == 2 ? 105.0 : 104.0))]);
        foreach (var signals in new[] { "B-S-", "S-B-" })
        {
            var result = Backtester.Run(bars, 0, 4, Market.Signals(signals), Free with { FinancingPerDay = 0.001, RolloverHour = rolloverHour });
            var trade = Assert.Single(result.Trades);

            // Ten units; the close before a rollover is 104 after the entry's bar and 105 after the next.
            var close = days == 0 || hours[2] / 24 > hours[1] / 24 ? 104 : 105;
            Assert.True(Math.Abs((days * 0.001 * 10 * close) - trade.Financing) < 1e-9, $"{rule}: {trade.Financing}");
            Assert.Equal(-trade.Financing, trade.NetPnl, 1e-9);
            Assert.Equal(trade.Financing, result.Metrics.FinancingPaid);
            Assert.Equal(10_000 - trade.Financing, result.Equity[^1], 1e-9);
        }
    }

    [Fact]
    public void Run_ContractSizeAndForeignQuote_GiveProfitsInAccountCurrency()
    {
        var options = Free with
        {
            InitialCapital = 1_000_000,
            Instrument = new InstrumentTerms { ContractSize = 1_000, QuoteCurrency = "JPY", ConversionRate = 0.007 },
            CommissionRate = 0.001,
        };
        var trade = Run(options);

        Assert.Equal(10 * 1_000 * 0.007 * 10, trade.GrossPnl, 1e-9);
        Assert.Equal(0.001 * 10 * 100 * 7, trade.EntryCommission, 1e-9);
        Assert.Equal(0.001 * 10 * 110 * 7, trade.ExitCommission, 1e-9);
        Assert.Equal((7 * 10 * 10.0, 7 * 10 * -1.0), (trade.MaximumFavorableExcursion, trade.MaximumAdverseExcursion));
    }

    [Theory]
    [InlineData("EUR", null, "conversion_rate_missing")]
    [InlineData("EUR", -1.0, "out_of_range")]
    [InlineData("USD", 1.1, "out_of_range")]
    [InlineData(null, 1.1, "out_of_range")]
    public void Run_QuoteCurrencyWithoutAUsableRate_IsRefused(string? quote, double? rate, string code)
    {
        var error = Assert.Throws<InvalidInputException>(() => Run(Free with { Instrument = new InstrumentTerms { QuoteCurrency = quote, ConversionRate = rate } }));

        Assert.Equal((code, "instrument.conversion_rate"), (error.Problems[0].Code, error.Problems[0].Path));
    }

    [Theory]
    [InlineData("EURUSD", "USD")]
    [InlineData("usd/jpy", "JPY")]
    [InlineData("SPY", null)]
    [InlineData("XAUXAG", null)]
    public void InstrumentTerms_OfASymbol_KnowsThePairsQuoteCurrency(string symbol, string? quote) => Assert.Equal(quote, InstrumentTerms.Of(symbol).QuoteCurrency);

    [Fact]
    public void From_StrategyDocument_TakesEverythingItStates()
    {
        var sound = StrategyReader.Read(Strategies.StrategyTexts.Sound).Document!;
        var strategy = sound with
        {
            Costs = new CostSpec(0.001, 0.002, 0.003, 0.4, 5, 0.0006),
            Sizing = new SizingSpec(SizingKind.RiskPerTrade, 0.01, LotSize: 10),
            Exits = new ExitSpec(new ExitLevel(ExitUnit.Atr, 2), TimeBars: 9),
            Decisions = sound.Decisions with { AllowShortFromFlat = true, AllowReversal = true },
        };

        Assert.Equal(
            new BacktestOptions
            {
                CommissionRate = 0.001,
                Slippage = 0.002,
                SpreadFraction = 0.003,
                CommissionPerUnit = 0.4,
                MinimumCommission = 5,
                FinancingPerDay = 0.0006,
                Sizing = strategy.Sizing,
                Exits = strategy.Exits,
                AllowShort = true,
                ReverseInOneStep = true,
            },
            BacktestOptions.From(strategy));
        Assert.Equal(new BacktestOptions { AllowShort = false }, BacktestOptions.From(sound));
    }

    [Fact]
    public void Run_EveryOptionOutOfRange_IsNamed()
    {
        var options = new BacktestOptions
        {
            InitialCapital = 0,
            CommissionPerUnit = -1,
            MinimumCommission = double.NaN,
            FinancingPerDay = 1,
            RolloverHour = 24,
            Sizing = new SizingSpec(SizingKind.RiskPerTrade, 2, LotSize: 0),
            Exits = new ExitSpec(Target: new ExitLevel(ExitUnit.Price, 0), Trailing: new ExitLevel(ExitUnit.Percent, 1), TimeBars: 0, AtrPeriod: 0),
            Instrument = new InstrumentTerms { ContractSize = 0 },
        };

        var error = Assert.Throws<InvalidInputException>(options.Validate);
        Assert.Equal(
            ["initial_capital", "commission_per_unit", "minimum_commission", "financing_per_day", "rollover_hour", "sizing.amount", "sizing.lot_size", "exits.stop", "exits.target", "exits.trailing", "exits.time_bars", "exits.atr_period", "instrument.contract_size"],
            error.Problems.Select(p => p.Path));
    }
}
