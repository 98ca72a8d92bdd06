using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// <see cref="DenseProduct"/> of a single row, as a bar-by-bar simulation asks for. One row has too few chains per panel of weights to fill the pipeline, so several
/// panels go side by side, every sum in a register from its bias to its last input.
/// </summary>
internal static unsafe class DenseRow
{
    /// <param name="factor">Null where <typeparamref name="TFinish"/> does not read it.</param>
    public static void Run<TFinish>(float* x, float* w, int wRows, float* bias, float* factor, float* y, int k, int columns)
        where TFinish : struct, IProductFinish
    {
        var n = 0;
        for (; n <= columns - 64; n += 64, w += wRows * 64)
        {
            Columns64<TFinish>(x, w, wRows * 16, bias + n, factor + n, y + n, k);
        }

        for (; n <= columns - 32; n += 32, w += wRows * 32)
        {
            Columns32<TFinish>(x, w, wRows * 16, bias + n, factor + n, y + n, k);
        }

        for (; n <= columns - 16; n += 16, w += wRows * 16)
        {
            Columns16<TFinish>(x, w, bias + n, factor + n, y + n, k);
        }

        if (n < columns)
        {
            Columns8<TFinish>(x, w, bias + n, factor + n, y + n, k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns64<TFinish>(float* x, float* w, nint panel, float* bias, float* factor, float* y, int k)
        where TFinish : struct, IProductFinish
    {
        Vector256<float> a = Vector256.Load(bias), b = Vector256.Load(bias + 8);
        Vector256<float> c = Vector256.Load(bias + 16), d = Vector256.Load(bias + 24);
        Vector256<float> e = Vector256.Load(bias + 32), f = Vector256.Load(bias + 40);
        Vector256<float> g = Vector256.Load(bias + 48), h = Vector256.Load(bias + 56);
        float* w1 = w + panel, w2 = w1 + panel, w3 = w2 + panel;
        for (nint i = 0; i < k; i++)
        {
            var broadcast = Vector256.Create(x[i]);
            var at = i * 16;
            a = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w + at), a);
            b = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w + at + 8), b);
            c = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w1 + at), c);
            d = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w1 + at + 8), d);
            e = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w2 + at), e);
            f = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w2 + at + 8), f);
            g = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w3 + at), g);
            h = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w3 + at + 8), h);
        }

        TFinish.Apply(a, factor).Store(y);
        TFinish.Apply(b, factor + 8).Store(y + 8);
        TFinish.Apply(c, factor + 16).Store(y + 16);
        TFinish.Apply(d, factor + 24).Store(y + 24);
        TFinish.Apply(e, factor + 32).Store(y + 32);
        TFinish.Apply(f, factor + 40).Store(y + 40);
        TFinish.Apply(g, factor + 48).Store(y + 48);
        TFinish.Apply(h, factor + 56).Store(y + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns32<TFinish>(float* x, float* w, nint panel, float* bias, float* factor, float* y, int k)
        where TFinish : struct, IProductFinish
    {
        Vector256<float> a = Vector256.Load(bias), b = Vector256.Load(bias + 8);
        Vector256<float> c = Vector256.Load(bias + 16), d = Vector256.Load(bias + 24);
        float* w1 = w + panel;
        for (nint i = 0; i < k; i++)
        {
            var broadcast = Vector256.Create(x[i]);
            var at = i * 16;
            a = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w + at), a);
            b = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w + at + 8), b);
            c = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w1 + at), c);
            d = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w1 + at + 8), d);
        }

        TFinish.Apply(a, factor).Store(y);
        TFinish.Apply(b, factor + 8).Store(y + 8);
        TFinish.Apply(c, factor + 16).Store(y + 16);
        TFinish.Apply(d, factor + 24).Store(y + 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns16<TFinish>(float* x, float* w, float* bias, float* factor, float* y, int k)
        where TFinish : struct, IProductFinish
    {
        Vector256<float> a = Vector256.Load(bias), b = Vector256.Load(bias + 8);
        for (nint i = 0; i < k; i++)
        {
            var broadcast = Vector256.Create(x[i]);
            a = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w), a);
            b = Vector256.FusedMultiplyAdd(broadcast, Vector256.Load(w + 8), b);
            w += 16;
        }

        TFinish.Apply(a, factor).Store(y);
        TFinish.Apply(b, factor + 8).Store(y + 8);
    }

    public static void Columns8<TFinish>(float* x, float* w, float* bias, float* factor, float* y, int k)
        where TFinish : struct, IProductFinish
    {
        var a = Vector256.Load(bias);
        for (nint i = 0; i < k; i++)
        {
            a = Vector256.FusedMultiplyAdd(Vector256.Create(x[i]), Vector256.Load(w), a);
            w += 8;
        }

        TFinish.Apply(a, factor).Store(y);
    }
}
