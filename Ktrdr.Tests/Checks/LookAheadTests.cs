using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>Perturb every bar after t, on all timeframes and in context series: nothing at or before t changes in a bit.</summary>
public sealed class LookAheadTests
{
    private const int Split = 1800;
    private const int Count = 2300;

    /// <summary>One cut in each hour of a day: the four-hour bar and the day are then unfinished in every way.</summary>
    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var kind in new[] { "mlp", "lstm", "gru", "tsk" })
            {
                cases.Add(kind, false);
                cases.Add(kind, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backtest_EveryBarAfterTChanged_DecidesAndFillsTheSameUpToT(string kind, bool wide)
    {
        var (bars, other) = (CheckMarket.Bars(Count), CheckMarket.Bars(Count, 2, "OTHER"));
        var market = CheckMarket.View(bars, other);
        var (_, _, trained) = CheckMarket.Train(CheckMarket.WithModel(wide ? CheckMarket.Wide : CheckMarket.Single, kind), market, Split);
        var whole = CheckMarket.Backtest(trained, market, Split);
        var outputs = Outputs(trained, market);
        Assert.True(whole.Headline.Result.Trades.Count > 3, $"{whole.Headline.Result.Trades.Count} trades");

        for (var cut = 2000; cut < 2000 + 24; cut++)
        {
            // The context's bar of the same hour is known at its end, as the row's own is.
            var changed = CheckMarket.View(CheckMarket.ChangedFrom(bars, cut + 1), CheckMarket.ChangedFrom(other, cut + 1));
            var seen = Outputs(trained, changed);
            var width = trained.PrimarySeed.Network.Shape.Outputs;
            Assert.Equal(Bits(outputs[..((cut + 1) * width)]), Bits(seen[..((cut + 1) * width)]));
            Assert.NotEqual(Bits(outputs), Bits(seen));

            var run = CheckMarket.Backtest(trained, changed, Split);
            Assert.Equal(Before(whole, cut), Before(run, cut));
            Assert.Equal(whole.Headline.Result.Equity.AsSpan(0, cut + 1 - Split), run.Headline.Result.Equity.AsSpan(0, cut + 1 - Split));
        }
    }

    [Fact]
    public void Features_InsideAnUnfinishedFourHoursAndDay_ShowTheLastFinishedOnes()
    {
        var bars = CheckMarket.Bars(Count);
        var market = CheckMarket.View(bars, CheckMarket.Bars(Count, 2, "OTHER"));
        var run = CheckMarket.Training(CheckMarket.Wide, market, Count);
        var names = run.Features.Names.ToList();

        foreach (var (feature, hours) in new[] { ("4h_rsi_14_raw", 4), ("1d_rsi_14_raw", 24) })
        {
            var column = names.IndexOf(feature);
            float At(int row) => run.Features.Row(row)[column];
            var steps = Enumerable.Range(1992, 96).Where(row => At(row) != At(row - 1)).ToList();
            Assert.NotEmpty(steps);

            // The bar that ends a group of hours is the first that may see them.
            Assert.All(steps, row => Assert.Equal(hours - 1, row % hours));
        }
    }

    private static float[] Outputs(TrainedStrategy trained, MarketView market) =>
        trained.Predict(market.InputsOf(trained.Strategy, 0), "1h", 0, market.Primary.Count).Outputs[0];

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private static List<Fill> Before(BacktestRun run, int cut) => [.. run.Headline.Result.Fills.Where(f => f.Bar <= cut && f.Reason != FillReason.EndOfData)];
}
