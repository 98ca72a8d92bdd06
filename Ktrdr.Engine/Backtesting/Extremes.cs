using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Highest high and lowest low. A maximum has the same bits in whatever order it is taken.</summary>
internal static class Extremes
{
    /// <param name="highs">Positive and finite; may be empty.</param>
    /// <param name="lows">As long as <paramref name="highs"/>.</param>
    /// <param name="price">One more price to take into account.</param>
    public static (double Highest, double Lowest) Of(ReadOnlySpan<double> highs, ReadOnlySpan<double> lows, double price)
    {
        ref var high = ref MemoryMarshal.GetReference(highs);
        ref var low = ref MemoryMarshal.GetReference(lows);
        var width = Vector256<double>.Count;
        var (top, bottom) = (Vector256.Create(price), Vector256.Create(price));
        var i = 0;
        for (; i <= highs.Length - width; i += width)
        {
            top = Vector256.MaxNative(top, Vector256.LoadUnsafe(ref high, (nuint)i));
            bottom = Vector256.MinNative(bottom, Vector256.LoadUnsafe(ref low, (nuint)i));
        }

        if (i < highs.Length && highs.Length >= width)
        {
            // The last vector overlaps the one before it: a maximum does not mind.
            top = Vector256.MaxNative(top, Vector256.LoadUnsafe(ref high, (nuint)(highs.Length - width)));
            bottom = Vector256.MinNative(bottom, Vector256.LoadUnsafe(ref low, (nuint)(highs.Length - width)));
            i = highs.Length;
        }

        var tops = Vector128.MaxNative(top.GetLower(), top.GetUpper());
        var bottoms = Vector128.MinNative(bottom.GetLower(), bottom.GetUpper());
        var (highest, lowest) = (double.MaxNative(tops[0], tops[1]), double.MinNative(bottoms[0], bottoms[1]));
        for (; i < highs.Length; i++)
        {
            highest = double.MaxNative(highest, highs[i]);
            lowest = double.MinNative(lowest, lows[i]);
        }

        return (highest, lowest);
    }
}
