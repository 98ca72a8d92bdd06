using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>Σ g² in 16 virtual lanes and one fixed tree.</summary>
internal static unsafe class GradientNorm
{
    /// <param name="length">A multiple of 16.</param>
    public static float SumOfSquares(float* g, int length)
    {
        var a = Vector256<float>.Zero;
        var b = Vector256<float>.Zero;
        for (nint i = 0; i < length; i += 16)
        {
            Vector256<float> x = Vector256.Load(g + i), y = Vector256.Load(g + i + 8);
            a = Vector256.FusedMultiplyAdd(x, x, a);
            b = Vector256.FusedMultiplyAdd(y, y, b);
        }

        var eight = a + b;
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    /// <summary>The same in plain scalar code: the oracle of the tests.</summary>
    public static float SumOfSquaresScalar(float* g, int length)
    {
        var lanes = stackalloc float[16];
        new Span<float>(lanes, 16).Clear();
        for (var i = 0; i < length; i++)
        {
            lanes[i % 16] = MathF.FusedMultiplyAdd(g[i], g[i], lanes[i % 16]);
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
}
