using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Worker.MarketData;

/// <summary>The series that a strategy sees, all made from the one pinned dataset: its own bars, and wider ones resampled from them.</summary>
internal static class StrategyBars
{
    /// <exception cref="Engine.InvalidInputException">A timeframe of the strategy is narrower than the dataset's.</exception>
    public static IReadOnlyDictionary<string, BarSeries> Of(StrategyDocument strategy, BarSeries bars)
    {
        var series = new Dictionary<string, BarSeries>(StringComparer.Ordinal) { [bars.Timeframe.Name] = bars };
        foreach (var timeframe in strategy.Inputs.SelectMany(input => input.Timeframes))
        {
            if (!series.ContainsKey(timeframe))
            {
                series.Add(timeframe, Resampler.Resample(bars, Timeframe.Parse(timeframe)).Bars);
            }
        }

        return series;
    }
}
