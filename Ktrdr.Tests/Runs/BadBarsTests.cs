using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Runs;

/// <summary>Bars that a whole run may meet: each gives a typed error or a defined result, never a silent zero and never a hang.</summary>
public sealed class BadBarsTests
{
    private static readonly BarSeries Good = SyntheticMarket.Planted(3, 1_500, symbol: "SYNTH");
    private static readonly StrategyDocument Strategy = RunDocuments.Parse(RunDocuments.Reversion);

    [Fact]
    public void Training_ConstantPrices_IsATypedErrorOrADefinedModel() => Defined(Trainings.Bars("SYNTH", Good, close: _ => 1.25));

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Training_OneClassMissing_GivesADefinedModelAndRun(int direction)
    {
        // Only ever one way: one of BUY and SELL is never a label.
        var bars = Trainings.Bars("SYNTH", Good, close: i => 100 + (direction * 0.02 * i) + (0.001 * (i % 3)));
        var trained = Trainings.Train(Strategy, new MarketView(bars), bars.Times[1_000]);

        Assert.True(double.IsFinite(trained.PrimarySeed.ValidationLoss!.Value));
        var run = BacktestRun.Of(trained, new MarketView(bars), bars.Times[1_000], BacktestOptions.From(Strategy));
        Assert.All(run.Headline.Result.Equity.ToArray(), equity => Assert.True(double.IsFinite(equity) && equity > 0));
    }

    [Fact]
    public void Training_OneClassMissingUnderFocalLossAndWeights_IsDefined()
    {
        var text = RunDocuments.Reversion.Replace("  epochs: 4", "  loss: focal\n  epochs: 4", StringComparison.Ordinal).Replace("max_holding_period: 12}", "max_holding_period: 12, compute_weights: true}", StringComparison.Ordinal);
        var bars = Trainings.Bars("SYNTH", Good, close: i => 100 + (0.02 * i));

        var trained = Trainings.Train(RunDocuments.Parse(text), new MarketView(bars), bars.Times[1_000]);

        Assert.True(double.IsFinite(trained.PrimarySeed.ValidationLoss!.Value));
    }

    [Fact]
    public void Run_ZeroVolume_RunsWhereNobodyReadsItAndIsRefusedByNameWhereSomebodyDoes()
    {
        var bars = Trainings.Bars("SYNTH", Good, volume: 0);
        Assert.NotEmpty(Run(Strategy, bars).Headline.Result.Equity.ToArray());

        var reader = RunDocuments.Parse(RunDocuments.Reversion.Replace("roc_5: {type: roc, period: 5}", "roc_5: {type: mfi, period: 5}", StringComparison.Ordinal));
        var refused = Assert.Throws<InvalidInputException>(() => Run(reader, bars));
        Assert.Contains("roc_5", refused.Message, StringComparison.Ordinal);
        Assert.Contains("volume", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void Training_FewerRowsThanTheWindow_IsATypedError(string kind)
    {
        var text = RunDocuments.Reversion.Replace("type: mlp, architecture: {hidden_layers: [8], activation: relu, dropout: 0.1}", $"type: {kind}, architecture: {{sequence_length: 60, hidden_size: 8}}", StringComparison.Ordinal);
        var bars = Good.Slice(0, 70);

        var refused = Assert.Throws<InvalidInputException>(() => Trainings.Train(RunDocuments.Parse(text), new MarketView(bars), long.MaxValue));

        Assert.NotEmpty(refused.Problems);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(40)]
    public void Training_AFewBars_IsATypedErrorOrADefinedModel(int count) => Defined(Good.Slice(0, count));

    [Fact]
    public void Backtest_WindowBeforeAnythingIsReady_TradesNothingAndSaysWhy()
    {
        var trained = Trainings.Train(Strategy, new MarketView(Good), long.MaxValue);
        var run = BacktestRun.Of(trained, new MarketView(Good.Slice(0, 12)), Good.Times[0], BacktestOptions.From(Strategy));

        Assert.Empty(run.Headline.Result.Trades);
        Assert.Equal(12, run.Headline.Result.Decisions.NotReady);
        Assert.Null(run.Headline.Result.Metrics.DailySharpe);
    }

    [Fact]
    public void Run_TwoSymbolsWithDifferentCalendars_TradeOneAccount()
    {
        // One market never closes; the other only trades on weekdays from 8 to 20 h, and is silent for a week.
        var other = SyntheticMarket.Planted(4, 1_500, symbol: "SYNTH");
        var hours = Trainings.Bars("HOURS", other, keep: i => other.Times[i] / 3_600_000 % 24 is >= 8 and < 20 && (other.Times[i] / 86_400_000 + 4) % 7 is >= 1 and <= 5 && i is < 700 or > 868);
        var text = RunDocuments.Reversion.Replace("symbols: {mode: single, symbol: SYNTH}", "symbols: {mode: multi_symbol, list: [SYNTH, HOURS]}", StringComparison.Ordinal);
        var strategy = StrategyReader.Parse(text);
        var market = new MarketView([Good, hours]);
        var end = Good.Times[1_000];

        var trained = Trainings.Train(strategy, market, end);
        var run = BacktestRun.Of(trained, market, end, BacktestOptions.From(strategy));

        Assert.Equal([0, 1], run.Headline.Result.Trades.Select(t => t.Symbol).Distinct().Order());
        Assert.All(run.Headline.Result.Trades.Where(t => t.Symbol == 1), t => Assert.Contains(t.EntryTime, hours.Times.ToArray()));
        Assert.Equal(run.Headline.Result.TradeListHash, BacktestRun.Of(trained, market, end, BacktestOptions.From(strategy)).Headline.Result.TradeListHash);
    }

    [Fact]
    public void Run_SecondSymbolWithoutABarInTheWindow_IsLeftOut()
    {
        var text = RunDocuments.Reversion.Replace("symbols: {mode: single, symbol: SYNTH}", "symbols: {mode: multi_symbol, list: [SYNTH, HOURS]}", StringComparison.Ordinal);
        var strategy = StrategyReader.Parse(text);
        var gone = Trainings.Bars("HOURS", SyntheticMarket.Planted(4, 900, symbol: "SYNTH"));
        var market = new MarketView([Good, gone]);

        var trained = Trainings.Train(strategy, market, Good.Times[1_000]);
        var run = BacktestRun.Of(trained, market, Good.Times[1_000], BacktestOptions.From(strategy));

        Assert.Equal(["SYNTH"], run.Headline.Result.Symbols);
    }

    private static BacktestRun Run(StrategyDocument strategy, BarSeries bars) =>
        BacktestRun.Of(Trainings.Train(strategy, new MarketView(bars), bars.Times[1_000]), new MarketView(bars), bars.Times[1_000], BacktestOptions.From(strategy));

    /// <summary>A typed error, or a model with finite figures.</summary>
    private static void Defined(BarSeries bars)
    {
        var thrown = Record.Exception(() =>
        {
            var trained = Trainings.Train(Strategy, new MarketView(bars), long.MaxValue);
            Assert.True(trained.PrimarySeed.ValidationLoss is { } loss && double.IsFinite(loss));
        });
        Assert.True(thrown is null or InvalidInputException { Problems.Count: > 0 }, $"{thrown}");
    }
}
