using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// Σ g² in four groups of 16 virtual lanes, which take 16 elements each in turn, so that no chain of additions waits for its own latency; the groups are joined in
/// order, then the lanes by one fixed tree.
/// </summary>
internal static unsafe class GradientNorm
{
    private const int Groups = 4;

    /// <param name="length">A multiple of 16.</param>
    public static float SumOfSquares(float* g, int length)
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default;
        nint i = 0;
        for (; i <= length - 64; i += 64)
        {
            Add(g + i, ref a0, ref b0);
            Add(g + i + 16, ref a1, ref b1);
            Add(g + i + 32, ref a2, ref b2);
            Add(g + i + 48, ref a3, ref b3);
        }

        if (i < length)
        {
            Add(g + i, ref a0, ref b0);
        }

        if (i + 16 < length)
        {
            Add(g + i + 16, ref a1, ref b1);
        }

        if (i + 32 < length)
        {
            Add(g + i + 32, ref a2, ref b2);
        }

        var eight = a0 + a1 + (a2 + a3) + (b0 + b1 + (b2 + b3));
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    /// <summary>The same in plain scalar code: the oracle of the tests.</summary>
    public static float SumOfSquaresScalar(float* g, int length)
    {
        var lanes = stackalloc float[Groups * 16];
        new Span<float>(lanes, Groups * 16).Clear();
        for (var i = 0; i < length; i++)
        {
            lanes[i % 64] = MathF.FusedMultiplyAdd(g[i], g[i], lanes[i % 64]);
        }

        for (var lane = 0; lane < 16; lane++)
        {
            lanes[lane] = lanes[lane] + lanes[lane + 16] + (lanes[lane + 32] + lanes[lane + 48]);
        }

        for (var half = 8; half > 0; half /= 2)
        {
            for (var lane = 0; lane < half; lane++)
            {
                lanes[lane] += lanes[lane + half];
            }
        }

        return lanes[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* g, ref Vector256<float> a, ref Vector256<float> b)
    {
        Vector256<float> x = Vector256.Load(g), y = Vector256.Load(g + 8);
        a = Vector256.FusedMultiplyAdd(x, x, a);
        b = Vector256.FusedMultiplyAdd(y, y, b);
    }
}
