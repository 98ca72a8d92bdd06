namespace Ktrdr.Engine.Indicators;

/// <summary>Average true range (Wilder 1978).</summary>
internal static class Atr
{
    public static IndicatorType Type { get; } = new(
        "atr",
        [],
        "volatility",
        "Average true range with Wilder's smoothing, in price units.",
        [IndicatorParameter.Integer("period", 14, 1, 200, "bars of Wilder's smoothing")],
        [],
        a => a.Int("period"),
        Runs.OverBars((high, low, close, a, y) => Compute(high, low, close, a.Int("period"), y.First)));

    /// <summary>True range: the bar's range extended to the close before it.</summary>
    internal static double TrueRange(double high, double low, double closeBefore)
        => double.MaxNative(high, closeBefore) - double.MinNative(low, closeBefore);

    /// <summary>The first bar has no true range. Seed at index <paramref name="period"/>: the mean of the first period true ranges.</summary>
    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Span<double> y)
    {
        y[..Math.Min(period, y.Length)].Fill(double.NaN);
        if (close.Length <= period)
        {
            return;
        }

        var average = 0.0;
        for (var i = 1; i <= period; i++)
        {
            average += TrueRange(high[i], low[i], close[i - 1]);
        }

        average /= period;
        y[period] = average;

        var keep = (period - 1.0) / period;
        var take = 1.0 / period;
        var output = y[(period + 1)..];
        var before = close.Slice(period, output.Length);
        high = high.Slice(period + 1, output.Length);
        low = low.Slice(period + 1, output.Length);
        for (var i = 0; i < output.Length; i++)
        {
            average = Math.FusedMultiplyAdd(keep, average, take * TrueRange(high[i], low[i], before[i]));
            output[i] = average;
        }
    }
}
