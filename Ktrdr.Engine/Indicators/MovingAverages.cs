namespace Ktrdr.Engine.Indicators;

/// <summary>Simple, exponential and linearly weighted moving averages.</summary>
internal static class MovingAverages
{
    public static IndicatorType Simple { get; } = new(
        "simplemovingaverage",
        ["sma", "simple_moving_average"],
        "trend",
        "Mean of the last period values, in the unit of its source.",
        [IndicatorParameter.Integer("period", 20, 2, 500, "window in bars"), PriceSource.Parameter],
        [],
        a => a.Int("period") - 1,
        Runs.OverSource((x, a, y) => RollingWindow.Mean(x, a.Int("period"), y.First)));

    public static IndicatorType Exponential { get; } = new(
        "exponentialmovingaverage",
        ["ema", "exponential_moving_average"],
        "trend",
        "Exponentially weighted mean with weight 2/(period+1), seeded by the simple mean of its first window, in the unit of its source.",
        [
            IndicatorParameter.Integer("period", 20, 1, 500, "window in bars"),
            IndicatorParameter.Flag(
                "adjust", false, "true: divide by the sum of the weights since the first bar instead of seeding by a simple mean (the original's default)"),
            PriceSource.Parameter,
        ],
        [],
        a => a.Int("period") - 1,
        Runs.OverSource((x, a, y) =>
        {
            if (a.Flag("adjust"))
            {
                Adjusted(x, a.Int("period"), y.First);
            }
            else
            {
                Exponentially(x, a.Int("period"), y.First);
            }
        }));

    public static IndicatorType Weighted { get; } = new(
        "weightedmovingaverage",
        ["wma", "weighted_moving_average"],
        "trend",
        "Mean of the last period values with weights 1 (oldest) to period (newest), in the unit of its source.",
        [IndicatorParameter.Integer("period", 20, 2, 500, "window in bars"), PriceSource.Parameter],
        [],
        a => a.Int("period") - 1,
        Runs.OverSource((x, a, y) => RollingWindow.WeightedMean(x, a.Int("period"), y.First)));

    /// <summary>EMA of a stretch without NaN; <paramref name="y"/>[i] is NaN for i &lt; period − 1. Seed: the mean of the first window, summed in order.</summary>
    internal static void Exponentially(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        var seedAt = period - 1;
        if (x.Length <= seedAt)
        {
            y.Fill(double.NaN);
            return;
        }

        y[..seedAt].Fill(double.NaN);
        var sum = 0.0;
        for (var i = 0; i < period; i++)
        {
            sum += x[i];
        }

        var alpha = 2.0 / (period + 1.0);
        var keep = 1.0 - alpha;
        var value = sum / period;
        y[seedAt] = value;
        RecursiveMean.Run(x[period..], value, keep, alpha, y.Slice(period, x.Length - period));
    }

    /// <summary>Σ(1−α)^k x[t−k] / Σ(1−α)^k from the first bar of the stretch, undefined until the window is full.</summary>
    private static void Adjusted(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        var keep = 1.0 - 2.0 / (period + 1.0);
        var (numerator, denominator) = (0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            numerator = Math.FusedMultiplyAdd(keep, numerator, x[i]);
            denominator = Math.FusedMultiplyAdd(keep, denominator, 1.0);
            y[i] = i >= period - 1 ? numerator / denominator : double.NaN;
        }
    }
}
