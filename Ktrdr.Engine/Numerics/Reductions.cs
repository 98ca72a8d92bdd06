using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Numerics;

/// <summary>
/// Sums whose bits do not depend on the machine: element i always goes to virtual lane i mod 16, and the lanes are joined by one fixed tree
/// (lane j + lane j+8, then j+4, j+2, j+1), whatever the hardware's width. Multiply-add is always fused.
/// NaN in, NaN out. Empty: the sum is 0, mean and variance are NaN.
/// </summary>
public static class Reductions
{
    private const int Lanes = 16;

    /// <summary>Σ x; 0 for an empty span.</summary>
    public static double Sum(ReadOnlySpan<double> values) => Reduce<Identity>(values, values, 0);

    /// <summary>Arithmetic mean; NaN for an empty span.</summary>
    public static double Mean(ReadOnlySpan<double> values) => values.IsEmpty ? double.NaN : Sum(values) / values.Length;

    /// <summary>Two-pass variance with divisor n − <paramref name="ddof"/>; NaN where that is not positive.</summary>
    public static double Variance(ReadOnlySpan<double> values, int ddof)
        => values.Length - ddof <= 0 ? double.NaN : Reduce<SquaredDeviation>(values, values, Mean(values)) / (values.Length - ddof);

    /// <summary>Σ x·y with fused multiply-add.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
        {
            throw new ArgumentException($"Dot needs equal lengths, got {x.Length} and {y.Length}.", nameof(y));
        }

        return Reduce<Product>(x, y, 0);
    }

    private static double Reduce<TTerm>(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double center)
        where TTerm : struct, ITerm
    {
        ref var xs = ref MemoryMarshal.GetReference(x);
        ref var ys = ref MemoryMarshal.GetReference(y);
        var centers = Vector256.Create(center);
        var a = Vector256<double>.Zero;
        var b = Vector256<double>.Zero;
        var c = Vector256<double>.Zero;
        var d = Vector256<double>.Zero;
        var i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            var at = (nuint)i;
            a = TTerm.Add(a, Vector256.LoadUnsafe(ref xs, at), Vector256.LoadUnsafe(ref ys, at), centers);
            b = TTerm.Add(b, Vector256.LoadUnsafe(ref xs, at + 4), Vector256.LoadUnsafe(ref ys, at + 4), centers);
            c = TTerm.Add(c, Vector256.LoadUnsafe(ref xs, at + 8), Vector256.LoadUnsafe(ref ys, at + 8), centers);
            d = TTerm.Add(d, Vector256.LoadUnsafe(ref xs, at + 12), Vector256.LoadUnsafe(ref ys, at + 12), centers);
        }

        Span<double> lanes = stackalloc double[Lanes];
        a.CopyTo(lanes);
        b.CopyTo(lanes[4..]);
        c.CopyTo(lanes[8..]);
        d.CopyTo(lanes[12..]);
        for (var lane = 0; i < x.Length; i++, lane++)
        {
            lanes[lane] = TTerm.Add(lanes[lane], x[i], y[i], center);
        }

        for (var half = Lanes / 2; half > 0; half /= 2)
        {
            for (var lane = 0; lane < half; lane++)
            {
                lanes[lane] += lanes[lane + half];
            }
        }

        return lanes[0];
    }

    private interface ITerm
    {
        static abstract Vector256<double> Add(Vector256<double> sum, Vector256<double> x, Vector256<double> y, Vector256<double> center);

        static abstract double Add(double sum, double x, double y, double center);
    }

    private readonly struct Identity : ITerm
    {
        public static Vector256<double> Add(Vector256<double> sum, Vector256<double> x, Vector256<double> y, Vector256<double> center) => sum + x;

        public static double Add(double sum, double x, double y, double center) => sum + x;
    }

    private readonly struct Product : ITerm
    {
        public static Vector256<double> Add(Vector256<double> sum, Vector256<double> x, Vector256<double> y, Vector256<double> center)
            => Vector256.FusedMultiplyAdd(x, y, sum);

        public static double Add(double sum, double x, double y, double center) => Math.FusedMultiplyAdd(x, y, sum);
    }

    private readonly struct SquaredDeviation : ITerm
    {
        public static Vector256<double> Add(Vector256<double> sum, Vector256<double> x, Vector256<double> y, Vector256<double> center)
            => Vector256.FusedMultiplyAdd(x - center, x - center, sum);

        public static double Add(double sum, double x, double y, double center) => Math.FusedMultiplyAdd(x - center, x - center, sum);
    }
}
