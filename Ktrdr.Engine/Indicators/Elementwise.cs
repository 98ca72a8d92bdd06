using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Arithmetic on whole lines, four elements at a time; a result may be one of its inputs, element for element.</summary>
internal static class Elementwise
{
    private const int Lanes = 4;

    /// <summary>(a + b)/2.</summary>
    public static void Middle(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> result)
    {
        ref var left = ref MemoryMarshal.GetReference(a[..result.Length]);
        ref var right = ref MemoryMarshal.GetReference(b[..result.Length]);
        ref var target = ref MemoryMarshal.GetReference(result);
        var half = Vector256.Create(0.5);
        var i = 0;
        for (; i <= result.Length - Lanes; i += Lanes)
        {
            ((Vector256.LoadUnsafe(ref left, (nuint)i) + Vector256.LoadUnsafe(ref right, (nuint)i)) * half).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < result.Length; i++)
        {
            result[i] = (a[i] + b[i]) * 0.5;
        }
    }

    /// <summary>a − b.</summary>
    public static void Subtract(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> result)
    {
        ref var left = ref MemoryMarshal.GetReference(a[..result.Length]);
        ref var right = ref MemoryMarshal.GetReference(b[..result.Length]);
        ref var target = ref MemoryMarshal.GetReference(result);
        var i = 0;
        for (; i <= result.Length - Lanes; i += Lanes)
        {
            (Vector256.LoadUnsafe(ref left, (nuint)i) - Vector256.LoadUnsafe(ref right, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < result.Length; i++)
        {
            result[i] = a[i] - b[i];
        }
    }

    /// <summary>middle ± multiplier·width.</summary>
    public static void Bands(ReadOnlySpan<double> middle, ReadOnlySpan<double> width, double multiplier, Span<double> upper, Span<double> lower)
    {
        ref var middles = ref MemoryMarshal.GetReference(middle[..upper.Length]);
        ref var widths = ref MemoryMarshal.GetReference(width[..upper.Length]);
        ref var uppers = ref MemoryMarshal.GetReference(upper);
        ref var lowers = ref MemoryMarshal.GetReference(lower[..upper.Length]);
        var multipliers = Vector256.Create(multiplier);
        var i = 0;
        for (; i <= upper.Length - Lanes; i += Lanes)
        {
            var centre = Vector256.LoadUnsafe(ref middles, (nuint)i);
            var distance = Vector256.LoadUnsafe(ref widths, (nuint)i) * multipliers;
            (centre + distance).StoreUnsafe(ref uppers, (nuint)i);
            (centre - distance).StoreUnsafe(ref lowers, (nuint)i);
        }

        for (; i < upper.Length; i++)
        {
            var (centre, distance) = (middle[i], width[i] * multiplier);
            upper[i] = centre + distance;
            lower[i] = centre - distance;
        }
    }

    /// <summary>scale·(x − from)/(high − low), and <paramref name="flat"/> where high = low.</summary>
    public static void PlaceInRange(ReadOnlySpan<double> x, ReadOnlySpan<double> from, ReadOnlySpan<double> high, ReadOnlySpan<double> low, double scale, double flat, Span<double> result)
    {
        ref var values = ref MemoryMarshal.GetReference(x[..result.Length]);
        ref var origins = ref MemoryMarshal.GetReference(from[..result.Length]);
        ref var highs = ref MemoryMarshal.GetReference(high[..result.Length]);
        ref var lows = ref MemoryMarshal.GetReference(low[..result.Length]);
        ref var target = ref MemoryMarshal.GetReference(result);
        var (scales, flats) = (Vector256.Create(scale), Vector256.Create(flat));
        var i = 0;
        for (; i <= result.Length - Lanes; i += Lanes)
        {
            var range = Vector256.LoadUnsafe(ref highs, (nuint)i) - Vector256.LoadUnsafe(ref lows, (nuint)i);
            var place = scales * (Vector256.LoadUnsafe(ref values, (nuint)i) - Vector256.LoadUnsafe(ref origins, (nuint)i)) / range;
            Vector256.ConditionalSelect(Vector256.Equals(range, Vector256<double>.Zero), flats, place).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < result.Length; i++)
        {
            var range = high[i] - low[i];
            result[i] = range == 0.0 ? flat : scale * (x[i] - from[i]) / range;
        }
    }
}
