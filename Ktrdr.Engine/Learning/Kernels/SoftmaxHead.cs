using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>Softmax and weighted cross-entropy, eight rows in the lanes of one vector.</summary>
internal static unsafe class SoftmaxHead
{
    private const int Lanes = 8;

    /// <summary>
    /// Replaces logits by the unnormalised gradient w·(p − [class]) and gives each row's loss w·(log Σ e^z − z_class). The caller divides by Σ w.
    /// </summary>
    /// <param name="logits">Row s at logits + s·<paramref name="stride"/>; padded columns stay as they are (zero).</param>
    /// <param name="hits">Rows whose greatest logit is their class's (first of equals), counted where the weight is positive or not.</param>
    /// <param name="predicted">Incremented per row at its greatest logit; may be null.</param>
    public static void Run(float* logits, int stride, int rows, int classes, int* target, float* weight, float* loss, ref long hits, long* predicted)
    {
        var lanes = stackalloc float[Lanes * classes];
        var greatest = stackalloc float[Lanes];
        var logSum = stackalloc float[Lanes];
        var choice = stackalloc int[Lanes];
        for (var start = 0; start < rows; start += Lanes)
        {
            var count = Math.Min(Lanes, rows - start);
            var z = logits + (start * stride);
            var sum = Exponentials(z, stride, count, classes, lanes, out var max, out var best);
            max.Store(greatest);
            best.Store(choice);
            Elementary.Log(sum).Store(logSum);
            Normalize(lanes, classes, sum);
            for (var s = 0; s < count; s++)
            {
                var row = z + (s * stride);
                var own = target[start + s];
                var w = weight[start + s];
                loss[start + s] = w * (logSum[s] + (greatest[s] - row[own]));
                for (var c = 0; c < classes; c++)
                {
                    row[c] = w * lanes[(c * Lanes) + s];
                }

                row[own] = w * (lanes[(own * Lanes) + s] - 1f);
                hits += choice[s] == own ? 1 : 0;
                if (predicted is not null)
                {
                    predicted[choice[s]]++;
                }
            }
        }
    }

    /// <summary>Replaces each row's logits by softmax probabilities.</summary>
    public static void Probabilities(float* logits, int stride, int rows, int classes)
    {
        var lanes = stackalloc float[Lanes * classes];
        for (var start = 0; start < rows; start += Lanes)
        {
            var count = Math.Min(Lanes, rows - start);
            var z = logits + (start * stride);
            Normalize(lanes, classes, Exponentials(z, stride, count, classes, lanes, out _, out _));
            for (var c = 0; c < classes; c++)
            {
                for (var s = 0; s < count; s++)
                {
                    z[(s * stride) + c] = lanes[(c * Lanes) + s];
                }
            }
        }
    }

    /// <summary>Turns up to eight rows into lanes[class][row] = e^(z − max) and gives their sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exponentials(float* z, int stride, int count, int classes, float* lanes, out Vector256<float> max, out Vector256<int> best)
    {
        for (var c = 0; c < classes; c++)
        {
            Vector256<float>.Zero.Store(lanes + (c * Lanes));
            for (var s = 0; s < count; s++)
            {
                lanes[(c * Lanes) + s] = z[(s * stride) + c];
            }
        }

        max = Vector256.Load(lanes);
        best = Vector256<int>.Zero;
        for (var c = 1; c < classes; c++)
        {
            var value = Vector256.Load(lanes + (c * Lanes));
            var greater = Vector256.GreaterThan(value, max);
            max = Vector256.ConditionalSelect(greater, value, max);
            best = Vector256.ConditionalSelect(greater.AsInt32(), Vector256.Create(c), best);
        }

        var sum = Vector256<float>.Zero;
        for (var c = 0; c < classes; c++)
        {
            var e = Elementary.Exp(Vector256.Load(lanes + (c * Lanes)) - max);
            e.Store(lanes + (c * Lanes));
            sum += e;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Normalize(float* lanes, int classes, Vector256<float> sum)
    {
        var inverse = Vector256.Create(1f) / sum;
        for (var c = 0; c < classes; c++)
        {
            (Vector256.Load(lanes + (c * Lanes)) * inverse).Store(lanes + (c * Lanes));
        }
    }
}
