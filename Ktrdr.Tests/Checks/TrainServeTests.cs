using Ktrdr.Engine.Features;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>What a network learned from and what it is served later are the same matrix.</summary>
public sealed class TrainServeTests
{
    [Theory]
    [InlineData(false, "mlp")]
    [InlineData(true, "mlp")]
    [InlineData(true, "lstm")]
    [InlineData(true, "tsk")]
    public void Features_OfTheTrainedRange_AreServedToTheBit(bool wide, string kind)
    {
        const int split = 1800;
        var market = CheckMarket.View(CheckMarket.Bars(2300), CheckMarket.Bars(2300, 2, "OTHER"));
        var (run, outcome, trained) = CheckMarket.Train(CheckMarket.WithModel(wide ? CheckMarket.Wide : CheckMarket.Single, kind), market, split);

        // Served from a dataset that goes on long after the training's window, and asked from the middle.
        var stream = FeatureStream.Open(trained.Strategy, market.InputsOf(trained.Strategy, 0), "1h", trained.Normalization);
        var ready = new bool[stream.Rows];
        var compared = 0;
        stream.ForEachTile(400, split, trained.SequenceLength, ready, (matrix, firstRow, rowCount, bar) =>
        {
            for (var row = 0; row < rowCount; row++)
            {
                var served = matrix.Slice((firstRow + row) * stream.Columns, stream.Columns);
                Assert.Equal(Bits(run.Features.Row(bar + row)), Bits(served));
                Assert.Equal(run.Features.IsReady[bar + row], ready[bar + row]);
                compared++;
            }
        });
        Assert.Equal(split - 400, compared);
        Assert.Equal(run.Features.Names, stream.Names);

        // And the network says of a row in training what it says of it when it serves.
        var served = trained.Predict(market.InputsOf(trained.Strategy, 0), "1h", 400, split);
        var outputs = new float[served.Width];
        foreach (var row in run.Fold.Rows.Validation.Where(row => row >= 400))
        {
            outcome.Outcomes[0].Network.Predict(run.Features.Values, row, 1, outputs);
            Assert.Equal(Bits(outputs), Bits(served.Outputs[0].AsSpan(row * served.Width, served.Width)));
        }
    }

    [Fact]
    public void Rows_StillWarmingUp_AreNeitherLearnedFromNorTraded()
    {
        var market = CheckMarket.View(CheckMarket.Bars(2300), CheckMarket.Bars(2300, 2, "OTHER"));
        var (run, _, trained) = CheckMarket.Train(CheckMarket.Wide, market, 2300);
        var first = run.Features.FirstReady;

        Assert.True(first > 14 * 24, $"{first}: the RSI of 14 days needs them");
        Assert.All(run.Fold.Rows.Train, row => Assert.True(row >= first));
        var test = CheckMarket.Backtest(trained, market, 0);
        Assert.All(test.Headline.Result.Fills, fill => Assert.True(fill.Bar > first));
        Assert.True(test.Headline.Result.Decisions.NotReady >= first);
    }

    private static int[] Bits(ReadOnlySpan<float> values) => [.. values.ToArray().Select(BitConverter.SingleToInt32Bits)];
}
