using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>exp(-((x - mu) / sigma)^2 / 2): the exponent in double precision, then single. The same operations in the same order at every width.</summary>
internal readonly struct GaussianMembership(double mu, double sigma)
{
    private readonly double _mu = mu;
    private readonly double _scale = 1 / sigma;

    public void Evaluate(ReadOnlySpan<double> x, Span<float> y)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(y);
        var middle = Vector256.Create(_mu);
        var scale = Vector256.Create(_scale);
        var half = Vector256.Create(-0.5);
        var i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            var first = (Vector256.LoadUnsafe(ref source, (nuint)i) - middle) * scale;
            var second = (Vector256.LoadUnsafe(ref source, (nuint)i + 4) - middle) * scale;
            Elementary.Exp(Vector256.Narrow(first * first * half, second * second * half)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            var z = (x[i] - _mu) * _scale;
            y[i] = Elementary.Exp((float)(z * z * -0.5));
        }
    }
}
