using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Learning;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>Interrupted anywhere and taken up again gives what an unbroken run gives.</summary>
public sealed class ResumeTests
{
    private const string Restless = "{confidence_threshold: 0.34, allow_short_from_flat: true, allow_reversal: true, filters: {min_signal_separation: 9 bars}}";

    [Theory]
    [InlineData("mlp")]
    [InlineData("lstm")]
    [InlineData("gru")]
    [InlineData("tsk")]
    public void Training_InterruptedAfterEveryEpochOfEverySeed_EndsWithTheSameWeights(string kind)
    {
        var document = CheckMarket.WithModel(CheckMarket.Single, kind).Replace("epochs: 4", "epochs: 5, lr_scheduler: cosine, early_stopping: {patience: 2}", StringComparison.Ordinal);
        var market = CheckMarket.View(CheckMarket.Bars(800));
        var unbroken = CheckMarket.Training(document, market, 800, 3, 8).Train(1);

        for (var interrupted = 0; ; interrupted++)
        {
            using var stop = new CancellationTokenSource();
            byte[]? stored = null;
            var calls = 0;
            SeedOutcome resumed;
            try
            {
                resumed = CheckMarket.Training(document, market, 800, 3, 8).Train(1, null, (_, take) =>
                {
                    stored = take().ToBytes();
                    if (calls++ == interrupted)
                    {
                        stop.Cancel();
                    }
                }, stop.Token);
                Assert.True(interrupted >= unbroken.Outcomes.Sum(o => o.History.Count) - 1);
            }
            catch (OperationCanceledException)
            {
                // Another process: features, labels and split are made anew.
                resumed = CheckMarket.Training(document, market, 800, 3, 8).Train(2, SeedCheckpoint.FromBytes(stored));
            }

            for (var s = 0; s < 2; s++)
            {
                Assert.Equal(unbroken.Outcomes[s].WeightsHash, resumed.Outcomes[s].WeightsHash);
                Assert.Equal(unbroken.Outcomes[s].History, resumed.Outcomes[s].History);
                Assert.Equal(unbroken.Outcomes[s].StopReason, resumed.Outcomes[s].StopReason);
            }

            if (calls <= interrupted)
            {
                break;
            }
        }
    }

    [Fact]
    public void Backtest_InterruptedAfterEveryBar_GivesTheSameTradesEquityAndSharpe()
    {
        var document = CheckMarket.Single.Replace("{confidence_threshold: 0.34, allow_short_from_flat: true, filters: {min_signal_separation: 3 bars}}", Restless, StringComparison.Ordinal)
            .Replace("epochs: 4", "epochs: 15, learning_rate: 0.02", StringComparison.Ordinal)
            .Replace("{stop: {atr: 3}, time_bars: 30}", "{stop: {percent: 10}}", StringComparison.Ordinal);
        var market = CheckMarket.View(CheckMarket.Bars(900));
        var (_, _, trained) = CheckMarket.Train(document, market, 600);
        var run = CheckMarket.Backtest(trained, market, 600);
        var (unbroken, symbols) = (run.Headline.Result, run.Headline.Symbols);
        var checkpoints = new List<byte[]>();
        Backtester.Run(symbols, run.Options, new RunControl { Checkpoint = c => checkpoints.Add(c.ToBytes()), CheckpointInterval = 1 });

        // Between a decision and its fill, and while the separation from the last trade runs.
        Assert.Contains(unbroken.Fills, f => f.Reason == FillReason.OppositeSignal);
        Assert.True(unbroken.Decisions.TooSoon > 10);
        Assert.Equal(299, checkpoints.Count);
        foreach (var checkpoint in checkpoints)
        {
            var resumed = Backtester.Run(symbols, run.Options, new RunControl { Resume = BacktestCheckpoint.FromBytes(checkpoint) });
            Assert.Equal(unbroken.TradeListHash, resumed.TradeListHash);
            Assert.Equal(unbroken.Fills, resumed.Fills);
            Assert.Equal(unbroken.Equity, resumed.Equity);
            Assert.Equal(unbroken.Decisions, resumed.Decisions);
            Assert.Equal(unbroken.Metrics, resumed.Metrics);
        }
    }
}
