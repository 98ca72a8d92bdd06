using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Numerics;

/// <summary>
/// Single precision, scalar and in lanes. The scalar and the vector form do the same operations in the same order, so an element's bits do not depend on
/// its place in a span. An integer argument binds to these forms, not to the double ones: write <c>Exp(-1.0)</c>. Error bounds: Exp relative 2e-7 (normal results), Tanh relative 4e-7, Sigmoid relative 4e-7.
/// </summary>
public static partial class Elementary
{
    private const float ExpLow = -104f;
    private const float ExpHigh = 89f;
    private const float Log2ESingle = 1.44269504f;
    private const float Ln2HighSingle = 0.693359375f;
    private const float Ln2LowSingle = -2.12194440e-4f;

    /// <summary>Adding and subtracting 1.5·2^23 rounds to the nearest integer, and its low bits are that integer.</summary>
    private const float RoundingShift = 12582912f;
    private const int RoundingShiftBits = 0x4B400000;

    /// <summary>e^x: 0 and +∞ beyond what single precision holds, NaN for NaN.</summary>
    public static float Exp(float x) => Exp(Vector128.CreateScalar(x)).ToScalar();

    /// <summary>tanh x; NaN for NaN.</summary>
    public static float Tanh(float x) => Tanh(Vector128.CreateScalar(x)).ToScalar();

    /// <summary>1 / (1 + e^−x).</summary>
    public static float Sigmoid(float x) => 1f / (1f + Exp(-x));

    /// <summary>e^x for each element; the spans may be the same, but not overlap otherwise.</summary>
    public static void Exp(ReadOnlySpan<float> x, Span<float> result) => Map<ExpMap>(x, result);

    /// <summary>tanh x for each element; the spans may be the same, but not overlap otherwise.</summary>
    public static void Tanh(ReadOnlySpan<float> x, Span<float> result) => Map<TanhMap>(x, result);

    /// <summary>1 / (1 + e^−x) for each element; the spans may be the same, but not overlap otherwise.</summary>
    public static void Sigmoid(ReadOnlySpan<float> x, Span<float> result) => Map<SigmoidMap>(x, result);

    /// <summary>e^x in 8 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // Compare-and-select instead of Min/Max: NaN stays NaN on every machine.
        x = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256.Create(ExpLow)), Vector256.Create(ExpLow), x);
        x = Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256.Create(ExpHigh)), Vector256.Create(ExpHigh), x);
        var shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(Log2ESingle), Vector256.Create(RoundingShift));
        var k = shifted - Vector256.Create(RoundingShift);
        var r = Vector256.FusedMultiplyAdd(k, Vector256.Create(-Ln2HighSingle), x);
        r = Vector256.FusedMultiplyAdd(k, Vector256.Create(-Ln2LowSingle), r);
        var p = Vector256.Create(1f / 5040);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 720));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 120));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 24));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.5f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f));
        var exponent = shifted.AsInt32() - Vector256.Create(RoundingShiftBits);
        var half = Vector256.ShiftRightArithmetic(exponent, 1);
        var first = Vector256.ShiftLeft(half + Vector256.Create(127), 23).AsSingle();
        var second = Vector256.ShiftLeft(exponent - half + Vector256.Create(127), 23).AsSingle();
        return p * first * second;
    }

    /// <summary>e^x in 4 lanes; the same operations as the 8-lane form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Exp(Vector128<float> x)
    {
        x = Vector128.ConditionalSelect(Vector128.LessThan(x, Vector128.Create(ExpLow)), Vector128.Create(ExpLow), x);
        x = Vector128.ConditionalSelect(Vector128.GreaterThan(x, Vector128.Create(ExpHigh)), Vector128.Create(ExpHigh), x);
        var shifted = Vector128.FusedMultiplyAdd(x, Vector128.Create(Log2ESingle), Vector128.Create(RoundingShift));
        var k = shifted - Vector128.Create(RoundingShift);
        var r = Vector128.FusedMultiplyAdd(k, Vector128.Create(-Ln2HighSingle), x);
        r = Vector128.FusedMultiplyAdd(k, Vector128.Create(-Ln2LowSingle), r);
        var p = Vector128.Create(1f / 5040);
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(1f / 720));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(1f / 120));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(1f / 24));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(1f / 6));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(0.5f));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(1f));
        p = Vector128.FusedMultiplyAdd(p, r, Vector128.Create(1f));
        var exponent = shifted.AsInt32() - Vector128.Create(RoundingShiftBits);
        var half = Vector128.ShiftRightArithmetic(exponent, 1);
        var first = Vector128.ShiftLeft(half + Vector128.Create(127), 23).AsSingle();
        var second = Vector128.ShiftLeft(exponent - half + Vector128.Create(127), 23).AsSingle();
        return p * first * second;
    }

    /// <summary>tanh x in 8 lanes: an odd polynomial (Cephes tanhf) below 0.625, else 1 − 2 / (e^2|x| + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        var magnitude = Vector256.Abs(x);
        var z = x * x;
        var p = Vector256.Create(-5.70498872745e-3f);
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(2.06390887954e-2f));
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(-5.37397155531e-2f));
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(1.33314422036e-1f));
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(-3.33332819422e-1f));
        var small = Vector256.FusedMultiplyAdd(p * z, x, x);
        var one = Vector256.Create(1f);
        var large = one - (Vector256.Create(2f) / (Exp(magnitude + magnitude) + one));
        large = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), -large, large);
        return Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0.625f)), small, large);
    }

    /// <summary>tanh x in 4 lanes; the same operations as the 8-lane form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Tanh(Vector128<float> x)
    {
        var magnitude = Vector128.Abs(x);
        var z = x * x;
        var p = Vector128.Create(-5.70498872745e-3f);
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(2.06390887954e-2f));
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(-5.37397155531e-2f));
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(1.33314422036e-1f));
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(-3.33332819422e-1f));
        var small = Vector128.FusedMultiplyAdd(p * z, x, x);
        var one = Vector128.Create(1f);
        var large = one - (Vector128.Create(2f) / (Exp(magnitude + magnitude) + one));
        large = Vector128.ConditionalSelect(Vector128.LessThan(x, Vector128<float>.Zero), -large, large);
        return Vector128.ConditionalSelect(Vector128.LessThan(magnitude, Vector128.Create(0.625f)), small, large);
    }

    /// <summary>1 / (1 + e^−x) in 8 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x) => Vector256.Create(1f) / (Vector256.Create(1f) + Exp(-x));

    /// <summary>ln x in 8 lanes for positive normal x (Cephes logf), NaN for NaN; other arguments are not defined. Relative error 2e-7 away from x = 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Log(Vector256<float> x)
    {
        var bits = x.AsInt32();
        var exponent = Vector256.ShiftRightLogical(bits, 23) - Vector256.Create(126);
        var m = ((bits & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F000000)).AsSingle();
        var low = Vector256.LessThan(m, Vector256.Create(0.70710678f));
        exponent += low.AsInt32();
        m = m + (m & low) - Vector256.Create(1f);
        var e = Vector256.ConvertToSingle(exponent);
        var z = m * m;
        var p = Vector256.Create(7.0376836292e-2f);
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(-1.1514610310e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(1.1676998740e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(-1.2420140846e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(1.4249322787e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(-1.6668057665e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(2.0000714765e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(-2.4999993993e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(3.3333331174e-1f));
        var y = Vector256.FusedMultiplyAdd(e, Vector256.Create(Ln2LowSingle), p * m * z);
        y = Vector256.FusedMultiplyAdd(z, Vector256.Create(-0.5f), y);
        var log = Vector256.FusedMultiplyAdd(e, Vector256.Create(Ln2HighSingle), m + y);
        return Vector256.ConditionalSelect(Vector256.Equals(x, x), log, x);
    }

    private static void Map<TMap>(ReadOnlySpan<float> x, Span<float> result)
        where TMap : struct, IMap
    {
        if (result.Length < x.Length)
        {
            throw new ArgumentException($"The result holds {result.Length} values, {x.Length} are needed.", nameof(result));
        }

        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(result);
        var i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            TMap.Apply(Vector256.LoadUnsafe(ref source, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            result[i] = TMap.Apply(x[i]);
        }
    }

    private interface IMap
    {
        static abstract Vector256<float> Apply(Vector256<float> x);

        static abstract float Apply(float x);
    }

    private readonly struct ExpMap : IMap
    {
        public static Vector256<float> Apply(Vector256<float> x) => Exp(x);

        public static float Apply(float x) => Exp(x);
    }

    private readonly struct TanhMap : IMap
    {
        public static Vector256<float> Apply(Vector256<float> x) => Tanh(x);

        public static float Apply(float x) => Tanh(x);
    }

    private readonly struct SigmoidMap : IMap
    {
        public static Vector256<float> Apply(Vector256<float> x) => Sigmoid(x);

        public static float Apply(float x) => Sigmoid(x);
    }
}
