using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Ktrdr.Worker.MarketData;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class RunMarketTests
{
    private static readonly BarSeries Hours = SyntheticMarket.Null(1, 4000, "EURUSD", Timeframe.OneHour);

    private static readonly StrategyDocument WithDays = StrategyReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, "strategies", "eurusd_reversion_1h.yaml"))) with
    {
        ContextData = new[] { new ContextDataSpec(ContextProvider.Ib, "EURUSD", "1d") }.ToSequence(),
    };

    [Fact]
    public void Before_ContextOfTheTradedSymbol_HasItsOwnTimeframe()
    {
        var days = Resampler.Resample(Hours, Timeframe.OneDay).Bars;

        var market = new RunMarket(Pinned(Hours), [Pinned(days)]).Before(WithDays, Hours.Times[1000]);

        Assert.Equal(Timeframe.OneHour, market.Primary.Timeframe);
        Assert.Equal(Timeframe.OneDay, market.Context["EURUSD"].Timeframe);
    }

    [Fact]
    public void Before_ContextOfAnotherTimeframeIsMissing_IsNamed()
    {
        var refused = Assert.Throws<OperationFailedException>(() => new RunMarket(Pinned(Hours), []).Before(WithDays, Hours.Times[1000]));

        Assert.Contains("more_datasets has none of EURUSD 1d", refused.Message, StringComparison.Ordinal);
    }

    private static PinnedBars Pinned(BarSeries all)
    {
        var dataset = DatasetDescription.Of(new LoadedBars(all, [], "test", Synthetic: true, External: false), DateTimeOffset.UnixEpoch);
        return new PinnedBars(dataset, all.Slice(0, dataset.UnsealedBars));
    }
}
