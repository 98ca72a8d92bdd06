using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>Copies a layer's weights into a panel-packed transpose (outputs × inputs), which the backward product reads. Moves data only: no bit can differ.</summary>
internal static unsafe class PanelTranspose
{
    /// <param name="w">The layer's matrix.</param>
    /// <param name="transposed">layer.Outputs rows per panel, layer.Inputs columns padded to 8; padding is left as it is (zero).</param>
    public static void Run(in DenseLayer layer, float* w, float* transposed)
    {
        var columns = DenseLayer.RoundUp(layer.Inputs, 8);
        var wholeInputs = Avx.IsSupported ? layer.Inputs / 8 * 8 : 0;
        var wholeOutputs = Avx.IsSupported ? layer.Outputs / 8 * 8 : 0;
        for (var n = 0; n < wholeOutputs; n += 8)
        {
            var sourceWidth = Math.Min(16, layer.Columns - (n / 16 * 16));
            for (var k = 0; k < wholeInputs; k += 8)
            {
                var targetWidth = Math.Min(16, columns - (k / 16 * 16));
                Block(w + layer.IndexOf(k, n), sourceWidth, transposed + DenseLayer.PanelIndex(layer.Outputs, columns, n, k), targetWidth);
            }

            Elements(layer, w, transposed, columns, wholeInputs, layer.Inputs, n, n + 8);
        }

        Elements(layer, w, transposed, columns, 0, layer.Inputs, wholeOutputs, layer.Outputs);
    }

    private static void Elements(in DenseLayer layer, float* w, float* transposed, int columns, int kStart, int kEnd, int nStart, int nEnd)
    {
        // Both matrices lie in panels of 16 columns: inside one, a step along the row or the column is a constant distance.
        for (var n = nStart; n < nEnd; n++)
        {
            var source = w + layer.IndexOf(0, n);
            var sourceWidth = Math.Min(DenseLayer.PanelWidth, layer.Columns - (n / DenseLayer.PanelWidth * DenseLayer.PanelWidth));
            for (var k = kStart; k < kEnd;)
            {
                var panelEnd = Math.Min(kEnd, (k / DenseLayer.PanelWidth * DenseLayer.PanelWidth) + DenseLayer.PanelWidth);
                var target = transposed + DenseLayer.PanelIndex(layer.Outputs, columns, n, k);
                for (; k < panelEnd; k++)
                {
                    *target++ = source[k * sourceWidth];
                }
            }
        }
    }

    /// <summary>An 8×8 block by two rounds of unpacking and one of half exchanges.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block(float* source, nint from, float* target, nint to)
    {
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + from);
        Vector256<float> r2 = Vector256.Load(source + (2 * from)), r3 = Vector256.Load(source + (3 * from));
        Vector256<float> r4 = Vector256.Load(source + (4 * from)), r5 = Vector256.Load(source + (5 * from));
        Vector256<float> r6 = Vector256.Load(source + (6 * from)), r7 = Vector256.Load(source + (7 * from));
        Vector256<float> t0 = Avx.UnpackLow(r0, r1), t1 = Avx.UnpackHigh(r0, r1), t2 = Avx.UnpackLow(r2, r3), t3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> t4 = Avx.UnpackLow(r4, r5), t5 = Avx.UnpackHigh(r4, r5), t6 = Avx.UnpackLow(r6, r7), t7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> s0 = Avx.Shuffle(t0, t2, 0x44), s1 = Avx.Shuffle(t0, t2, 0xEE), s2 = Avx.Shuffle(t1, t3, 0x44), s3 = Avx.Shuffle(t1, t3, 0xEE);
        Vector256<float> s4 = Avx.Shuffle(t4, t6, 0x44), s5 = Avx.Shuffle(t4, t6, 0xEE), s6 = Avx.Shuffle(t5, t7, 0x44), s7 = Avx.Shuffle(t5, t7, 0xEE);
        Avx.Permute2x128(s0, s4, 0x20).Store(target);
        Avx.Permute2x128(s1, s5, 0x20).Store(target + to);
        Avx.Permute2x128(s2, s6, 0x20).Store(target + (2 * to));
        Avx.Permute2x128(s3, s7, 0x20).Store(target + (3 * to));
        Avx.Permute2x128(s0, s4, 0x31).Store(target + (4 * to));
        Avx.Permute2x128(s1, s5, 0x31).Store(target + (5 * to));
        Avx.Permute2x128(s2, s6, 0x31).Store(target + (6 * to));
        Avx.Permute2x128(s3, s7, 0x31).Store(target + (7 * to));
    }
}
