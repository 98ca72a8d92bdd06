using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// dw[k, n] += Σ_s x[s, k]·g[s, n] and db[n] += Σ_s g[s, n], dw panel-packed like the weights. Each element adds the samples in order with fused
/// multiply-adds onto what is there, so tiles of a batch may be added one after another without a bit changing.
/// </summary>
internal static unsafe class WeightGradient
{
    /// <param name="wRows">Rows per panel: even, ≥ 4, and x has at least as many columns (zeros beyond the layer's inputs).</param>
    /// <param name="columns">A multiple of 8.</param>
    public static void Run(float* x, int xStride, float* g, int gStride, float* dw, int wRows, float* db, int rows, int columns)
    {
        var n = 0;
        for (; n <= columns - 16; n += 16, dw += wRows * 16)
        {
            var k = 0;
            for (; wRows - k >= 10 || wRows - k == 6; k += 6)
            {
                Inputs6Columns16(x + k, xStride, g + n, gStride, dw + (k * 16), rows);
            }

            for (; k < wRows; k += 4)
            {
                Inputs4Columns16(x + k, xStride, g + n, gStride, dw + (k * 16), rows);
            }
        }

        if (n < columns)
        {
            var k = 0;
            for (; k <= wRows - 8; k += 8)
            {
                Inputs8Columns8(x + k, xStride, g + n, gStride, dw + (k * 8), rows);
            }

            for (; k < wRows; k += 2)
            {
                Inputs2Columns8(x + k, xStride, g + n, gStride, dw + (k * 8), rows);
            }
        }

        BiasGradient(g, gStride, db, rows, columns);
    }

    /// <summary>The same in plain scalar code: the oracle of the tests.</summary>
    public static void RunScalar(float* x, int xStride, float* g, int gStride, float* dw, int wRows, float* db, int rows, int columns)
    {
        for (var s = 0; s < rows; s++)
        {
            for (var n = 0; n < columns; n++)
            {
                for (var k = 0; k < wRows; k++)
                {
                    var at = DenseLayer.PanelIndex(wRows, columns, k, n);
                    dw[at] = MathF.FusedMultiplyAdd(x[(s * xStride) + k], g[(s * gStride) + n], dw[at]);
                }

                db[n] += g[(s * gStride) + n];
            }
        }
    }

    /// <summary>Four vectors at a time, because one chain of additions would wait for its own latency.</summary>
    private static void BiasGradient(float* g, nint gStride, float* db, int rows, int columns)
    {
        nint n = 0;
        for (; n <= columns - 32; n += 32)
        {
            Vector256<float> a = Vector256.Load(db + n), b = Vector256.Load(db + n + 8), c = Vector256.Load(db + n + 16), d = Vector256.Load(db + n + 24);
            var row = g + n;
            for (var s = 0; s < rows; s++, row += gStride)
            {
                a += Vector256.Load(row);
                b += Vector256.Load(row + 8);
                c += Vector256.Load(row + 16);
                d += Vector256.Load(row + 24);
            }

            a.Store(db + n);
            b.Store(db + n + 8);
            c.Store(db + n + 16);
            d.Store(db + n + 24);
        }

        for (; n < columns; n += 8)
        {
            var sum = Vector256.Load(db + n);
            var row = g + n;
            for (var s = 0; s < rows; s++, row += gStride)
            {
                sum += Vector256.Load(row);
            }

            sum.Store(db + n);
        }
    }

    private static void Inputs6Columns16(float* x, nint xStride, float* g, nint gStride, float* dw, int rows)
    {
        Vector256<float> a0 = Vector256.Load(dw), b0 = Vector256.Load(dw + 8);
        Vector256<float> a1 = Vector256.Load(dw + 16), b1 = Vector256.Load(dw + 24);
        Vector256<float> a2 = Vector256.Load(dw + 32), b2 = Vector256.Load(dw + 40);
        Vector256<float> a3 = Vector256.Load(dw + 48), b3 = Vector256.Load(dw + 56);
        Vector256<float> a4 = Vector256.Load(dw + 64), b4 = Vector256.Load(dw + 72);
        Vector256<float> a5 = Vector256.Load(dw + 80), b5 = Vector256.Load(dw + 88);
        for (var s = 0; s < rows; s++)
        {
            Vector256<float> ga = Vector256.Load(g), gb = Vector256.Load(g + 8);
            var broadcast = Vector256.Create(x[0]);
            a0 = Vector256.FusedMultiplyAdd(broadcast, ga, a0);
            b0 = Vector256.FusedMultiplyAdd(broadcast, gb, b0);
            broadcast = Vector256.Create(x[1]);
            a1 = Vector256.FusedMultiplyAdd(broadcast, ga, a1);
            b1 = Vector256.FusedMultiplyAdd(broadcast, gb, b1);
            broadcast = Vector256.Create(x[2]);
            a2 = Vector256.FusedMultiplyAdd(broadcast, ga, a2);
            b2 = Vector256.FusedMultiplyAdd(broadcast, gb, b2);
            broadcast = Vector256.Create(x[3]);
            a3 = Vector256.FusedMultiplyAdd(broadcast, ga, a3);
            b3 = Vector256.FusedMultiplyAdd(broadcast, gb, b3);
            broadcast = Vector256.Create(x[4]);
            a4 = Vector256.FusedMultiplyAdd(broadcast, ga, a4);
            b4 = Vector256.FusedMultiplyAdd(broadcast, gb, b4);
            broadcast = Vector256.Create(x[5]);
            a5 = Vector256.FusedMultiplyAdd(broadcast, ga, a5);
            b5 = Vector256.FusedMultiplyAdd(broadcast, gb, b5);
            x += xStride;
            g += gStride;
        }

        a0.Store(dw);
        b0.Store(dw + 8);
        a1.Store(dw + 16);
        b1.Store(dw + 24);
        a2.Store(dw + 32);
        b2.Store(dw + 40);
        a3.Store(dw + 48);
        b3.Store(dw + 56);
        a4.Store(dw + 64);
        b4.Store(dw + 72);
        a5.Store(dw + 80);
        b5.Store(dw + 88);
    }

    private static void Inputs4Columns16(float* x, nint xStride, float* g, nint gStride, float* dw, int rows)
    {
        Vector256<float> a0 = Vector256.Load(dw), b0 = Vector256.Load(dw + 8);
        Vector256<float> a1 = Vector256.Load(dw + 16), b1 = Vector256.Load(dw + 24);
        Vector256<float> a2 = Vector256.Load(dw + 32), b2 = Vector256.Load(dw + 40);
        Vector256<float> a3 = Vector256.Load(dw + 48), b3 = Vector256.Load(dw + 56);
        for (var s = 0; s < rows; s++)
        {
            Vector256<float> ga = Vector256.Load(g), gb = Vector256.Load(g + 8);
            var broadcast = Vector256.Create(x[0]);
            a0 = Vector256.FusedMultiplyAdd(broadcast, ga, a0);
            b0 = Vector256.FusedMultiplyAdd(broadcast, gb, b0);
            broadcast = Vector256.Create(x[1]);
            a1 = Vector256.FusedMultiplyAdd(broadcast, ga, a1);
            b1 = Vector256.FusedMultiplyAdd(broadcast, gb, b1);
            broadcast = Vector256.Create(x[2]);
            a2 = Vector256.FusedMultiplyAdd(broadcast, ga, a2);
            b2 = Vector256.FusedMultiplyAdd(broadcast, gb, b2);
            broadcast = Vector256.Create(x[3]);
            a3 = Vector256.FusedMultiplyAdd(broadcast, ga, a3);
            b3 = Vector256.FusedMultiplyAdd(broadcast, gb, b3);
            x += xStride;
            g += gStride;
        }

        a0.Store(dw);
        b0.Store(dw + 8);
        a1.Store(dw + 16);
        b1.Store(dw + 24);
        a2.Store(dw + 32);
        b2.Store(dw + 40);
        a3.Store(dw + 48);
        b3.Store(dw + 56);
    }

    private static void Inputs8Columns8(float* x, nint xStride, float* g, nint gStride, float* dw, int rows)
    {
        Vector256<float> a0 = Vector256.Load(dw), a1 = Vector256.Load(dw + 8), a2 = Vector256.Load(dw + 16), a3 = Vector256.Load(dw + 24);
        Vector256<float> a4 = Vector256.Load(dw + 32), a5 = Vector256.Load(dw + 40), a6 = Vector256.Load(dw + 48), a7 = Vector256.Load(dw + 56);
        for (var s = 0; s < rows; s++)
        {
            var ga = Vector256.Load(g);
            a0 = Vector256.FusedMultiplyAdd(Vector256.Create(x[0]), ga, a0);
            a1 = Vector256.FusedMultiplyAdd(Vector256.Create(x[1]), ga, a1);
            a2 = Vector256.FusedMultiplyAdd(Vector256.Create(x[2]), ga, a2);
            a3 = Vector256.FusedMultiplyAdd(Vector256.Create(x[3]), ga, a3);
            a4 = Vector256.FusedMultiplyAdd(Vector256.Create(x[4]), ga, a4);
            a5 = Vector256.FusedMultiplyAdd(Vector256.Create(x[5]), ga, a5);
            a6 = Vector256.FusedMultiplyAdd(Vector256.Create(x[6]), ga, a6);
            a7 = Vector256.FusedMultiplyAdd(Vector256.Create(x[7]), ga, a7);
            x += xStride;
            g += gStride;
        }

        a0.Store(dw);
        a1.Store(dw + 8);
        a2.Store(dw + 16);
        a3.Store(dw + 24);
        a4.Store(dw + 32);
        a5.Store(dw + 40);
        a6.Store(dw + 48);
        a7.Store(dw + 56);
    }

    private static void Inputs2Columns8(float* x, nint xStride, float* g, nint gStride, float* dw, int rows)
    {
        Vector256<float> a0 = Vector256.Load(dw), a1 = Vector256.Load(dw + 8);
        for (var s = 0; s < rows; s++)
        {
            var ga = Vector256.Load(g);
            a0 = Vector256.FusedMultiplyAdd(Vector256.Create(x[0]), ga, a0);
            a1 = Vector256.FusedMultiplyAdd(Vector256.Create(x[1]), ga, a1);
            x += xStride;
            g += gStride;
        }

        a0.Store(dw);
        a1.Store(dw + 8);
    }
}
