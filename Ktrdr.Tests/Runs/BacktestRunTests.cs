using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Runs;

public sealed class BacktestRunTests
{
    private const int Bars = 6000;
    private const int TrainBars = 4000;

    [Theory]
    [InlineData("{type: mlp, architecture: {hidden_layers: [8], dropout: 0}}")]
    [InlineData("{type: gru, architecture: {sequence_length: 6, hidden_size: 6, num_layers: 1, dropout: 0}}")]
    [InlineData("{type: tsk}")]
    public void Of_EveryKindOfModel_TradesWithReasons(string model)
    {
        var market = new MarketView(Market("EURUSD", 1));
        var trained = Train(Document(model, "symbol: EURUSD", "single"), market, [1, 2]);

        var run = BacktestRun.Of(trained, market, market.Primary.Times[TrainBars], Options(trained));

        Assert.Equal(2, run.Seeds.Count);
        Assert.Equal(Bars - TrainBars, run.Headline.Result.Equity.Length);
        Assert.NotEmpty(run.Headline.Result.Trades);
        Assert.Equal(DailyReturns.Average([.. run.Seeds.Select(s => s.Result.Daily)]).Returns, run.Daily.Returns);
        Assert.Equal(run.Seeds.Select(s => (double?)s.Result.Metrics.DailySharpe), run.SeedParts.Select(p => p.NetSharpe));
        using var factors = new EntryFactors(trained, market.InputsOf(trained.Strategy, 0), "1h", run.Primary);
        var trade = run.Headline.Result.Trades[0];
        var reasons = factors.Of(trade.DecisionBar, trade.Side);
        Assert.InRange(reasons.Count, 1, EntryFactors.Most);
        Assert.Equal(reasons.OrderByDescending(r => Math.Abs(r.Weight)), reasons);
        Assert.Equal(reasons, factors.Of(trade.DecisionBar, trade.Side));
        Assert.All(reasons, r => Assert.Contains("1h_", r.Name.Replace("1h ", "1h_", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public void DailyAtCosts_HeadlineKnown_GivesWhatRunningEverySeedGives()
    {
        var market = new MarketView(Market("EURUSD", 1));
        var trained = Train(Document("{type: mlp, architecture: {hidden_layers: [8], dropout: 0}}", "symbol: EURUSD", "single"), market, [1, 2, 3]);
        var run = BacktestRun.Of(trained, market, market.Primary.Times[TrainBars], Options(trained) with { CommissionRate = 0.001 });
        var stress = RunStatistics.Of(run.Headline.Result, run.Headline.Symbols, run.Options, 1, new RunStatisticsOptions { Replications = 1, RandomRuns = 0 }).CostStress;

        foreach (var multiple in new[] { 1.0, 2, 3, 4 })
        {
            Assert.Equal(run.DailyAtCosts(multiple).Returns, run.DailyAtCosts(multiple, stress).Returns);
        }

        Assert.Equal(run.Daily.Returns, run.DailyAtCosts(1).Returns);
        Assert.True(run.DailyAtCosts(2).Sharpe < run.Daily.Sharpe);
        Assert.NotEqual(run.DailyAtCosts(2).Returns, run.DailyAtCosts(2, [new CostStressResult(2, 0, run.Headline.Result.Daily)]).Returns);
    }

    [Fact]
    public void Of_BarsAfterTheWindowDiffer_GivesTheSameTrades()
    {
        var bars = Market("EURUSD", 1);
        var trained = Train(Document("{type: mlp, architecture: {hidden_layers: [8], dropout: 0}}", "symbol: EURUSD", "single"), new MarketView(bars), [1]);
        var cut = new MarketView(bars).Before(bars.Times[5000]);
        var other = new MarketView(SyntheticMarket.Null(99, Bars, "EURUSD", Timeframe.OneHour)).Before(bars.Times[5000]);

        var run = BacktestRun.Of(trained, cut, bars.Times[TrainBars], Options(trained));

        Assert.Equal(5000, cut.Primary.Count);
        Assert.Equal(run.Headline.Result.TradeListHash, BacktestRun.Of(trained, new MarketView(bars.Slice(0, 5000)), bars.Times[TrainBars], Options(trained)).Headline.Result.TradeListHash);
        Assert.NotEqual(run.Headline.Result.TradeListHash, BacktestRun.Of(trained, other, bars.Times[TrainBars], Options(trained)).Headline.Result.TradeListHash);
    }

    [Fact]
    public void Of_TwoSymbols_ShareOneAccount()
    {
        var market = new MarketView([Market("EURUSD", 1), Market("GBPUSD", 2)]);
        var trained = Train(Document("{type: mlp, architecture: {hidden_layers: [8], dropout: 0}}", "list: [EURUSD, GBPUSD]", "multi_symbol"), market, [1]);

        var result = BacktestRun.Of(trained, market, market.Primary.Times[TrainBars], Options(trained)).Headline.Result;

        Assert.Equal(["EURUSD", "GBPUSD"], result.Symbols);
        Assert.Equal([0, 1], result.Trades.Select(t => t.Symbol).Distinct().Order());
        Assert.Equal(100_000 + result.Trades.Sum(t => t.NetPnl), result.Equity[^1], 4);
    }

    [Fact]
    public void Of_SymbolsOfTwoQuoteCurrencies_IsRefusedByName()
    {
        var market = new MarketView([Market("EURUSD", 1), Market("USDJPY", 2)]);
        var trained = Train(Document("{type: mlp, architecture: {hidden_layers: [4], dropout: 0}}", "list: [EURUSD, USDJPY]", "multi_symbol"), market, [1]);

        var refused = Assert.Throws<InvalidInputException>(() => BacktestRun.Of(trained, market, market.Primary.Times[TrainBars], Options(trained)));

        Assert.Contains("USD and JPY", refused.Message, StringComparison.Ordinal);
        var alone = new MarketView(Market("USDJPY", 2));
        Assert.Equal("JPY", BacktestRun.Of(trained, alone, alone.Primary.Times[TrainBars], Options(trained)).Options.AccountCurrency);
    }

    [Fact]
    public void Of_ARegimeModel_NeverTradesByItself()
    {
        var document = Document("{type: mlp, architecture: {hidden_layers: [4], dropout: 0}}", "symbol: EURUSD", "single") with
        {
            Decisions = new DecisionSpec { OutputFormat = OutputFormat.RegimeClassification },
        };
        var trained = new TrainedStrategy(document, Ktrdr.Engine.Features.Normalization.None, [new TrainedSeed(1, Network.Initialize(new Ktrdr.Engine.Learning.Mlp.MlpShape(3, [4], 4, Activation.Relu, 0), 1), null)]);
        var market = new MarketView(Market("EURUSD", 1));

        Assert.Contains("never trades by itself", Assert.Throws<InvalidInputException>(() => BacktestRun.Of(trained, market, market.Primary.Times[TrainBars], new BacktestOptions())).Message, StringComparison.Ordinal);
    }

    private static BarSeries Market(string symbol, ulong seed) => SyntheticMarket.Null(seed, Bars, symbol, Timeframe.OneHour);

    private static BacktestOptions Options(TrainedStrategy trained) => BacktestOptions.From(trained.Strategy);

    private static TrainedStrategy Train(StrategyDocument document, MarketView market, IReadOnlyList<ulong> seeds)
    {
        var window = market.Before(market.Primary.Times[TrainBars]);
        var run = TrainingRun.Of(document, TrainingRun.Table(document, window, window.Primary.Times[0]), seeds, epochs: 3);
        return run.Trained(run.Train(maxThreads: 2));
    }

    private static StrategyDocument Document(string model, string symbols, string mode) => StrategyReader.Parse(RunDocuments.Heat
        .Replace("mode: single, symbol: SYNTH", $"mode: {mode}, {symbols}", StringComparison.Ordinal)
        .Replace("{type: mlp, architecture: {hidden_layers: [8], activation: relu, dropout: 0}}", model, StringComparison.Ordinal)
        .Replace("confidence_threshold: 0.34", "confidence_threshold: 0.3", StringComparison.Ordinal)
        .Replace("epochs: 5", "batch_size: 128", StringComparison.Ordinal));
}
