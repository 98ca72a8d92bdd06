using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>
/// The generalised bell 1 / (1 + |(x - center) / width|^(2·slope)): the distance in double precision, then single. The same operations in the same order at every place.
/// </summary>
internal readonly struct BellMembership(double width, double slope, double center)
{
    /// <summary>Distances are held within these: the membership there is 1 and 0 for every slope that is not tiny, and the logarithm is of a normal number.</summary>
    private const float Nearest = 1e-30f;
    private const float Farthest = 1e30f;

    private readonly double _center = center;
    private readonly double _scale = 1 / width;
    private readonly float _power = (float)(2 * slope);

    public void Evaluate(ReadOnlySpan<double> x, Span<float> y)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        var center = Vector256.Create(_center);
        var scale = Vector256.Create(_scale);
        var power = Vector256.Create(_power);
        var i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            var first = (Vector256.LoadUnsafe(ref source, (nuint)i) - center) * scale;
            var second = (Vector256.LoadUnsafe(ref source, (nuint)i + 4) - center) * scale;
            At(Vector256.Narrow(first, second), power).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            y[i] = At(Vector256.Create((float)((x[i] - _center) * _scale)), power).ToScalar();
        }
    }

    /// <summary>z^p = exp(p · ln z), so the membership is a logistic function of -p · ln z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> At(Vector256<float> z, Vector256<float> power)
    {
        // Min and max with z as the second operand: NaN stays NaN.
        var distance = Vector256.MinNative(Vector256.Create(Farthest), Vector256.MaxNative(Vector256.Create(Nearest), Vector256.Abs(z)));
        return Elementary.Sigmoid(-power * Elementary.Log(distance));
    }
}
