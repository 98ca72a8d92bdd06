namespace Ktrdr.Engine.Indicators;

/// <summary>SuperTrend (Seban): a trailing band at a multiple of Wilder's average true range.</summary>
internal static class SuperTrend
{
    public static IndicatorType Type { get; } = new(
        "supertrend",
        ["super_trend"],
        "trend",
        "Trailing band multiplier average true ranges away from the bars' middles (trend, price units), below the price in a rise (direction 1) and above it in a fall (direction -1).",
        [
            IndicatorParameter.Integer("period", 10, 2, 200, "bars of the average true range"),
            IndicatorParameter.Number("multiplier", 3.0, 0.001, 10.0, "average true ranges between middle and band"),
        ],
        ["trend", "direction"],
        a => a.Int("period"),
        Runs.OverBars((high, low, close, a, y) => Compute(high, low, close, a.Int("period"), a.Number("multiplier"), y.First, y.Second)));

    /// <summary>
    /// A band moves only towards the price, unless the close before was beyond it. The first direction is up where the close is at or above its bar's middle;
    /// a close at or below the lower band ends a rise, one above the upper band ends a fall.
    /// </summary>
    private static void Compute(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, double multiplier, Span<double> trend, Span<double> direction)
    {
        Atr.Compute(high, low, close, period, trend);
        direction[..Math.Min(period, direction.Length)].Fill(double.NaN);
        var (upper, lower, rising) = (0.0, 0.0, true);
        for (var i = period; i < close.Length; i++)
        {
            var middle = (high[i] + low[i]) / 2.0;
            var distance = multiplier * trend[i];
            if (i == period)
            {
                (upper, lower, rising) = (middle + distance, middle - distance, close[i] >= middle);
            }

            if (middle + distance < upper || close[i - 1] > upper)
            {
                upper = middle + distance;
            }

            if (middle - distance > lower || close[i - 1] < lower)
            {
                lower = middle - distance;
            }

            rising = close[i] > (rising ? lower : upper);
            trend[i] = rising ? lower : upper;
            direction[i] = rising ? 1.0 : -1.0;
        }
    }
}
