using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Numerics;

/// <summary>
/// Elementary functions whose bits are the same on every machine: only +, −, ×, ÷, sqrt and fused multiply-add, in a fixed order.
/// Error bounds (checked by tests against the platform's library): Exp, Log, Tanh relative 5e-16; Cos absolute 3e-16; Pow relative (2 + |y ln x|)·3e-16;
/// NormalCdf relative 2e-14 down to x = −37; NormalQuantile relative 2e-15 away from 0.
/// Optimised from the first call on: without loops they would otherwise start in the JIT's slow tier, in the middle of training.
/// </summary>
public static partial class Elementary
{
    private const double Log2E = 1.4426950408889634;
    private const double Ln2High = 0.693147180369123816490;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>e^x by reduction to |r| ≤ ln 2 / 2 and the Taylor polynomial of degree 13. Overflow gives +∞, underflow 0 (through the subnormals).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Exp(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        if (x > 709.79)
        {
            return double.PositiveInfinity;
        }

        if (x < -745.14)
        {
            return 0;
        }

        var k = Math.Floor(Math.FusedMultiplyAdd(x, Log2E, 0.5));
        var r = Math.FusedMultiplyAdd(-k, Ln2High, x);
        r = Math.FusedMultiplyAdd(-k, Ln2Low, r);

        var p = 1.0 / 6227020800;
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 479001600);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 39916800);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 3628800);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 362880);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 40320);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 5040);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 720);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 120);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 24);
        p = Math.FusedMultiplyAdd(p, r, 1.0 / 6);
        p = Math.FusedMultiplyAdd(p, r, 0.5);
        p = Math.FusedMultiplyAdd(p, r, 1.0);
        p = Math.FusedMultiplyAdd(p, r, 1.0);

        // Two factors: 2^k alone is not a normal number at both ends of the range.
        var exponent = (int)k;
        var half = exponent >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(exponent - half);
    }

    /// <summary>Natural logarithm (the scheme of fdlibm's e_log with the plain series of 2·atanh). Log(0) = −∞, negative = NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Log(double x)
    {
        if (double.IsNaN(x) || x < 0)
        {
            return double.NaN;
        }

        if (x == 0)
        {
            return double.NegativeInfinity;
        }

        if (double.IsPositiveInfinity(x))
        {
            return x;
        }

        var exponent = 0;
        if (x < 2.2250738585072014e-308)
        {
            x *= 18014398509481984.0;
            exponent = -54;
        }

        var bits = BitConverter.DoubleToInt64Bits(x);
        exponent += (int)(bits >> 52) - 1023;
        var m = BitConverter.Int64BitsToDouble((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        var f = m - 1;
        var s = f / (2 + f);
        var z = s * s;
        var series = 2.0 / 23;
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 21);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 19);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 17);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 15);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 13);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 11);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 9);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 7);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 5);
        series = Math.FusedMultiplyAdd(series, z, 2.0 / 3);
        series *= z;
        var halfSquare = 0.5 * f * f;
        var correction = Math.FusedMultiplyAdd(s, halfSquare + series, exponent * Ln2Low);
        return (exponent * Ln2High) - (halfSquare - correction - f);
    }

    /// <summary>x^y = exp(y·log x); negative x only with an integral y. 0^0 = 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1)
        {
            return 1;
        }

        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return double.NaN;
        }

        var integral = Math.Floor(y) == y;
        var odd = integral && Math.Floor(y * 0.5) != y * 0.5;
        if (x < 0 && !integral)
        {
            return double.NaN;
        }

        var log = Log(Math.Abs(x));
        var product = y * log;
        if (!double.IsFinite(product))
        {
            var limit = product > 0 ? double.PositiveInfinity : double.IsNaN(product) ? double.NaN : 0;
            return x < 0 && odd ? -limit : limit;
        }

        // The rounding error of the product is known exactly; exp(a + e) = exp(a)·(1 + e) for a tiny e.
        var error = Math.FusedMultiplyAdd(y, log, -product);
        var power = Exp(product);
        power = double.IsFinite(power) ? Math.FusedMultiplyAdd(power, error, power) : power;
        return x < 0 && odd ? -power : power;
    }

    /// <summary>Lambert's continued fraction for |x| &lt; 0.5, else 1 − 2 / (e^2x + 1).</summary>
    public static double Tanh(double x)
    {
        var a = Math.Abs(x);
        if (a < 0.5)
        {
            var z = x * x;
            var fraction = 15.0;
            for (var odd = 13.0; odd >= 1; odd -= 2)
            {
                fraction = odd + (z / fraction);
            }

            return x / fraction;
        }

        if (double.IsNaN(x))
        {
            return x;
        }

        var tanh = a > 22 ? 1 : 1 - (2 / (Exp(2 * a) + 1));
        return x < 0 ? -tanh : tanh;
    }

    private static double PowerOfTwo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52);
}
