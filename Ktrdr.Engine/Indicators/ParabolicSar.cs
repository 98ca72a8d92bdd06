namespace Ktrdr.Engine.Indicators;

/// <summary>Parabolic stop and reverse (Wilder 1978).</summary>
internal static class ParabolicSar
{
    public static IndicatorType Type { get; } = new(
        "parabolicsar",
        ["sar", "psar", "parabolic_sar"],
        "trend",
        "Trailing stop that accelerates towards the price, below it in a rise and above it in a fall, in price units; undefined on the first bar.",
        [
            IndicatorParameter.Number("initial_af", 0.02, 0.001, 0.1, "acceleration at the start of a trend"),
            IndicatorParameter.Number("step_af", 0.02, 0.001, 0.1, "added at each new extreme"),
            IndicatorParameter.Number("max_af", 0.2, 0.01, 1.0, "largest acceleration"),
        ],
        [],
        _ => 1,
        Runs.Over(Inputs.HighLow, (in Stretch bars, IndicatorArguments a, Lines y) => Compute(
            bars.High, bars.Low, a.Number("initial_af"), a.Number("step_af"), a.Number("max_af"), y.First)));

    /// <summary>
    /// The stop moves by acceleration × (extreme point − stop), and never into the range of the last two bars. A bar that crosses it turns the trend: the stop of that bar
    /// is the extreme point of the trend that ended, and the bar's own extreme begins the next. The first bar is taken to begin a rise; where that is wrong the next
    /// bar below its low turns it.
    /// </summary>
    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, double initial, double step, double maximum, Span<double> y)
    {
        y[0] = double.NaN;
        low = low[..high.Length];
        y = y[..high.Length];
        initial = Math.Min(initial, maximum);
        var (rising, stop, extreme, acceleration) = (true, low[0], high[0], initial);
        for (var i = 1; i < high.Length; i++)
        {
            stop = Math.FusedMultiplyAdd(acceleration, extreme - stop, stop);
            if (i > 1)
            {
                stop = rising ? Math.Min(stop, Math.Min(low[i - 1], low[i - 2])) : Math.Max(stop, Math.Max(high[i - 1], high[i - 2]));
            }

            if (rising ? low[i] < stop : high[i] > stop)
            {
                rising = !rising;
                (stop, extreme, acceleration) = (extreme, rising ? high[i] : low[i], initial);
            }
            else if (rising ? high[i] > extreme : low[i] < extreme)
            {
                extreme = rising ? high[i] : low[i];
                acceleration = Math.Min(acceleration + step, maximum);
            }

            y[i] = stop;
        }
    }
}
