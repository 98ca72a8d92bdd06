using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// What one hidden unit gives for the sum of its inputs, with its derivative, in 8 lanes: kernels are generic over it, so that each activation is compiled into them
/// and a derivative that nobody reads costs nothing.
/// </summary>
internal interface IActivation
{
    static abstract Vector256<float> Apply(Vector256<float> z, out Vector256<float> slope);

    /// <summary>The same with dropout.</summary>
    /// <param name="kept">All ones in lanes that stay.</param>
    static abstract Vector256<float> Drop(Vector256<float> z, Vector256<float> kept, Vector256<float> scale, out Vector256<float> slope);
}

internal readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> z, out Vector256<float> slope)
    {
        // NaN compares false: keep it, so that the guard against diverged training sees it.
        var off = Vector256.LessThanOrEqual(z, Vector256<float>.Zero);
        slope = Vector256.AndNot(Vector256.Create(1f), off.AsSingle());
        return Vector256.AndNot(z, off);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Drop(Vector256<float> z, Vector256<float> kept, Vector256<float> scale, out Vector256<float> slope)
    {
        // "Not ≤", for the sake of NaN, is one instruction where there is one.
        kept &= Avx.IsSupported ? Avx.CompareNotLessThanOrEqual(z, Vector256<float>.Zero) : ~Vector256.LessThanOrEqual(z, Vector256<float>.Zero);
        slope = scale & kept;
        return (z * scale) & kept;
    }
}

internal readonly struct LeakyRelu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> z, out Vector256<float> slope)
    {
        slope = Vector256.ConditionalSelect(Vector256.LessThanOrEqual(z, Vector256<float>.Zero), Vector256.Create(0.01f), Vector256.Create(1f));
        return z * slope;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Drop(Vector256<float> z, Vector256<float> kept, Vector256<float> scale, out Vector256<float> slope)
        => Dropout.After<LeakyRelu>(z, kept, scale, out slope);
}

internal readonly struct Tanh : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> z, out Vector256<float> slope)
    {
        var a = Elementary.Tanh(z);
        slope = Vector256.FusedMultiplyAdd(-a, a, Vector256.Create(1f));
        return a;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Drop(Vector256<float> z, Vector256<float> kept, Vector256<float> scale, out Vector256<float> slope)
        => Dropout.After<Tanh>(z, kept, scale, out slope);
}

internal readonly struct Sigmoid : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> z, out Vector256<float> slope)
    {
        var a = Elementary.Sigmoid(z);
        slope = Vector256.FusedMultiplyAdd(-a, a, a);
        return a;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Drop(Vector256<float> z, Vector256<float> kept, Vector256<float> scale, out Vector256<float> slope)
        => Dropout.After<Sigmoid>(z, kept, scale, out slope);
}

/// <summary>Dropout of activations that have no shorter way to it.</summary>
file static class Dropout
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> After<T>(Vector256<float> z, Vector256<float> kept, Vector256<float> scale, out Vector256<float> slope)
        where T : struct, IActivation
    {
        var factor = kept & scale;
        var value = T.Apply(z, out slope) * factor;
        slope *= factor;
        return value;
    }
}
