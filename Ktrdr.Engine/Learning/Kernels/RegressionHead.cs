namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>Huber and squared error of a single output.</summary>
internal static unsafe class RegressionHead
{
    /// <summary>
    /// Replaces outputs by the unnormalised gradient and gives each row's weighted loss. Huber as PyTorch defines it: ½d² up to |d| = δ, then δ(|d| − ½δ);
    /// squared error is d² (gradient 2d).
    /// </summary>
    /// <param name="delta">δ &gt; 0, or 0 for the squared error.</param>
    public static void Run(float* outputs, int stride, int rows, float* target, float* weight, float delta, float* loss)
    {
        for (var s = 0; s < rows; s++)
        {
            var d = outputs[s * stride] - target[s];
            var w = weight[s];
            var magnitude = MathF.Abs(d);
            float value, slope;
            if (delta == 0)
            {
                value = d * d;
                slope = 2 * d;
            }
            else if (magnitude > delta)
            {
                value = delta * (magnitude - (0.5f * delta));
                slope = d > 0 ? delta : -delta;
            }
            else
            {
                value = 0.5f * d * d;
                slope = d;
            }

            loss[s] = w * value;
            outputs[s * stride] = w * slope;
        }
    }
}
