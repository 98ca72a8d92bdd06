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
    public static double Run(ReadOnlySpan<double> x, double before, double keep, double take, Span<double> y)
    {
        y = y[..x.Length];
        var whole = x.Length - x.Length % Lanes;
        before = Groups(x[..whole], before, keep, take, y);
        if (whole == x.Length)
        {
            return before;
        }

        Span<double> last = stackalloc double[Lanes];
        last.Clear();
        x[whole..].CopyTo(last);
        Groups(last, before, keep, take, last);
        last[..(x.Length - whole)].CopyTo(y[whole..]);
        return y[^1];
    }

    /// <summary>Whole groups only. A method without calls or addresses of locals: the compiler would keep its vectors in memory otherwise, three times slower.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Groups(ReadOnlySpan<double> x, double before, double keep, double take, Span<double> y)
    {
        var square = keep * keep;
        var takes = Vector256.Create(take);
        var odd = Vector256.Create(0.0, keep, 0.0, keep);
        var upper = Vector256.Create(0.0, 0.0, keep, square);
        var powers = Vector256.Create(keep, square, square * keep, square * square);
        var fourth = Vector256.Create(square * square);
        var carry = Vector256.Create(before);
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        for (var i = 0; i < x.Length; i += Lanes)
        {
            // Pairs, then the lower pair's sum into both of the upper pair: lane k holds Σ keep^(k−j)·v[j] over j ≤ k.
            var sums = Vector256.LoadUnsafe(ref source, (nuint)i) * takes;
            sums = Vector256.FusedMultiplyAdd(odd, Vector256.Shuffle(sums, Vector256.Create(0L, 0, 2, 2)), sums);
            sums = Vector256.FusedMultiplyAdd(upper, Vector256.Shuffle(sums, Vector256.Create(1L, 1, 1, 1)), sums);
            Vector256.FusedMultiplyAdd(powers, carry, sums).StoreUnsafe(ref target, (nuint)i);
            carry = Vector256.FusedMultiplyAdd(fourth, carry, Vector256.Shuffle(sums, Vector256.Create(3L, 3, 3, 3)));
        }

        return carry.ToScalar();
    }
}
