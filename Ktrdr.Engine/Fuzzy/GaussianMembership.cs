using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>
/// exp(-((x - mu) / sigma)^2 / 2) as 2^-t with t = ((x - mu) · sqrt(log2(e) / 2) / sigma)^2: t in double precision, the power in single, 0 below 2^-126.
/// The same operations in the same order at every place.
/// </summary>
internal readonly struct GaussianMembership(double mu, double sigma)
{
    private const double RootOfHalfLog2E = 0.84932180028801904;
    private const float Smallest = 126f;

    /// <summary>Adding and subtracting 1.5·2^23 rounds to the nearest integer, and its low bits are that integer.</summary>
    private const float RoundingShift = 12582912f;

    private readonly double _mu = mu;
    private readonly double _scale = RootOfHalfLog2E / sigma;

    public void Evaluate(ReadOnlySpan<double> x, Span<float> y)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        var middle = Vector256.Create(_mu);
        var scale = Vector256.Create(_scale);
        var i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            var first = (Vector256.LoadUnsafe(ref source, (nuint)i) - middle) * scale;
            var second = (Vector256.LoadUnsafe(ref source, (nuint)i + 4) - middle) * scale;
            NegativePowerOfTwo(Vector256.Narrow(first * first, second * second)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            var z = (x[i] - _mu) * _scale;
            y[i] = NegativePowerOfTwo(Vector256.Create((float)(z * z))).ToScalar();
        }
    }

    /// <summary>2^-t for t ≥ 0, NaN for NaN: relative error 1e-7. t = u − k with a whole k ≤ 0 and |u| ≤ 1/2; the polynomial is the series of 2^-u.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> NegativePowerOfTwo(Vector256<float> t)
    {
        var shifted = Vector256.Create(RoundingShift) - t;
        var u = t + (shifted - Vector256.Create(RoundingShift));
        var p = Vector256.Create(1.5403530393e-4f);
        p = Vector256.FusedMultiplyAdd(p, u, Vector256.Create(-1.3333558146e-3f));
        p = Vector256.FusedMultiplyAdd(p, u, Vector256.Create(9.6181291076e-3f));
        p = Vector256.FusedMultiplyAdd(p, u, Vector256.Create(-5.5504108665e-2f));
        p = Vector256.FusedMultiplyAdd(p, u, Vector256.Create(2.4022650696e-1f));
        p = Vector256.FusedMultiplyAdd(p, u, Vector256.Create(-6.9314718056e-1f));
        p = Vector256.FusedMultiplyAdd(p, u, Vector256.Create(1f));
        var power = (p.AsInt32() + Vector256.ShiftLeft(shifted.AsInt32(), 23)).AsSingle();
        power = Vector256.AndNot(power, Vector256.GreaterThan(t, Vector256.Create(Smallest)));
        return Vector256.ConditionalSelect(Vector256.Equals(t, t), power, t);
    }
}
