using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Runs;

public sealed class MarketViewTests
{
    /// <summary>What a decision sees must not depend on how much of the future the file holds: also through the wider bars that are made of it.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Of_BarsCutAfterARow_GivesTheSameFeaturesUpToIt(int skipEvery)
    {
        var strategy = StrategyReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, "strategies", "eurusd_two_speeds_1h_4h.yaml")));
        var bars = WithGaps(SyntheticMarket.Null(3, 900, "EURUSD", Timeframe.OneHour), skipEvery);
        var whole = FeaturePipeline.Build(strategy, MarketView.Timeframes(strategy, bars), "1h");

        Assert.True(whole.FirstReady < 400);
        for (var cut = 400; cut < bars.Count; cut += 13)
        {
            var part = bars.Slice(0, cut + 1);
            var seen = FeaturePipeline.Build(strategy, MarketView.Timeframes(strategy, part), "1h");

            Assert.Equal(whole.Values[..((cut + 1) * whole.Columns)], seen.Values);
            Assert.Equal(whole.IsReady[..(cut + 1)], seen.IsReady);
        }
    }

    /// <summary>A market that closes for five hours now and then, so that wider bars are partial.</summary>
    private static BarSeries WithGaps(BarSeries bars, int every)
    {
        var kept = Enumerable.Range(0, bars.Count).Where(i => every == 0 || i / 5 % every != every - 1).ToArray();
        return new BarSeries(
            bars.Symbol, bars.Timeframe, [.. kept.Select(i => bars.Times[i])], [.. kept.Select(i => bars.Open[i])], [.. kept.Select(i => bars.High[i])],
            [.. kept.Select(i => bars.Low[i])], [.. kept.Select(i => bars.Close[i])], [.. kept.Select(i => bars.Volume[i])]);
    }
}
