using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>Dropout by itself, where no activation is there to fold it into: y = x·mask, and the mask (0 or 1/(1 − rate)) is kept for the way back.</summary>
internal static unsafe class DropoutMask
{
    /// <param name="firstRow">Number of the first row for the draws.</param>
    /// <param name="rowStep">What the number grows by from row to row.</param>
    /// <param name="columns">A multiple of 8.</param>
    public static void Run(float* x, float* y, float* mask, int stride, int rows, int columns, in DropoutStream dropout, int firstRow, int rowStep, int layer)
    {
        var scale = Vector256.Create(dropout.Scale);
        var threshold = Vector256.Create(dropout.Threshold);
        for (var s = 0; s < rows; s++, x += stride, y += stride, mask += stride)
        {
            var counter = dropout.Counter(layer, firstRow + (s * rowStep));
            for (var n = 0; n < columns; n += 16)
            {
                var bits = dropout.Hash(counter);
                counter += Vector256.Create(8u);
                var keep = Vector256.GreaterThan((bits & Vector256.Create(0xFFFFu)).AsInt32(), threshold).AsSingle() & scale;
                keep.Store(mask + n);
                (Vector256.Load(x + n) * keep).Store(y + n);
                if (n + 8 < columns)
                {
                    keep = Vector256.GreaterThan(Vector256.ShiftRightLogical(bits, 16).AsInt32(), threshold).AsSingle() & scale;
                    keep.Store(mask + n + 8);
                    (Vector256.Load(x + n + 8) * keep).Store(y + n + 8);
                }
            }
        }
    }
}
