using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Runs;

/// <summary>Trains documents in a moment, as a worker does.</summary>
internal static class Trainings
{
    /// <summary>Trains on the bars before <paramref name="end"/>.</summary>
    public static TrainedStrategy Train(StrategyDocument strategy, MarketView market, long end, params ulong[] seeds)
    {
        var run = RunOf(strategy, market.Before(end), seeds.Length == 0 ? [1] : seeds);
        return run.Trained(run.Train(maxThreads: 1));
    }

    public static TrainingRun RunOf(StrategyDocument strategy, MarketView market, IReadOnlyList<ulong> seeds) =>
        TrainingRun.Of(strategy, TrainingRun.Table(strategy, market, long.MinValue), seeds);

    /// <summary>The same bars under another name, or with other prices.</summary>
    public static BarSeries Bars(string symbol, BarSeries like, Func<int, double>? close = null, double? volume = null, Func<int, bool>? keep = null)
    {
        var kept = Enumerable.Range(0, like.Count).Where(i => keep?.Invoke(i) ?? true).ToArray();
        double[] Column(Func<int, double> of) => [.. kept.Select(of)];
        return new BarSeries(
            symbol, like.Timeframe, [.. kept.Select(i => like.Times[i])], Column(i => close?.Invoke(i) ?? like.Open[i]), Column(i => close?.Invoke(i) ?? like.High[i]),
            Column(i => close?.Invoke(i) ?? like.Low[i]), Column(i => close?.Invoke(i) ?? like.Close[i]), Column(i => volume ?? like.Volume[i]));
    }
}
