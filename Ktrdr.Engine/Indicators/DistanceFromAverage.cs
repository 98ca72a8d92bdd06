namespace Ktrdr.Engine.Indicators;

/// <summary>The distance of a value from its own average.</summary>
internal static class DistanceFromAverage
{
    public static IndicatorType Type { get; } = new(
        "distancefromma",
        ["distance_from_ma"],
        "trend",
        "Distance of a value from its moving average in percent of the average; undefined where the average is 0.",
        [
            IndicatorParameter.Integer("period", 20, 1, 200, "window of the average"),
            IndicatorParameter.Choice("ma_type", "SMA", ["SMA", "EMA"], "which average"),
            PriceSource.Parameter,
        ],
        [],
        a => a.Int("period") - 1,
        Runs.OverSource((x, a, y) =>
        {
            if (a.Choice("ma_type") == "EMA")
            {
                MovingAverages.Exponentially(x, a.Int("period"), y.First);
            }
            else
            {
                RollingWindow.Mean(x, a.Int("period"), y.First);
            }

            Percent(x, y.First, y.First);
        }));

    /// <summary>100·(x − average)/average.</summary>
    internal static void Percent(ReadOnlySpan<double> x, ReadOnlySpan<double> average, Span<double> y)
    {
        for (var i = 0; i < y.Length; i++)
        {
            y[i] = average[i] == 0.0 ? double.NaN : 100.0 * (x[i] - average[i]) / average[i];
        }
    }
}
