using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>1 / (1 + exp(-slope · (x - center))): the exponent in double precision, then single. The same operations in the same order at every place.</summary>
internal readonly struct SigmoidMembership(double center, double slope)
{
    private readonly double _center = center;
    private readonly double _slope = slope;

    public void Evaluate(ReadOnlySpan<double> x, Span<float> y)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        var center = Vector256.Create(_center);
        var slope = Vector256.Create(_slope);
        var i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            var first = (Vector256.LoadUnsafe(ref source, (nuint)i) - center) * slope;
            var second = (Vector256.LoadUnsafe(ref source, (nuint)i + 4) - center) * slope;
            Elementary.Sigmoid(Vector256.Narrow(first, second)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = Elementary.Sigmoid(Vector256.Create((float)((x[i] - _center) * _slope))).ToScalar();
        }
    }
}
