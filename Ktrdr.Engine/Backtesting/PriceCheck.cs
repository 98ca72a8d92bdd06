using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Prices a fill can be computed from: positive and finite.</summary>
internal static class PriceCheck
{
    /// <exception cref="InvalidInputException">A bar of the range has an unsound price; the first such bar is named.</exception>
    public static void Require(BarSeries bars, int start, int endExclusive)
    {
        if (FirstUnsound(bars, start, endExclusive) is { } i)
        {
            throw new InvalidInputException(new Problem(
                "invalid_price",
                $"bars[{i}]",
                $"Bar {i} of {bars.Symbol} has open {bars.Open[i]:R}, high {bars.High[i]:R}, low {bars.Low[i]:R}, close {bars.Close[i]:R}: prices must be positive and finite."));
        }
    }

    /// <summary>Index of the first bar of the range with an unsound price; null where there is none.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int? FirstUnsound(BarSeries bars, int start, int endExclusive)
    {
        var count = endExclusive - start;
        var open = bars.Open.Slice(start, count);
        var high = bars.High.Slice(start, count);
        var low = bars.Low.Slice(start, count);
        var close = bars.Close.Slice(start, count);
        var i = SoundVectors(open, high, low, close);
        while (i < count && IsSound(open[i]) && IsSound(high[i]) && IsSound(low[i]) && IsSound(close[i]))
        {
            i++;
        }

        return i < count ? start + i : null;
    }

    private static bool IsSound(double price) => price > 0 && price <= double.MaxValue;

    /// <summary>How many bars, in whole vectors, are sound before the first doubtful one.</summary>
    private static int SoundVectors(ReadOnlySpan<double> open, ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close)
    {
        ref var opens = ref MemoryMarshal.GetReference(open);
        ref var highs = ref MemoryMarshal.GetReference(high);
        ref var lows = ref MemoryMarshal.GetReference(low);
        ref var closes = ref MemoryMarshal.GetReference(close);
        var i = 0;
        for (; i <= open.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var at = (nuint)i;
            var sound = Sound(Vector256.LoadUnsafe(ref opens, at)) & Sound(Vector256.LoadUnsafe(ref highs, at))
                & Sound(Vector256.LoadUnsafe(ref lows, at)) & Sound(Vector256.LoadUnsafe(ref closes, at));
            if (sound.ExtractMostSignificantBits() != 0xF)
            {
                break;
            }
        }

        return i;
    }

    /// <summary>As integers the positive finite doubles are those between 0 and the bits of infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Sound(Vector256<double> price)
    {
        var bits = price.AsInt64();
        return (Vector256.GreaterThan(bits, Vector256<long>.Zero) & Vector256.GreaterThan(Vector256.Create(double.PositiveInfinity).AsInt64(), bits)).AsDouble();
    }
}
