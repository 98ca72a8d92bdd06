namespace Ktrdr.Engine.Indicators;

/// <summary>Average directional index and directional indicators (Wilder 1978).</summary>
internal static class Adx
{
    public static IndicatorType Type { get; } = new(
        "adx",
        ["average_directional_index"],
        "trend",
        "Strength of the trend (adx) and of its two directions (plus_di, minus_di), each 0 to 100; 0 where prices did not move at all.",
        [IndicatorParameter.Integer("period", 14, 2, 200, "bars of Wilder's smoothing")],
        ["adx", "plus_di", "minus_di"],
        a => 2 * a.Int("period") - 1,
        Runs.OverBars((high, low, close, a, y) => Compute(high, low, close, a.Int("period"), y)));

    /// <summary>
    /// True range and directional movement are summed over the first period changes, then sum += new − sum/period. The directional indicators begin
    /// at index period; adx begins at 2·period − 1 with the mean of the first period values of DX = 100·|+DI − −DI|/(+DI + −DI), then is smoothed alike.
    /// </summary>
    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Lines y)
    {
        y.First[..Math.Min(2 * period - 1, close.Length)].Fill(double.NaN);
        y.Second[..Math.Min(period, close.Length)].Fill(double.NaN);
        y.Third[..Math.Min(period, close.Length)].Fill(double.NaN);

        var (range, plus, minus, adx, indexSum) = (0.0, 0.0, 0.0, 0.0, 0.0);
        var keep = (period - 1.0) / period;
        for (var i = 1; i < close.Length; i++)
        {
            var up = high[i] - high[i - 1];
            var down = low[i - 1] - low[i];
            var decay = i <= period ? 1.0 : keep;
            range = Math.FusedMultiplyAdd(decay, range, Atr.TrueRange(high[i], low[i], close[i - 1]));
            plus = Math.FusedMultiplyAdd(decay, plus, up > down && up > 0.0 ? up : 0.0);
            minus = Math.FusedMultiplyAdd(decay, minus, down > up && down > 0.0 ? down : 0.0);
            if (i < period)
            {
                continue;
            }

            var plusIndicator = range == 0.0 ? 0.0 : 100.0 * plus / range;
            var minusIndicator = range == 0.0 ? 0.0 : 100.0 * minus / range;
            y.Second[i] = plusIndicator;
            y.Third[i] = minusIndicator;

            var total = plusIndicator + minusIndicator;
            var index = total == 0.0 ? 0.0 : 100.0 * Math.Abs(plusIndicator - minusIndicator) / total;
            if (i < 2 * period - 1)
            {
                indexSum += index;
                continue;
            }

            adx = i == 2 * period - 1 ? (indexSum + index) / period : Math.FusedMultiplyAdd(keep, adx, index / period);
            y.First[i] = adx;
        }
    }
}
