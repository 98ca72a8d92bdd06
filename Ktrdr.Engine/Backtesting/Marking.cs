using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Values an unchanging position at a stretch of closes.</summary>
internal static class Marking
{
    /// <summary>Writes equity = base + value · close until the account is worth nothing or less.</summary>
    /// <returns>The first index with an equity of 0 or less; the length where there is none. What lies behind it is arbitrary.</returns>
    public static int Mark(ReadOnlySpan<double> closes, Span<double> equity, double baseValue, double signedValue)
    {
        ref var close = ref MemoryMarshal.GetReference(closes);
        ref var value = ref MemoryMarshal.GetReference(equity);
        var (bases, values, zero) = (Vector256.Create(baseValue), Vector256.Create(signedValue), Vector256<double>.Zero);
        var i = 0;
        for (; i <= equity.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            // Not fused: the same two roundings as a position valued bar by bar.
            var marked = bases + (values * Vector256.LoadUnsafe(ref close, (nuint)i));
            marked.StoreUnsafe(ref value, (nuint)i);
            if (Vector256.LessThanOrEqualAny(marked, zero))
            {
                break;
            }
        }

        for (; i < equity.Length; i++)
        {
            equity[i] = baseValue + (signedValue * closes[i]);
            if (equity[i] <= 0)
            {
                return i;
            }
        }

        return i;
    }
}
