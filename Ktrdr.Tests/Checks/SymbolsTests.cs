using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>Two symbols with opposite drift, trained together.</summary>
public sealed class SymbolsTests
{
    private const int Count = 900;

    private static readonly string Pair = CheckMarket.Single
        .Replace("{mode: single, symbol: CHECK}", "{mode: multi_symbol, list: [UP, DOWN]}", StringComparison.Ordinal)
        .Replace("epochs: 4", "epochs: 15, learning_rate: 0.01", StringComparison.Ordinal);

    private static readonly MarketView Market = new([
        CheckMarket.Bars(Count, 1, "UP", drift: 0.003), CheckMarket.Bars(Count, 1, "DOWN", drift: -0.003)]);

    [Theory]
    [InlineData("mlp")]
    [InlineData("gru")]
    public void Training_Joint_GivesEachSymbolItsOwnLabels(string kind)
    {
        var document = CheckMarket.WithModel(Pair, kind);
        var run = CheckMarket.Training(document, Market, Count);
        var rows = run.Fold.Rows.Train.Concat(run.Fold.Rows.Validation).ToArray();

        for (var s = 0; s < 2; s++)
        {
            // What the symbol gets when it is trained alone.
            var own = StrategyReader.Parse(document.Replace("{mode: multi_symbol, list: [UP, DOWN]}", $"{{mode: single, symbol: {Market.Symbols[s].Symbol}}}", StringComparison.Ordinal));
            var alone = TrainingRun.Of(own, TrainingRun.Table(own, new MarketView(Market.Symbols[s]), CheckMarket.Monday), [1]);
            var mine = rows.Where(row => row / Count == s).ToArray();
            Assert.Equal(alone.Fold.Rows.Train.Concat(alone.Fold.Rows.Validation), mine.Select(row => row - (s * Count)));
            Assert.All(mine, row => Assert.Equal(alone.Fold.Labels.Class[row - (s * Count)], run.Fold.Labels.Class[row]));

            // 0 is BUY, 2 is SELL.
            Assert.True(mine.Count(row => run.Fold.Labels.Class[row] == (s == 0 ? 0 : 2)) > 0.8 * mine.Length);
        }
    }

    [Fact]
    public void Training_WindowsOfASequence_NeverCrossFromOneSymbolToTheOther()
    {
        var run = CheckMarket.Training(CheckMarket.WithModel(Pair, "lstm"), Market, Count);
        var length = run.Strategy.Model.SequenceLength;

        Assert.True(run.Features.StartsRun[Count]);
        Assert.All(run.Fold.Rows.Train.Concat(run.Fold.Rows.Validation), row => Assert.Equal(row / Count, (row - length + 1) / Count));
        var ready = run.Features.WindowReady(length);
        Assert.All(Enumerable.Range(Count, length - 1), row => Assert.False(ready[row]));
    }

    [Fact]
    public void Backtest_TwoSymbolsOfOneTraining_BuysTheRisingAndSellsTheFalling()
    {
        var (_, _, trained) = CheckMarket.Train(Pair, Market, 700);
        var trades = CheckMarket.Backtest(trained, Market, 700).Headline.Result.Trades;

        Assert.Equal([0, 1], trades.Select(t => t.Symbol).Distinct().Order());
        Assert.True(trades.Where(t => t.Symbol == 0).Sum(t => (int)t.Side) > 0);
        Assert.True(trades.Where(t => t.Symbol == 1).Sum(t => (int)t.Side) < 0);
        Assert.True(trades.Sum(t => t.NetPnl) > 0);
    }
}
