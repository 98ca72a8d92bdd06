using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Average true range (Wilder 1978).</summary>
internal static class Atr
{
    private const int BlockLength = 1024;

    public static IndicatorType Type { get; } = new(
        "atr",
        ["average_true_range"],
        "volatility",
        "Average true range with Wilder's smoothing, in price units.",
        [IndicatorParameter.Integer("period", 14, 1, 100, "bars of Wilder's smoothing")],
        [],
        a => a.Int("period"),
        Runs.OverBars((high, low, close, a, y) => Compute(high, low, close, a.Int("period"), y.First)));

    /// <summary>True range: the bar's range extended to the close before it.</summary>
    internal static double TrueRange(double high, double low, double closeBefore)
        => double.MaxNative(high, closeBefore) - double.MinNative(low, closeBefore);

    /// <summary>The first bar has no true range. Seed at index <paramref name="period"/>: the mean of the first period true ranges.</summary>
    internal static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Span<double> y)
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
        for (var start = 0; start < output.Length; start += BlockLength)
        {
            // The ranges of a block in vectors, then the recursion over them while they are in the cache.
            var block = output.Slice(start, Math.Min(BlockLength, output.Length - start));
            TrueRanges(high.Slice(start, block.Length), low.Slice(start, block.Length), before.Slice(start, block.Length), block);
            average = RecursiveMean.Run(block, average, keep, take, block);
        }
    }

    private static void TrueRanges(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> before, Span<double> ranges)
    {
        var highs = MemoryMarshal.Cast<double, Vector256<double>>(high);
        var lows = MemoryMarshal.Cast<double, Vector256<double>>(low);
        var befores = MemoryMarshal.Cast<double, Vector256<double>>(before);
        var vectors = MemoryMarshal.Cast<double, Vector256<double>>(ranges);
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = Vector256.MaxNative(highs[i], befores[i]) - Vector256.MinNative(lows[i], befores[i]);
        }

        for (var i = vectors.Length * Vector256<double>.Count; i < ranges.Length; i++)
        {
            ranges[i] = TrueRange(high[i], low[i], before[i]);
        }
    }
}
