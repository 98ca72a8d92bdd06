using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Average directional index and directional indicators (Wilder 1978).</summary>
internal static class Adx
{
    /// <summary>A multiple of the lanes of a vector.</summary>
    private const int BlockLength = 512;

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
    [SkipLocalsInit]
    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Lines y)
    {
        // Block by block: the ranges and movements in vectors, the three sums, the divisions in vectors, adx.
        Span<double> ranges = stackalloc double[BlockLength];
        Span<double> pluses = stackalloc double[BlockLength];
        Span<double> minuses = stackalloc double[BlockLength];
        var line = y.First;
        var (range, plus, minus, adx, indexSum) = (0.0, 0.0, 0.0, 0.0, 0.0);
        var keep = (period - 1.0) / period;
        for (var first = 1; first < close.Length; first += BlockLength)
        {
            var count = Math.Min(BlockLength, close.Length - first);
            Moves(high, low, close, first, count, ranges, pluses, minuses);
            var seeds = Math.Clamp(period + 1 - first, 0, count);
            Accumulate(ranges[..seeds], 1.0, ref range);
            Accumulate(pluses[..seeds], 1.0, ref plus);
            Accumulate(minuses[..seeds], 1.0, ref minus);
            Accumulate(ranges[seeds..count], pluses[seeds..count], minuses[seeds..count], keep, ref range, ref plus, ref minus);

            Indicators(ranges[..count], pluses, minuses, y.Second.Slice(first, count), y.Third.Slice(first, count));
            var smoothed = Math.Clamp(2 * period - first, 0, count);
            for (var k = Math.Max(0, period - first); k < smoothed; k++)
            {
                indexSum += ranges[k];
                line[first + k] = adx = indexSum / period;
            }

            adx = RecursiveMean.Run(ranges[smoothed..count], adx, keep, 1.0 / period, line.Slice(first + smoothed, count - smoothed));
        }

        line[..Math.Min(2 * period - 1, close.Length)].Fill(double.NaN);
        y.Second[..Math.Min(period, close.Length)].Fill(double.NaN);
        y.Third[..Math.Min(period, close.Length)].Fill(double.NaN);
    }

    /// <summary>True range and directional movements of the bars from <paramref name="first"/> on, which is at least 1.</summary>
    private static void Moves(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int first, int count, Span<double> ranges, Span<double> pluses, Span<double> minuses)
    {
        ref var highs = ref MemoryMarshal.GetReference(high.Slice(first, count));
        ref var lows = ref MemoryMarshal.GetReference(low.Slice(first, count));
        ref var highsBefore = ref MemoryMarshal.GetReference(high.Slice(first - 1, count));
        ref var lowsBefore = ref MemoryMarshal.GetReference(low.Slice(first - 1, count));
        ref var closesBefore = ref MemoryMarshal.GetReference(close.Slice(first - 1, count));
        ref var range = ref MemoryMarshal.GetReference(ranges[..count]);
        ref var plus = ref MemoryMarshal.GetReference(pluses[..count]);
        ref var minus = ref MemoryMarshal.GetReference(minuses[..count]);
        var zero = Vector256<double>.Zero;
        var k = 0;
        for (; k <= count - Vector256<double>.Count; k += Vector256<double>.Count)
        {
            var at = (nuint)k;
            var (h, l, before) = (Vector256.LoadUnsafe(ref highs, at), Vector256.LoadUnsafe(ref lows, at), Vector256.LoadUnsafe(ref closesBefore, at));
            var up = h - Vector256.LoadUnsafe(ref highsBefore, at);
            var down = Vector256.LoadUnsafe(ref lowsBefore, at) - l;
            (Vector256.MaxNative(h, before) - Vector256.MinNative(l, before)).StoreUnsafe(ref range, at);
            (Vector256.GreaterThan(up, down) & Vector256.GreaterThan(up, zero) & up).StoreUnsafe(ref plus, at);
            (Vector256.GreaterThan(down, up) & Vector256.GreaterThan(down, zero) & down).StoreUnsafe(ref minus, at);
        }

        for (; k < count; k++)
        {
            var i = first + k;
            var up = high[i] - high[i - 1];
            var down = low[i - 1] - low[i];
            ranges[k] = Atr.TrueRange(high[i], low[i], close[i - 1]);
            pluses[k] = up > down && up > 0.0 ? up : 0.0;
            minuses[k] = down > up && down > 0.0 ? down : 0.0;
        }
    }

    /// <summary>sum = decay·sum + x, and x becomes the sum.</summary>
    private static void Accumulate(Span<double> x, double decay, ref double sum)
    {
        foreach (ref var value in x)
        {
            value = sum = Math.FusedMultiplyAdd(decay, sum, value);
        }
    }

    /// <summary>The same of three lines at once: each waits for its own last value only.</summary>
    private static void Accumulate(Span<double> x, Span<double> y, Span<double> z, double decay, ref double sumX, ref double sumY, ref double sumZ)
    {
        var (a, b, c) = (sumX, sumY, sumZ);
        for (var k = 0; k < x.Length && k < y.Length && k < z.Length; k++)
        {
            a = Math.FusedMultiplyAdd(decay, a, x[k]);
            b = Math.FusedMultiplyAdd(decay, b, y[k]);
            c = Math.FusedMultiplyAdd(decay, c, z[k]);
            (x[k], y[k], z[k]) = (a, b, c);
        }

        (sumX, sumY, sumZ) = (a, b, c);
    }

    /// <summary>The directional indicators of the sums; the ranges become DX.</summary>
    private static void Indicators(Span<double> ranges, ReadOnlySpan<double> pluses, ReadOnlySpan<double> minuses, Span<double> plusIndicators, Span<double> minusIndicators)
    {
        ref var range = ref MemoryMarshal.GetReference(ranges);
        ref var plusSum = ref MemoryMarshal.GetReference(pluses[..ranges.Length]);
        ref var minusSum = ref MemoryMarshal.GetReference(minuses[..ranges.Length]);
        ref var plusIndicator = ref MemoryMarshal.GetReference(plusIndicators[..ranges.Length]);
        ref var minusIndicator = ref MemoryMarshal.GetReference(minusIndicators[..ranges.Length]);
        var (zero, hundred) = (Vector256<double>.Zero, Vector256.Create(100.0));
        var k = 0;
        for (; k <= ranges.Length - Vector256<double>.Count; k += Vector256<double>.Count)
        {
            var at = (nuint)k;
            var moved = Vector256.LoadUnsafe(ref range, at);
            var still = Vector256.Equals(moved, zero);
            var plus = Vector256.ConditionalSelect(still, zero, hundred * Vector256.LoadUnsafe(ref plusSum, at) / moved);
            var minus = Vector256.ConditionalSelect(still, zero, hundred * Vector256.LoadUnsafe(ref minusSum, at) / moved);
            var total = plus + minus;
            plus.StoreUnsafe(ref plusIndicator, at);
            minus.StoreUnsafe(ref minusIndicator, at);
            Vector256.ConditionalSelect(Vector256.Equals(total, zero), zero, hundred * Vector256.Abs(plus - minus) / total).StoreUnsafe(ref range, at);
        }

        for (; k < ranges.Length; k++)
        {
            var plus = ranges[k] == 0.0 ? 0.0 : 100.0 * pluses[k] / ranges[k];
            var minus = ranges[k] == 0.0 ? 0.0 : 100.0 * minuses[k] / ranges[k];
            var total = plus + minus;
            (plusIndicators[k], minusIndicators[k]) = (plus, minus);
            ranges[k] = total == 0.0 ? 0.0 : 100.0 * Math.Abs(plus - minus) / total;
        }
    }
}
