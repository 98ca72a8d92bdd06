using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>
/// The recursion y[i] = keep·y[i−1] + take·x[i] of exponential and Wilder's averages, four elements at a time: within a group of four the weighted sums are
/// built without the element before it, which then enters all four at once, so that one multiply-add per four elements is all that has to wait for another.
/// Groups are counted from the start of the stretch, and the last, incomplete one is computed like the others: what comes later changes no bit.
/// </summary>
internal static class RecursiveMean
{
    private const int Lanes = 4;

    /// <summary>The recursion by its definition: the oracle of the vector form.</summary>
    public static double RunScalar(ReadOnlySpan<double> x, double before, double keep, double take, Span<double> y)
    {
        for (var i = 0; i < x.Length; i++)
        {
            before = Math.FusedMultiplyAdd(keep, before, take * x[i]);
            y[i] = before;
        }

        return before;
    }

    /// <summary>Writes y for each x, <paramref name="before"/> being the y before the first, and returns the last. The spans may be the same. Infinite x make NaN.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double Run(ReadOnlySpan<double> x, double before, double keep, double take, Span<double> y)
    {
        if (x.IsEmpty)
        {
            return before;
        }

        y = y[..x.Length];
        var square = keep * keep;
        var takes = Vector256.Create(take);
        var one = Vector256.Create(0.0, keep, keep, keep);
        var two = Vector256.Create(0.0, 0.0, square, square);
        var powers = Vector256.Create(keep, square, square * keep, square * square);
        var fourth = Vector256.Create(square * square);
        var carry = Vector256.Create(before);
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        var i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            var sums = Sums(Vector256.LoadUnsafe(ref source, (nuint)i) * takes, one, two);
            Vector256.FusedMultiplyAdd(powers, carry, sums).StoreUnsafe(ref target, (nuint)i);
            carry = Vector256.FusedMultiplyAdd(fourth, carry, Vector256.Shuffle(sums, Vector256.Create(3L, 3, 3, 3)));
        }

        if (i < x.Length)
        {
            Span<double> rest = [0.0, 0.0, 0.0, 0.0];
            x[i..].CopyTo(rest);
            Vector256.FusedMultiplyAdd(powers, carry, Sums(Vector256.Create<double>(rest) * takes, one, two)).CopyTo(rest);
            rest[..(x.Length - i)].CopyTo(y[i..]);
        }

        return y[^1];
    }

    /// <summary>Lane k: Σ keep^(k−j)·v[j] over j ≤ k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Sums(Vector256<double> v, Vector256<double> one, Vector256<double> two)
    {
        v = Vector256.FusedMultiplyAdd(one, Vector256.Shuffle(v, Vector256.Create(0L, 0, 1, 2)), v);
        return Vector256.FusedMultiplyAdd(two, Vector256.Shuffle(v, Vector256.Create(0L, 1, 0, 1)), v);
    }
}
