using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>(high + low + close)/3.</summary>
internal static class TypicalPrice
{
    public static void Of(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, Span<double> y)
    {
        ref var highs = ref MemoryMarshal.GetReference(high[..y.Length]);
        ref var lows = ref MemoryMarshal.GetReference(low[..y.Length]);
        ref var closes = ref MemoryMarshal.GetReference(close[..y.Length]);
        ref var target = ref MemoryMarshal.GetReference(y);
        var three = Vector256.Create(3.0);
        var i = 0;
        for (; i <= y.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var sum = Vector256.LoadUnsafe(ref highs, (nuint)i) + Vector256.LoadUnsafe(ref lows, (nuint)i) + Vector256.LoadUnsafe(ref closes, (nuint)i);
            (sum / three).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < y.Length; i++)
        {
            y[i] = (high[i] + low[i] + close[i]) / 3.0;
        }
    }
}
