using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>Transposes a block of 8×8 floats by two rounds of unpacking and one of half exchanges. Moves data only: no bit can differ.</summary>
internal static unsafe class Transpose8
{
    /// <param name="from">Floats between two rows of the source.</param>
    /// <param name="to">Floats between two rows of the target.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* source, nint from, float* target, nint to)
    {
        if (!Avx.IsSupported)
        {
            RunScalar(source, from, target, to);
            return;
        }

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

    /// <summary>The same in plain scalar code, for machines without these shuffles.</summary>
    public static void RunScalar(float* source, nint from, float* target, nint to)
    {
        for (var row = 0; row < 8; row++)
        {
            for (var column = 0; column < 8; column++)
            {
                target[(column * to) + row] = source[(row * from) + column];
            }
        }
    }
}
