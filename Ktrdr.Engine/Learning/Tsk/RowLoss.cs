using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>The losses of <see cref="Kernels.SoftmaxHead"/> and <see cref="Kernels.RegressionHead"/> for one row: outputs in, slopes by the outputs out.</summary>
internal static class RowLoss
{
    public static double CrossEntropy(Span<float> outputs, int target)
    {
        var greatest = outputs[0];
        foreach (var z in outputs)
        {
            greatest = Math.Max(greatest, z);
        }

        var own = outputs[target];
        var sum = 0f;
        foreach (ref var z in outputs)
        {
            z = Elementary.Exp(z - greatest);
            sum += z;
        }

        foreach (ref var z in outputs)
        {
            z /= sum;
        }

        outputs[target] -= 1;
        return Elementary.Log((double)sum) + greatest - own;
    }

    /// <param name="delta">δ &gt; 0, or 0 for the squared error.</param>
    public static double Regression(Span<float> outputs, float target, float delta)
    {
        var d = outputs[0] - target;
        var magnitude = Math.Abs(d);
        if (delta == 0)
        {
            outputs[0] = 2 * d;
            return d * d;
        }

        outputs[0] = magnitude > delta ? d > 0 ? delta : -delta : d;
        return magnitude > delta ? delta * (magnitude - (0.5 * delta)) : 0.5 * d * d;
    }
}
