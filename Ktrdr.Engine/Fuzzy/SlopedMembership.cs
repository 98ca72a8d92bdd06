using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>
/// min(rise, fall, 1) inside [a, d], 0 outside, NaN for NaN, where rise = (x - a) / (b - a) and fall = (d - x) / (d - c). A vertical side has slope 0 and offset 1,
/// so that its edge belongs to the plateau. The same operations in the same order at every width.
/// </summary>
internal readonly struct SlopedMembership
{
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

    /// <summary>A width too small for its reciprocal to be a number counts as vertical.</summary>
    private static (double Slope, double Offset) Side(double width) => width > 0 && double.IsFinite(1 / width) ? (1 / width, 0) : (0, 1);

    public void Evaluate(ReadOnlySpan<double> x, Span<float> y)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= x.Length - 16; i += 16)
            {
                Vector512.Narrow(At(Vector512.LoadUnsafe(ref source, (nuint)i)), At(Vector512.LoadUnsafe(ref source, (nuint)i + 8))).StoreUnsafe(ref target, (nuint)i);
            }
        }

        // Constants in locals: a store to the result could otherwise change them for all the compiler knows.
        var (low, high) = (Vector256.Create(_low), Vector256.Create(_high));
        var (riseSlope, riseOffset) = (Vector256.Create(_riseSlope), Vector256.Create(_riseOffset));
        var (fallSlope, fallOffset) = (Vector256.Create(_fallSlope), Vector256.Create(_fallOffset));
        var one = Vector256.Create(1.0);
        for (; i <= x.Length - 8; i += 8)
        {
            var first = Vector256.LoadUnsafe(ref source, (nuint)i);
            var second = Vector256.LoadUnsafe(ref source, (nuint)i + 4);
            Vector256.Narrow(
                At(first, low, high, riseSlope, riseOffset, fallSlope, fallOffset, one),
                At(second, low, high, riseSlope, riseOffset, fallSlope, fallOffset, one)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = At(x[i]);
        }
    }

    internal float At(double x)
    {
        if (double.IsNaN(x))
        {
            return float.NaN;
        }

        if (x < _low || x > _high)
        {
            return 0;
        }

        var rise = Math.FusedMultiplyAdd(x - _low, _riseSlope, _riseOffset);
        var fall = Math.FusedMultiplyAdd(_high - x, _fallSlope, _fallOffset);
        return (float)Math.Min(Math.Min(rise, fall), 1.0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> At(Vector512<double> x)
    {
        var low = Vector512.Create(_low);
        var high = Vector512.Create(_high);
        var rise = Vector512.FusedMultiplyAdd(x - low, Vector512.Create(_riseSlope), Vector512.Create(_riseOffset));
        var fall = Vector512.FusedMultiplyAdd(high - x, Vector512.Create(_fallSlope), Vector512.Create(_fallOffset));
        var height = Vector512.MinNative(Vector512.MinNative(rise, fall), Vector512.Create(1.0));
        var inside = Vector512.GreaterThanOrEqual(x, low) & Vector512.LessThanOrEqual(x, high);
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), height & inside, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> At(
        Vector256<double> x, Vector256<double> low, Vector256<double> high, Vector256<double> riseSlope, Vector256<double> riseOffset, Vector256<double> fallSlope, Vector256<double> fallOffset, Vector256<double> one)
    {
        var rise = Vector256.FusedMultiplyAdd(x - low, riseSlope, riseOffset);
        var fall = Vector256.FusedMultiplyAdd(high - x, fallSlope, fallOffset);
        var height = Vector256.MinNative(Vector256.MinNative(rise, fall), one);
        var inside = Vector256.GreaterThanOrEqual(x, low) & Vector256.LessThanOrEqual(x, high);
        return Vector256.ConditionalSelect(Vector256.Equals(x, x), height & inside, x);
    }
}
