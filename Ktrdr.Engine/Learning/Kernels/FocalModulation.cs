using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// Turns the cross-entropy that <see cref="SoftmaxHead"/> left behind into focal loss (Lin et al., "Focal Loss for Dense Object Detection", 2017):
/// FL = (1 − p)^γ·CE with p the probability of the row's class, whose gradient is that of CE times (1 − p)^γ·(1 + γ·p·CE / (1 − p)).
/// </summary>
internal static unsafe class FocalModulation
{
    private const int Lanes = 8;

    /// <summary>Below this 1 − p counts as this: its powers must stay finite, and what they are multiplied by is then 0.</summary>
    private const float LeastRest = 1e-30f;

    /// <param name="gradients">w·(p − [class]) per class, row s at gradients + s·<paramref name="stride"/>.</param>
    /// <param name="loss">w·CE per row.</param>
    public static void Run(float* gradients, int stride, int rows, int classes, int* target, float* weight, float* loss, float gamma)
    {
        var rest = stackalloc float[Lanes];
        var modulation = stackalloc float[Lanes];
        for (var start = 0; start < rows; start += Lanes)
        {
            var count = Math.Min(Lanes, rows - start);
            for (var s = 0; s < Lanes; s++)
            {
                rest[s] = s < count ? Rest(gradients + ((start + s) * stride), classes, target[start + s], weight[start + s]) : 1;
            }

            Elementary.Exp(Vector256.Create(gamma) * Elementary.Log(Vector256.Load(rest))).Store(modulation);
            for (var s = 0; s < count; s++)
            {
                var row = start + s;
                if (weight[row] == 0)
                {
                    continue;
                }

                var factor = modulation[s] * (1 + (gamma * (1 - rest[s]) * (loss[row] / weight[row]) / rest[s]));
                loss[row] *= modulation[s];
                for (var c = 0; c < classes; c++)
                {
                    gradients[(row * stride) + c] *= factor;
                }
            }
        }
    }

    /// <summary>1 − p as the sum of the other classes, which does not cancel where p is near 1.</summary>
    private static float Rest(float* gradients, int classes, int own, float weight)
    {
        if (weight == 0)
        {
            return 1;
        }

        var sum = 0f;
        for (var c = 0; c < classes; c++)
        {
            sum += c == own ? 0 : gradients[c] / weight;
        }

        // NaN compares false: keep it, so that the guard against diverged training sees it.
        return sum < LeastRest ? LeastRest : sum;
    }
}
