using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Aroon (Chande 1995): how long ago the extremes of the last period + 1 bars were.</summary>
internal static class Aroon
{
    private const int LongestPeriod = 200;
    private const int BlockLength = 1024;

    /// <summary>Room for a vector that reaches beyond the last window.</summary>
    private const int Margin = 16;

    public static IndicatorType Type { get; } = new(
        "aroon",
        [],
        "trend",
        "How recent the highest high (up) and the lowest low (down) of the last period + 1 bars are, 0 (period bars ago) to 100 (now), and up − down (oscillator, -100 to 100); of equal extremes the earliest counts.",
        [
            IndicatorParameter.Integer("period", 14, 1, LongestPeriod, "bars back from the current one"),
            IndicatorParameter.Flag("include_oscillator", false, "kept for older documents: the oscillator is computed in any case"),
        ],
        ["up", "down", "oscillator"],
        a => a.Int("period"),
        Runs.Over(Inputs.HighLow, (in Stretch bars, IndicatorArguments a, Lines y) =>
        {
            Recency<Maximum>(bars.High, a.Int("period"), y.First);
            Recency<Minimum>(bars.Low, a.Int("period"), y.Second);
            Elementwise.Subtract(y.First, y.Second, y.Third);
        }),
        isWindowed: true);

    /// <summary>
    /// Extremes of ever wider windows, each with its place: four windows make one four times as wide, the earlier of two equal extremes winning, and the last step lets windows overlap
    /// to reach any length.
    /// </summary>
    [SkipLocalsInit]
    private static void Recency<TFold>(ReadOnlySpan<double> x, int period, Span<double> y)
        where TFold : struct, IFold
    {
        y[..Math.Min(period, y.Length)].Fill(double.NaN);
        var window = period + 1;
        Span<double> values = stackalloc double[BlockLength + LongestPeriod + Margin];
        Span<double> places = stackalloc double[BlockLength + LongestPeriod + Margin];
        for (var first = 0; first + period < x.Length; first += BlockLength)
        {
            var count = Math.Min(BlockLength, x.Length - period - first);
            var length = count + period;
            x.Slice(first, length).CopyTo(values);
            Ascend(places[..length]);
            for (var width = 1; width < window; width *= 4)
            {
                length = count + Math.Max(0, window - (4 * width));
                Widen<TFold>(values, places, Math.Min(width, window - width), Math.Min(2 * width, window - width), Math.Min(3 * width, window - width), length);
            }

            ToRecency(places[..count], period, y.Slice(first + period, count));
        }
    }

    private static void Ascend(Span<double> places)
    {
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = i;
        }
    }

    /// <summary>The windows at j, j + a, j + b and j + c as one, for j &lt; count; reads at and after the element that it writes.</summary>
    private static void Widen<TFold>(Span<double> values, Span<double> places, int a, int b, int c, int count)
        where TFold : struct, IFold
    {
        // Whole vectors: what they write behind the last window is never read as one.
        ref var value = ref MemoryMarshal.GetReference(values);
        ref var place = ref MemoryMarshal.GetReference(places);
        for (var j = 0; j < count; j += Vector256<double>.Count)
        {
            var (at0, at1, at2, at3) = ((nuint)j, (nuint)(j + a), (nuint)(j + b), (nuint)(j + c));
            var (value0, value1) = (Vector256.LoadUnsafe(ref value, at0), Vector256.LoadUnsafe(ref value, at1));
            var (value2, value3) = (Vector256.LoadUnsafe(ref value, at2), Vector256.LoadUnsafe(ref value, at3));
            var near = TFold.Apply(value0, value1);
            var far = TFold.Apply(value2, value3);
            var all = TFold.Apply(near, far);
            var nearPlace = Vector256.ConditionalSelect(Vector256.Equals(value0, near), Vector256.LoadUnsafe(ref place, at0), Vector256.LoadUnsafe(ref place, at1));
            var farPlace = Vector256.ConditionalSelect(Vector256.Equals(value2, far), Vector256.LoadUnsafe(ref place, at2), Vector256.LoadUnsafe(ref place, at3));
            Vector256.ConditionalSelect(Vector256.Equals(near, all), nearPlace, farPlace).StoreUnsafe(ref place, at0);
            all.StoreUnsafe(ref value, at0);
        }
    }

    /// <summary>100 · (period − bars since the extreme) / period; the window of element i begins i bars into the block.</summary>
    private static void ToRecency(ReadOnlySpan<double> places, int period, Span<double> y)
    {
        ref var place = ref MemoryMarshal.GetReference(places[..y.Length]);
        ref var target = ref MemoryMarshal.GetReference(y);
        var (scale, divisor, step) = (Vector256.Create(100.0), Vector256.Create((double)period), Vector256.Create(4.0));
        var begin = Vector256.Create(0.0, 1.0, 2.0, 3.0);
        var i = 0;
        for (; i <= y.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            (scale * (Vector256.LoadUnsafe(ref place, (nuint)i) - begin) / divisor).StoreUnsafe(ref target, (nuint)i);
            begin += step;
        }

        for (; i < y.Length; i++)
        {
            y[i] = 100.0 * (places[i] - i) / period;
        }
    }
}
