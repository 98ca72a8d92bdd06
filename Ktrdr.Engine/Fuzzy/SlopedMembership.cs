using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>
/// max(0, min(rise, fall, 1)), NaN for NaN, where rise = (x - a) / (b - a) and fall = (d - x) / (d - c). A vertical side rises by an enormous slope from 1,
/// so that its edge belongs to the plateau and nothing outside does. The same operations in the same order at every width.
/// </summary>
internal readonly struct SlopedMembership
{
    private const double Vertical = 1e300;

    private readonly double _low;
    private readonly double _high;
    private readonly double _riseSlope;
    private readonly double _riseOffset;
    private readonly double _fallSlope;
    private readonly double _fallOffset;

    public SlopedMembership(double a, double b, double c, double d)
    {
        _low = a;
        _high = d;
        (_riseSlope, _riseOffset) = Side(b - a);
        (_fallSlope, _fallOffset) = Side(d - c);
    }

    /// <summary>A width too small for its reciprocal counts as vertical.</summary>
    private static (double Slope, double Offset) Side(double width) => width > 1 / Vertical ? (1 / width, 0) : (Vertical, 1);

    public void Evaluate(ReadOnlySpan<double> x, Span<float> y)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= x.Length - 16; i += 16)
            {
                var sides = Vector512.Narrow(Sides(Vector512.LoadUnsafe(ref source, (nuint)i)), Sides(Vector512.LoadUnsafe(ref source, (nuint)i + 8)));
                Vector512.MaxNative(Vector512<float>.Zero, Vector512.MinNative(Vector512.Create(1f), sides)).StoreUnsafe(ref target, (nuint)i);
            }
        }

        // Constants in locals: a store to the result could otherwise change them for all the compiler knows.
        var (low, high) = (Vector256.Create(_low), Vector256.Create(_high));
        var (riseSlope, riseOffset) = (Vector256.Create(_riseSlope), Vector256.Create(_riseOffset));
        var (fallSlope, fallOffset) = (Vector256.Create(_fallSlope), Vector256.Create(_fallOffset));
        for (; i <= x.Length - 8; i += 8)
        {
            var first = Vector256.LoadUnsafe(ref source, (nuint)i);
            var second = Vector256.LoadUnsafe(ref source, (nuint)i + 4);
            var sides = Vector256.Narrow(
                Sides(first, low, high, riseSlope, riseOffset, fallSlope, fallOffset),
                Sides(second, low, high, riseSlope, riseOffset, fallSlope, fallOffset));
            Vector256.MaxNative(Vector256<float>.Zero, Vector256.MinNative(Vector256.Create(1f), sides)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = At(x[i]);
        }
    }

    // Rounding to single keeps order, so cutting at 0 and 1 may come after it. Native minima and maxima return their second operand where one is NaN:
    // the value stays second, so that NaN stays.
    internal float At(double x)
    {
        var rise = Math.FusedMultiplyAdd(x - _low, _riseSlope, _riseOffset);
        var fall = Math.FusedMultiplyAdd(_high - x, _fallSlope, _fallOffset);
        return float.MaxNative(0f, float.MinNative(1f, (float)double.MinNative(rise, fall)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> Sides(Vector512<double> x) => Vector512.MinNative(
        Vector512.FusedMultiplyAdd(x - Vector512.Create(_low), Vector512.Create(_riseSlope), Vector512.Create(_riseOffset)),
        Vector512.FusedMultiplyAdd(Vector512.Create(_high) - x, Vector512.Create(_fallSlope), Vector512.Create(_fallOffset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Sides(
        Vector256<double> x, Vector256<double> low, Vector256<double> high, Vector256<double> riseSlope, Vector256<double> riseOffset, Vector256<double> fallSlope, Vector256<double> fallOffset) =>
        Vector256.MinNative(Vector256.FusedMultiplyAdd(x - low, riseSlope, riseOffset), Vector256.FusedMultiplyAdd(high - x, fallSlope, fallOffset));
}
