using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// One optimiser step over the flat parameter buffer, as PyTorch defines each optimiser. <c>scale</c> carries 1/Σw and the clip factor, so the gradient is read once.
/// L2 decay is added to the gradient after clipping.
/// </summary>
internal static unsafe class OptimizerUpdate
{
    public const float Beta1 = 0.9f;
    public const float Beta2 = 0.999f;
    public const float Epsilon = 1e-8f;
    public const float Momentum = 0.9f;
    public const float Smoothing = 0.99f;

    // Not 1 − β in single precision: that subtraction alone would be wrong by 2e-5.
    private const float Rest1 = 0.1f;
    private const float Rest2 = 0.001f;
    private const float RestSmoothing = 0.01f;

    /// <summary>Adam; with <paramref name="shrink"/> = 1 − lr·decay instead of <paramref name="decay"/> it is AdamW.</summary>
    /// <param name="stepSize">lr / (1 − β1^t).</param>
    /// <param name="inverseRoot2">1 / √(1 − β2^t).</param>
    public static void Adam(float* p, float* g, float* m, float* v, int length, float scale, float decay, float shrink, float stepSize, float inverseRoot2)
    {
        Vector256<float> scales = Vector256.Create(scale), decays = Vector256.Create(decay), shrinks = Vector256.Create(shrink);
        Vector256<float> beta1 = Vector256.Create(Beta1), rest1 = Vector256.Create(Rest1), beta2 = Vector256.Create(Beta2), rest2 = Vector256.Create(Rest2);
        Vector256<float> steps = Vector256.Create(-stepSize), roots = Vector256.Create(inverseRoot2), epsilon = Vector256.Create(Epsilon);
        for (nint i = 0; i < length; i += 8)
        {
            var weight = Vector256.Load(p + i);
            var gradient = Vector256.FusedMultiplyAdd(weight, decays, Vector256.Load(g + i) * scales);
            var first = Vector256.FusedMultiplyAdd(beta1, Vector256.Load(m + i), rest1 * gradient);
            var second = Vector256.FusedMultiplyAdd(beta2, Vector256.Load(v + i), rest2 * gradient * gradient);
            first.Store(m + i);
            second.Store(v + i);
            var denominator = Vector256.FusedMultiplyAdd(Vector256.Sqrt(second), roots, epsilon);
            Vector256.FusedMultiplyAdd(steps, first / denominator, weight * shrinks).Store(p + i);
        }
    }

    /// <summary>Stochastic gradient descent with momentum 0.9 (no dampening, no Nesterov).</summary>
    public static void Sgd(float* p, float* g, float* velocity, int length, float scale, float decay, float learningRate)
    {
        Vector256<float> scales = Vector256.Create(scale), decays = Vector256.Create(decay), momentum = Vector256.Create(Momentum), steps = Vector256.Create(-learningRate);
        for (nint i = 0; i < length; i += 8)
        {
            var weight = Vector256.Load(p + i);
            var gradient = Vector256.FusedMultiplyAdd(weight, decays, Vector256.Load(g + i) * scales);
            var next = Vector256.FusedMultiplyAdd(momentum, Vector256.Load(velocity + i), gradient);
            next.Store(velocity + i);
            Vector256.FusedMultiplyAdd(steps, next, weight).Store(p + i);
        }
    }

    /// <summary>RMSprop with α 0.99, not centred, no momentum.</summary>
    public static void RmsProp(float* p, float* g, float* square, int length, float scale, float decay, float learningRate)
    {
        Vector256<float> scales = Vector256.Create(scale), decays = Vector256.Create(decay), alpha = Vector256.Create(Smoothing), rest = Vector256.Create(RestSmoothing);
        Vector256<float> steps = Vector256.Create(-learningRate), epsilon = Vector256.Create(Epsilon);
        for (nint i = 0; i < length; i += 8)
        {
            var weight = Vector256.Load(p + i);
            var gradient = Vector256.FusedMultiplyAdd(weight, decays, Vector256.Load(g + i) * scales);
            var next = Vector256.FusedMultiplyAdd(alpha, Vector256.Load(square + i), rest * gradient * gradient);
            next.Store(square + i);
            Vector256.FusedMultiplyAdd(steps, gradient / (Vector256.Sqrt(next) + epsilon), weight).Store(p + i);
        }
    }

    /// <summary><see cref="Adam"/> in plain scalar code: the oracle of the tests.</summary>
    public static void AdamScalar(float* p, float* g, float* m, float* v, int length, float scale, float decay, float shrink, float stepSize, float inverseRoot2)
    {
        for (var i = 0; i < length; i++)
        {
            var gradient = MathF.FusedMultiplyAdd(p[i], decay, g[i] * scale);
            m[i] = MathF.FusedMultiplyAdd(Beta1, m[i], Rest1 * gradient);
            v[i] = MathF.FusedMultiplyAdd(Beta2, v[i], Rest2 * gradient * gradient);
            p[i] = MathF.FusedMultiplyAdd(-stepSize, m[i] / MathF.FusedMultiplyAdd(MathF.Sqrt(v[i]), inverseRoot2, Epsilon), p[i] * shrink);
        }
    }

    /// <summary><see cref="Sgd"/> in plain scalar code: the oracle of the tests.</summary>
    public static void SgdScalar(float* p, float* g, float* velocity, int length, float scale, float decay, float learningRate)
    {
        for (var i = 0; i < length; i++)
        {
            velocity[i] = MathF.FusedMultiplyAdd(Momentum, velocity[i], MathF.FusedMultiplyAdd(p[i], decay, g[i] * scale));
            p[i] = MathF.FusedMultiplyAdd(-learningRate, velocity[i], p[i]);
        }
    }

    /// <summary><see cref="RmsProp"/> in plain scalar code: the oracle of the tests.</summary>
    public static void RmsPropScalar(float* p, float* g, float* square, int length, float scale, float decay, float learningRate)
    {
        for (var i = 0; i < length; i++)
        {
            var gradient = MathF.FusedMultiplyAdd(p[i], decay, g[i] * scale);
            square[i] = MathF.FusedMultiplyAdd(Smoothing, square[i], RestSmoothing * gradient * gradient);
            p[i] = MathF.FusedMultiplyAdd(-learningRate, gradient / (MathF.Sqrt(square[i]) + Epsilon), p[i]);
        }
    }
}
