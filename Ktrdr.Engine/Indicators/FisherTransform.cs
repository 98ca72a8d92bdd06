using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Fisher transform of prices (Ehlers, Using the Fisher Transform, Stocks &amp; Commodities, November 2002).</summary>
internal static class FisherTransform
{
    public static IndicatorType Type { get; } = new(
        "fishertransform",
        ["fisher", "fisher_transform"],
        "momentum",
        "Where the median price (high + low)/2 lies in its range over period bars, smoothed and stretched so that extremes stand out (fisher, mostly -5 to 5), and the value one bar before (signal); the window grows from the first bar, flat prices count as the middle.",
        [
            IndicatorParameter.Integer("period", 10, 2, 100, "bars of the range"),
            IndicatorParameter.Integer("smoothing", 3, 1, 20, "the value before counts (smoothing − 1)/(smoothing + 1): a half for Ehlers' 3"),
        ],
        ["fisher", "signal"],
        _ => 1,
        Runs.Over(Inputs.HighLow, (in Stretch bars, IndicatorArguments a, Lines y) => Compute(bars.High, bars.Low, a.Int("period"), a.Int("smoothing"), y.First, y.Second)));

    /// <summary>
    /// place = 0.66·((m − lowest)/(highest − lowest) − 1/2) + 0.67·place before, set to ±0.999 beyond ±0.99 and to 0 in a flat range;
    /// fisher = artanh(place) + fisher before/2. Both are 0 on the first bar.
    /// </summary>
    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, int period, int smoothing, Span<double> fisher, Span<double> signal)
    {
        using var scratch = new Scratch(high.Length);
        var median = scratch.Take(high.Length);
        Elementwise.Middle(high, low, median);
        RollingWindow.Max(median, period, fisher);
        RollingWindow.Min(median, period, signal);
        var (highest, lowest) = (median[0], median[0]);
        for (var i = 0; i < Math.Min(period - 1, median.Length); i++)
        {
            fisher[i] = highest = double.MaxNative(highest, median[i]);
            signal[i] = lowest = double.MinNative(lowest, median[i]);
        }

        var carry = (smoothing - 1.0) / (smoothing + 1.0);
        var (place, before) = (0.0, double.NaN);
        for (var i = 0; i < median.Length; i++)
        {
            var range = fisher[i] - signal[i];
            place = range == 0.0 ? 0.0 : Math.FusedMultiplyAdd(0.67, place, 0.66 * ((median[i] - signal[i]) / range - 0.5));
            place = place > 0.99 ? 0.999 : place < -0.99 ? -0.999 : place;
            signal[i] = before;
            before = 0.5 * Elementary.Log((1.0 + place) / (1.0 - place)) + (i == 0 ? 0.0 : carry * before);
            fisher[i] = before;
        }
    }
}
