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
        y.First[..Math.Min(2 * period - 1, close.Length)].Fill(double.NaN);
        y.Second[..Math.Min(period, close.Length)].Fill(double.NaN);
        y.Third[..Math.Min(period, close.Length)].Fill(double.NaN);

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
            for (var k = 0; k < count; k++)
            {
                var decay = first + k <= period ? 1.0 : keep;
                ranges[k] = range = Math.FusedMultiplyAdd(decay, range, ranges[k]);
                pluses[k] = plus = Math.FusedMultiplyAdd(decay, plus, pluses[k]);
                minuses[k] = minus = Math.FusedMultiplyAdd(decay, minus, minuses[k]);
            }

            Indicators(ranges, pluses, minuses, count);
            var from = Math.Min(count, Math.Max(0, period - first));
            pluses[from..count].CopyTo(y.Second[(first + from)..]);
            minuses[from..count].CopyTo(y.Third[(first + from)..]);
            for (var k = from; k < count; k++)
            {
                var i = first + k;
                if (i < 2 * period - 1)
                {
                    indexSum += ranges[k];
                    continue;
                }

                adx = i == 2 * period - 1 ? (indexSum + ranges[k]) / period : Math.FusedMultiplyAdd(keep, adx, ranges[k] / period);
                line[i] = adx;
            }
        }
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
        var zero = Vector256<double>.Zero;
        var k = 0;
        for (; k <= count - Vector256<double>.Count; k += Vector256<double>.Count)
        {
            var at = (nuint)k;
            var (h, l, before) = (Vector256.LoadUnsafe(ref highs, at), Vector256.LoadUnsafe(ref lows, at), Vector256.LoadUnsafe(ref closesBefore, at));
            var up = h - Vector256.LoadUnsafe(ref highsBefore, at);
            var down = Vector256.LoadUnsafe(ref lowsBefore, at) - l;
            (Vector256.MaxNative(h, before) - Vector256.MinNative(l, before)).CopyTo(ranges[k..]);
            (Vector256.GreaterThan(up, down) & Vector256.GreaterThan(up, zero) & up).CopyTo(pluses[k..]);
            (Vector256.GreaterThan(down, up) & Vector256.GreaterThan(down, zero) & down).CopyTo(minuses[k..]);
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

    /// <summary>Replaces the sums by the directional indicators, and the ranges by DX.</summary>
    private static void Indicators(Span<double> ranges, Span<double> pluses, Span<double> minuses, int count)
    {
        // Whole vectors: what lies behind the last bar of the block is never read.
        var (zero, hundred) = (Vector256<double>.Zero, Vector256.Create(100.0));
        for (var k = 0; k < count; k += Vector256<double>.Count)
        {
            var range = Vector256.Create<double>(ranges[k..]);
            var plus = Vector256.ConditionalSelect(Vector256.Equals(range, zero), zero, hundred * Vector256.Create<double>(pluses[k..]) / range);
            var minus = Vector256.ConditionalSelect(Vector256.Equals(range, zero), zero, hundred * Vector256.Create<double>(minuses[k..]) / range);
            var total = plus + minus;
            var index = Vector256.ConditionalSelect(Vector256.Equals(total, zero), zero, hundred * Vector256.Abs(plus - minus) / total);
            plus.CopyTo(pluses[k..]);
            minus.CopyTo(minuses[k..]);
            index.CopyTo(ranges[k..]);
        }
    }
}
