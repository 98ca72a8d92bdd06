using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>How two values of a window become one.</summary>
internal interface IFold
{
    static abstract Vector256<double> Apply(Vector256<double> a, Vector256<double> b);

    static abstract double Apply(double a, double b);
}

internal readonly struct Addition : IFold
{
    public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => a + b;

    public static double Apply(double a, double b) => a + b;
}

internal readonly struct Maximum : IFold
{
    public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => Vector256.MaxNative(a, b);

    public static double Apply(double a, double b) => double.MaxNative(a, b);
}

internal readonly struct Minimum : IFold
{
    public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => Vector256.MinNative(a, b);

    public static double Apply(double a, double b) => double.MinNative(a, b);
}

/// <summary>
/// One pass each over a block of windows. A pass reads at and after the element that it writes, before writing it: the result may be the beginning of its input.
/// The element-wise tail does what a lane does.
/// </summary>
internal static class WindowPasses
{
    private const int Lanes = 4;

    /// <summary>to[j] = from[j] ∘ from[j + a].</summary>
    public static void Two<TFold>(ReadOnlySpan<double> from, int a, Span<double> to)
        where TFold : struct, IFold
    {
        ref var near = ref MemoryMarshal.GetReference(from);
        ref var far = ref MemoryMarshal.GetReference(from.Slice(a, to.Length));
        ref var target = ref MemoryMarshal.GetReference(to);
        var j = 0;
        for (; j <= to.Length - Lanes; j += Lanes)
        {
            TFold.Apply(Vector256.LoadUnsafe(ref near, (nuint)j), Vector256.LoadUnsafe(ref far, (nuint)j)).StoreUnsafe(ref target, (nuint)j);
        }

        for (; j < to.Length; j++)
        {
            to[j] = TFold.Apply(from[j], from[j + a]);
        }
    }

    /// <summary>to[j] = (from[j] ∘ from[j + a]) ∘ (from[j + b] ∘ from[j + c]).</summary>
    public static void Four<TFold>(ReadOnlySpan<double> from, int a, int b, int c, Span<double> to)
        where TFold : struct, IFold
    {
        ref var zeroth = ref MemoryMarshal.GetReference(from);
        ref var first = ref MemoryMarshal.GetReference(from.Slice(a, to.Length));
        ref var second = ref MemoryMarshal.GetReference(from.Slice(b, to.Length));
        ref var third = ref MemoryMarshal.GetReference(from.Slice(c, to.Length));
        ref var target = ref MemoryMarshal.GetReference(to);
        var j = 0;
        for (; j <= to.Length - Lanes; j += Lanes)
        {
            var near = TFold.Apply(Vector256.LoadUnsafe(ref zeroth, (nuint)j), Vector256.LoadUnsafe(ref first, (nuint)j));
            var far = TFold.Apply(Vector256.LoadUnsafe(ref second, (nuint)j), Vector256.LoadUnsafe(ref third, (nuint)j));
            TFold.Apply(near, far).StoreUnsafe(ref target, (nuint)j);
        }

        for (; j < to.Length; j++)
        {
            to[j] = TFold.Apply(TFold.Apply(from[j], from[j + a]), TFold.Apply(from[j + b], from[j + c]));
        }
    }

    /// <summary>to[j] += from[j], or = where nothing is there yet.</summary>
    public static void Accumulate(ReadOnlySpan<double> from, Span<double> to, bool fresh)
    {
        from = from[..to.Length];
        if (fresh)
        {
            from.CopyTo(to);
            return;
        }

        ref var source = ref MemoryMarshal.GetReference(from);
        ref var target = ref MemoryMarshal.GetReference(to);
        var j = 0;
        for (; j <= to.Length - Lanes; j += Lanes)
        {
            (Vector256.LoadUnsafe(ref target, (nuint)j) + Vector256.LoadUnsafe(ref source, (nuint)j)).StoreUnsafe(ref target, (nuint)j);
        }

        for (; j < to.Length; j++)
        {
            to[j] += from[j];
        }
    }

    /// <summary>to[j] += from[j] + from[j + width], or = where nothing is there yet.</summary>
    public static void AccumulatePairs(ReadOnlySpan<double> from, int width, Span<double> to, bool fresh)
    {
        if (fresh)
        {
            Two<Addition>(from, width, to);
            return;
        }

        ref var near = ref MemoryMarshal.GetReference(from);
        ref var far = ref MemoryMarshal.GetReference(from.Slice(width, to.Length));
        ref var target = ref MemoryMarshal.GetReference(to);
        var j = 0;
        for (; j <= to.Length - Lanes; j += Lanes)
        {
            var pair = Vector256.LoadUnsafe(ref near, (nuint)j) + Vector256.LoadUnsafe(ref far, (nuint)j);
            (Vector256.LoadUnsafe(ref target, (nuint)j) + pair).StoreUnsafe(ref target, (nuint)j);
        }

        for (; j < to.Length; j++)
        {
            to[j] += from[j] + from[j + width];
        }
    }

    /// <summary>to[j] += weighted[j] + weight·plain[j].</summary>
    public static void AddWeighted(ReadOnlySpan<double> weighted, ReadOnlySpan<double> plain, double weight, Span<double> to)
    {
        ref var products = ref MemoryMarshal.GetReference(weighted[..to.Length]);
        ref var sums = ref MemoryMarshal.GetReference(plain[..to.Length]);
        ref var target = ref MemoryMarshal.GetReference(to);
        var weights = Vector256.Create(weight);
        var j = 0;
        for (; j <= to.Length - Lanes; j += Lanes)
        {
            var piece = Vector256.FusedMultiplyAdd(weights, Vector256.LoadUnsafe(ref sums, (nuint)j), Vector256.LoadUnsafe(ref products, (nuint)j));
            (Vector256.LoadUnsafe(ref target, (nuint)j) + piece).StoreUnsafe(ref target, (nuint)j);
        }

        for (; j < to.Length; j++)
        {
            to[j] += Math.FusedMultiplyAdd(weight, plain[j], weighted[j]);
        }
    }

    /// <summary>weighted[j] += weighted[j + width] + width·plain[j + width] for j &lt; count.</summary>
    public static void WidenWeighted(Span<double> weighted, ReadOnlySpan<double> plain, int width, int count)
    {
        ref var near = ref MemoryMarshal.GetReference(weighted);
        ref var far = ref MemoryMarshal.GetReference(weighted.Slice(width, count));
        ref var sums = ref MemoryMarshal.GetReference(plain.Slice(width, count));
        var weights = Vector256.Create((double)width);
        var j = 0;
        for (; j <= count - Lanes; j += Lanes)
        {
            var later = Vector256.FusedMultiplyAdd(weights, Vector256.LoadUnsafe(ref sums, (nuint)j), Vector256.LoadUnsafe(ref far, (nuint)j));
            (Vector256.LoadUnsafe(ref near, (nuint)j) + later).StoreUnsafe(ref near, (nuint)j);
        }

        for (; j < count; j++)
        {
            weighted[j] += Math.FusedMultiplyAdd(width, plain[j + width], weighted[j + width]);
        }
    }

    public static void Divide(Span<double> x, double divisor)
    {
        ref var values = ref MemoryMarshal.GetReference(x);
        var divisors = Vector256.Create(divisor);
        var j = 0;
        for (; j <= x.Length - Lanes; j += Lanes)
        {
            (Vector256.LoadUnsafe(ref values, (nuint)j) / divisors).StoreUnsafe(ref values, (nuint)j);
        }

        for (; j < x.Length; j++)
        {
            x[j] /= divisor;
        }
    }
}
