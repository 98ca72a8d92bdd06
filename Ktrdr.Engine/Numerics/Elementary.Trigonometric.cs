using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Numerics;

public static partial class Elementary
{
    private const double TwoOverPi = 0.6366197723675814;

    /// <summary>π/2 in two parts; a third would matter beyond the range below only.</summary>
    private const double HalfPiHigh = 1.5707963267948966;
    private const double HalfPiLow = 6.123233995736766e-17;

    /// <summary>cos x for |x| ≤ 10⁵, absolute error 3e-16; NaN beyond. Quadrants by fused reduction, then the kernels of fdlibm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Cos(double x)
    {
        if (!(Math.Abs(x) <= 1e5))
        {
            return double.NaN;
        }

        var quadrant = Math.Floor(Math.FusedMultiplyAdd(x, TwoOverPi, 0.5));
        var r = Math.FusedMultiplyAdd(-quadrant, HalfPiHigh, x);
        r = Math.FusedMultiplyAdd(-quadrant, HalfPiLow, r);
        return ((int)quadrant & 3) switch
        {
            0 => CosKernel(r),
            1 => -SinKernel(r),
            2 => -CosKernel(r),
            _ => SinKernel(r),
        };
    }

    /// <summary>|r| ≤ π/4.</summary>
    private static double SinKernel(double r)
    {
        var z = r * r;
        var p = 1.58969099521155010221e-10;
        p = Math.FusedMultiplyAdd(p, z, -2.50507602534068634195e-08);
        p = Math.FusedMultiplyAdd(p, z, 2.75573137070700676789e-06);
        p = Math.FusedMultiplyAdd(p, z, -1.98412698298579493134e-04);
        p = Math.FusedMultiplyAdd(p, z, 8.33333333332248946124e-03);
        p = Math.FusedMultiplyAdd(p, z, -1.66666666666666324348e-01);
        return Math.FusedMultiplyAdd(p * z, r, r);
    }

    /// <summary>|r| ≤ π/4.</summary>
    private static double CosKernel(double r)
    {
        var z = r * r;
        var p = -1.13596475577881948265e-11;
        p = Math.FusedMultiplyAdd(p, z, 2.08757232129817482790e-09);
        p = Math.FusedMultiplyAdd(p, z, -2.75573143513906633035e-07);
        p = Math.FusedMultiplyAdd(p, z, 2.48015872894767294178e-05);
        p = Math.FusedMultiplyAdd(p, z, -1.38888888888741095749e-03);
        p = Math.FusedMultiplyAdd(p, z, 4.16666666666666019037e-02);
        var half = 0.5 * z;
        var w = 1 - half;

        // What 1 − z/2 lost to rounding is exact in double precision and goes back in.
        return w + (1 - w - half + (p * z * z));
    }
}
