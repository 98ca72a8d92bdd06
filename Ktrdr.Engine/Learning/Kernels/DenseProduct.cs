using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// y[s, n] = bias[n] + Σ_k x[s, k]·w[k, n] with w panel-packed (see <see cref="DenseLayer"/>): the forward product, and with the transposed weights the
/// gradient with respect to the inputs. Every element is one chain of fused multiply-adds in k order from the bias on, so neither the register tile nor the
/// number of rows changes a bit.
/// </summary>
internal static unsafe class DenseProduct
{
    /// <param name="x">Rows × k values, row s at x + s·<paramref name="xStride"/>.</param>
    /// <param name="w">Panel-packed, <paramref name="wRows"/> ≥ k rows per panel.</param>
    /// <param name="bias">Columns values, zeros where there is no bias.</param>
    /// <param name="factor">Multiplied into the result where not null; laid out as <paramref name="y"/>.</param>
    /// <param name="rows">1, or an even number ≥ 4.</param>
    /// <param name="columns">A multiple of 8.</param>
    public static void Run(float* x, int xStride, float* w, int wRows, float* bias, float* factor, float* y, int yStride, int rows, int k, int columns)
    {
        if (factor is null)
        {
            Panels<PlainFinish>(x, xStride, w, wRows, bias, y, y, yStride, rows, k, columns);
        }
        else
        {
            Panels<ScaledFinish>(x, xStride, w, wRows, bias, factor, y, yStride, rows, k, columns);
        }
    }

    /// <summary>The product with an activation on top, as in prediction: the bits of <see cref="Run"/> and <see cref="ActivationPass.Run"/>, whose second visit to every sum it saves where the activation is short.</summary>
    public static void RunActivated(Activation activation, float* x, int xStride, float* w, int wRows, float* bias, float* y, int yStride, int rows, int k, int columns)
    {
        switch (activation)
        {
            case Activation.Relu:
                Panels<ActivatedFinish<Relu>>(x, xStride, w, wRows, bias, y, y, yStride, rows, k, columns);
                break;
            case Activation.LeakyRelu:
                Panels<ActivatedFinish<LeakyRelu>>(x, xStride, w, wRows, bias, y, y, yStride, rows, k, columns);
                break;
            default:
                Panels<PlainFinish>(x, xStride, w, wRows, bias, y, y, yStride, rows, k, columns);
                ActivationPass.Run(activation, y, yStride, rows, columns);
                break;
        }
    }

    /// <summary>The same as <see cref="Run"/> in plain scalar code: the oracle of the tests.</summary>
    public static void RunScalar(float* x, int xStride, float* w, int wRows, float* bias, float* factor, float* y, int yStride, int rows, int k, int columns)
    {
        for (var s = 0; s < rows; s++)
        {
            for (var n = 0; n < columns; n++)
            {
                var sum = bias[n];
                for (var i = 0; i < k; i++)
                {
                    sum = MathF.FusedMultiplyAdd(x[(s * xStride) + i], w[DenseLayer.PanelIndex(wRows, columns, i, n)], sum);
                }

                y[(s * yStride) + n] = factor is null ? sum : sum * factor[(s * yStride) + n];
            }
        }
    }

    private static void Panels<TFinish>(float* x, int xStride, float* w, int wRows, float* bias, float* factor, float* y, int yStride, int rows, int k, int columns)
        where TFinish : struct, IProductFinish
    {
        if (rows == 1)
        {
            DenseRow.Run<TFinish>(x, w, wRows, bias, factor, y, k, columns);
            return;
        }

        var n = 0;
        for (; n <= columns - 16; n += 16, w += wRows * 16)
        {
            var s = 0;
            // 6a + 4b covers every even number from 4 on.
            for (; rows - s >= 10 || rows - s == 6; s += 6)
            {
                Rows6Columns16<TFinish>(x + (s * xStride), xStride, w, bias + n, factor + (s * yStride) + n, y + (s * yStride) + n, yStride, k);
            }

            for (; s < rows; s += 4)
            {
                Rows4Columns16<TFinish>(x + (s * xStride), xStride, w, bias + n, factor + (s * yStride) + n, y + (s * yStride) + n, yStride, k);
            }
        }

        if (n < columns)
        {
            var s = 0;
            for (; s <= rows - 8; s += 8)
            {
                Rows8Columns8<TFinish>(x + (s * xStride), xStride, w, bias + n, factor + (s * yStride) + n, y + (s * yStride) + n, yStride, k);
            }

            for (; s <= rows - 4; s += 4)
            {
                Rows4Columns8<TFinish>(x + (s * xStride), xStride, w, bias + n, factor + (s * yStride) + n, y + (s * yStride) + n, yStride, k);
            }

            for (; s < rows; s++)
            {
                DenseRow.Columns8<TFinish>(x + (s * xStride), w, bias + n, factor + (s * yStride) + n, y + (s * yStride) + n, k);
            }
        }
    }

    private static void Rows6Columns16<TFinish>(float* x, nint xStride, float* w, float* bias, float* factor, float* y, nint yStride, int k)
        where TFinish : struct, IProductFinish
    {
        Vector256<float> a0 = Vector256.Load(bias), b0 = Vector256.Load(bias + 8);
        Vector256<float> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        Vector256<float> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        float* x1 = x + xStride, x2 = x1 + xStride, x3 = x2 + xStride, x4 = x3 + xStride, x5 = x4 + xStride;
        for (nint i = 0; i < k; i++)
        {
            Vector256<float> wa = Vector256.Load(w), wb = Vector256.Load(w + 8);
            w += 16;
            var broadcast = Vector256.Create(x[i]);
            a0 = Vector256.FusedMultiplyAdd(broadcast, wa, a0);
            b0 = Vector256.FusedMultiplyAdd(broadcast, wb, b0);
            broadcast = Vector256.Create(x1[i]);
            a1 = Vector256.FusedMultiplyAdd(broadcast, wa, a1);
            b1 = Vector256.FusedMultiplyAdd(broadcast, wb, b1);
            broadcast = Vector256.Create(x2[i]);
            a2 = Vector256.FusedMultiplyAdd(broadcast, wa, a2);
            b2 = Vector256.FusedMultiplyAdd(broadcast, wb, b2);
            broadcast = Vector256.Create(x3[i]);
            a3 = Vector256.FusedMultiplyAdd(broadcast, wa, a3);
            b3 = Vector256.FusedMultiplyAdd(broadcast, wb, b3);
            broadcast = Vector256.Create(x4[i]);
            a4 = Vector256.FusedMultiplyAdd(broadcast, wa, a4);
            b4 = Vector256.FusedMultiplyAdd(broadcast, wb, b4);
            broadcast = Vector256.Create(x5[i]);
            a5 = Vector256.FusedMultiplyAdd(broadcast, wa, a5);
            b5 = Vector256.FusedMultiplyAdd(broadcast, wb, b5);
        }

        Store16<TFinish>(a0, b0, factor, y);
        Store16<TFinish>(a1, b1, factor + yStride, y + yStride);
        Store16<TFinish>(a2, b2, factor + (2 * yStride), y + (2 * yStride));
        Store16<TFinish>(a3, b3, factor + (3 * yStride), y + (3 * yStride));
        Store16<TFinish>(a4, b4, factor + (4 * yStride), y + (4 * yStride));
        Store16<TFinish>(a5, b5, factor + (5 * yStride), y + (5 * yStride));
    }

    private static void Rows4Columns16<TFinish>(float* x, nint xStride, float* w, float* bias, float* factor, float* y, nint yStride, int k)
        where TFinish : struct, IProductFinish
    {
        Vector256<float> a0 = Vector256.Load(bias), b0 = Vector256.Load(bias + 8);
        Vector256<float> a1 = a0, a2 = a0, a3 = a0;
        Vector256<float> b1 = b0, b2 = b0, b3 = b0;
        float* x1 = x + xStride, x2 = x1 + xStride, x3 = x2 + xStride;
        for (nint i = 0; i < k; i++)
        {
            Vector256<float> wa = Vector256.Load(w), wb = Vector256.Load(w + 8);
            w += 16;
            var broadcast = Vector256.Create(x[i]);
            a0 = Vector256.FusedMultiplyAdd(broadcast, wa, a0);
            b0 = Vector256.FusedMultiplyAdd(broadcast, wb, b0);
            broadcast = Vector256.Create(x1[i]);
            a1 = Vector256.FusedMultiplyAdd(broadcast, wa, a1);
            b1 = Vector256.FusedMultiplyAdd(broadcast, wb, b1);
            broadcast = Vector256.Create(x2[i]);
            a2 = Vector256.FusedMultiplyAdd(broadcast, wa, a2);
            b2 = Vector256.FusedMultiplyAdd(broadcast, wb, b2);
            broadcast = Vector256.Create(x3[i]);
            a3 = Vector256.FusedMultiplyAdd(broadcast, wa, a3);
            b3 = Vector256.FusedMultiplyAdd(broadcast, wb, b3);
        }

        Store16<TFinish>(a0, b0, factor, y);
        Store16<TFinish>(a1, b1, factor + yStride, y + yStride);
        Store16<TFinish>(a2, b2, factor + (2 * yStride), y + (2 * yStride));
        Store16<TFinish>(a3, b3, factor + (3 * yStride), y + (3 * yStride));
    }

    private static void Rows8Columns8<TFinish>(float* x, nint xStride, float* w, float* bias, float* factor, float* y, nint yStride, int k)
        where TFinish : struct, IProductFinish
    {
        var a0 = Vector256.Load(bias);
        Vector256<float> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        float* x1 = x + xStride, x2 = x1 + xStride, x3 = x2 + xStride, x4 = x3 + xStride, x5 = x4 + xStride, x6 = x5 + xStride, x7 = x6 + xStride;
        for (nint i = 0; i < k; i++)
        {
            var wa = Vector256.Load(w);
            w += 8;
            a0 = Vector256.FusedMultiplyAdd(Vector256.Create(x[i]), wa, a0);
            a1 = Vector256.FusedMultiplyAdd(Vector256.Create(x1[i]), wa, a1);
            a2 = Vector256.FusedMultiplyAdd(Vector256.Create(x2[i]), wa, a2);
            a3 = Vector256.FusedMultiplyAdd(Vector256.Create(x3[i]), wa, a3);
            a4 = Vector256.FusedMultiplyAdd(Vector256.Create(x4[i]), wa, a4);
            a5 = Vector256.FusedMultiplyAdd(Vector256.Create(x5[i]), wa, a5);
            a6 = Vector256.FusedMultiplyAdd(Vector256.Create(x6[i]), wa, a6);
            a7 = Vector256.FusedMultiplyAdd(Vector256.Create(x7[i]), wa, a7);
        }

        Store4Rows<TFinish>(a0, a1, a2, a3, factor, y, yStride);
        Store4Rows<TFinish>(a4, a5, a6, a7, factor + (4 * yStride), y + (4 * yStride), yStride);
    }

    private static void Rows4Columns8<TFinish>(float* x, nint xStride, float* w, float* bias, float* factor, float* y, nint yStride, int k)
        where TFinish : struct, IProductFinish
    {
        var a0 = Vector256.Load(bias);
        Vector256<float> a1 = a0, a2 = a0, a3 = a0;
        float* x1 = x + xStride, x2 = x1 + xStride, x3 = x2 + xStride;
        for (nint i = 0; i < k; i++)
        {
            var wa = Vector256.Load(w);
            w += 8;
            a0 = Vector256.FusedMultiplyAdd(Vector256.Create(x[i]), wa, a0);
            a1 = Vector256.FusedMultiplyAdd(Vector256.Create(x1[i]), wa, a1);
            a2 = Vector256.FusedMultiplyAdd(Vector256.Create(x2[i]), wa, a2);
            a3 = Vector256.FusedMultiplyAdd(Vector256.Create(x3[i]), wa, a3);
        }

        Store4Rows<TFinish>(a0, a1, a2, a3, factor, y, yStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store16<TFinish>(Vector256<float> a, Vector256<float> b, float* factor, float* y)
        where TFinish : struct, IProductFinish
    {
        TFinish.Apply(a, factor).Store(y);
        TFinish.Apply(b, factor + 8).Store(y + 8);
    }

    /// <summary>A vector in each of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store4Rows<TFinish>(Vector256<float> a0, Vector256<float> a1, Vector256<float> a2, Vector256<float> a3, float* factor, float* y, nint yStride)
        where TFinish : struct, IProductFinish
    {
        TFinish.Apply(a0, factor).Store(y);
        TFinish.Apply(a1, factor + yStride).Store(y + yStride);
        TFinish.Apply(a2, factor + (2 * yStride)).Store(y + (2 * yStride));
        TFinish.Apply(a3, factor + (3 * yStride)).Store(y + (3 * yStride));
    }
}
