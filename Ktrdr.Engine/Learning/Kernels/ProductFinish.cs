using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>What happens to a finished sum of <see cref="DenseProduct"/> while it still is in a register.</summary>
internal unsafe interface IProductFinish
{
    /// <param name="factor">Belongs to these 8 sums.</param>
    static abstract Vector256<float> Apply(Vector256<float> sum, float* factor);
}

/// <summary>Nothing.</summary>
internal readonly unsafe struct PlainFinish : IProductFinish
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> sum, float* factor) => sum;
}

/// <summary>It is multiplied by its factor.</summary>
internal readonly unsafe struct ScaledFinish : IProductFinish
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> sum, float* factor) => sum * Vector256.Load(factor);
}

/// <summary>It becomes an activation.</summary>
internal readonly unsafe struct ActivatedFinish<T> : IProductFinish
    where T : struct, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> sum, float* factor) => T.Apply(sum, out _);
}
