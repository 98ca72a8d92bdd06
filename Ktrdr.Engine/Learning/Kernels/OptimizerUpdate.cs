using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// One optimiser step over the flat parameter buffer, as PyTorch defines each optimiser. <c>scale</c> carries 1/Σw and the clip factor, so the gradient is read once.
/// L2 decay is added to the gradient after clipping. The gradient is left at zero, ready for the next batch. Adding and taking
/// away a tiny number turns gradients and moments below 1e-29 (squares below 1e-37) into 0 and leaves others as they are: units that are never active would
/// otherwise leave moments that fade into subnormal numbers, on which processors are many times slower.
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

    private const float Tiny = 1e-22f;
    private const float TinySquare = 1e-30f;

    /// <summary>Adam; with <paramref name="shrink"/> = 1 − lr·decay instead of <paramref name="decay"/> it is AdamW.</summary>
    /// <param name="stepSize">lr / (1 − β1^t).</param>
    /// <param name="inverseRoot2">1 / √(1 − β2^t).</param>
    public static void Adam(float* p, float* g, float* m, float* v, int length, float scale, float decay, float shrink, float stepSize, float inverseRoot2)
    {
        Vector256<float> tiny = Vector256.Create(Tiny), scales = Vector256.Create(scale), decays = Vector256.Create(decay), shrinks = Vector256.Create(shrink);
        Vector256<float> beta1 = Vector256.Create(Beta1), rest1 = Vector256.Create(Rest1), beta2 = Vector256.Create(Beta2), rest2 = Vector256.Create(Rest2);
        Vector256<float> steps = Vector256.Create(-stepSize), roots = Vector256.Create(inverseRoot2), epsilon = Vector256.Create(Epsilon), tinySquare = Vector256.Create(TinySquare);
        for (nint i = 0; i < length; i += 8)
        {
            var weight = Vector256.Load(p + i);
            var gradient = Vector256.FusedMultiplyAdd(weight, decays, Vector256.FusedMultiplyAdd(Vector256.Load(g + i), scales, tiny)) - tiny;
            Vector256<float>.Zero.Store(g + i);
            var first = Vector256.FusedMultiplyAdd(beta1, Vector256.Load(m + i), Vector256.FusedMultiplyAdd(rest1, gradient, tiny)) - tiny;
            var second = Vector256.FusedMultiplyAdd(rest2 * gradient, gradient, Vector256.FusedMultiplyAdd(beta2, Vector256.Load(v + i), tinySquare)) - tinySquare;
            first.Store(m + i);
            second.Store(v + i);
            var denominator = Vector256.FusedMultiplyAdd(Vector256.Sqrt(second), roots, epsilon);
            Vector256.FusedMultiplyAdd(steps, first / denominator, weight * shrinks).Store(p + i);
        }
    }

    /// <summary>Stochastic gradient descent with momentum 0.9 (no dampening, no Nesterov).</summary>
    public static void Sgd(float* p, float* g, float* velocity, int length, float scale, float decay, float learningRate)
    {
        Vector256<float> tiny = Vector256.Create(Tiny), scales = Vector256.Create(scale), decays = Vector256.Create(decay), momentum = Vector256.Create(Momentum), steps = Vector256.Create(-learningRate);
        for (nint i = 0; i < length; i += 8)
        {
            var weight = Vector256.Load(p + i);
            var gradient = Vector256.FusedMultiplyAdd(weight, decays, Vector256.FusedMultiplyAdd(Vector256.Load(g + i), scales, tiny)) - tiny;
            Vector256<float>.Zero.Store(g + i);
            var next = Vector256.FusedMultiplyAdd(momentum, Vector256.Load(velocity + i), gradient + tiny) - tiny;
            next.Store(velocity + i);
            Vector256.FusedMultiplyAdd(steps, next, weight).Store(p + i);
        }
    }

    /// <summary>RMSprop with α 0.99, not centred, no momentum.</summary>
    public static void RmsProp(float* p, float* g, float* square, int length, float scale, float decay, float learningRate)
    {
        Vector256<float> tiny = Vector256.Create(Tiny), scales = Vector256.Create(scale), decays = Vector256.Create(decay), alpha = Vector256.Create(Smoothing), rest = Vector256.Create(RestSmoothing);
        Vector256<float> steps = Vector256.Create(-learningRate), epsilon = Vector256.Create(Epsilon), tinySquare = Vector256.Create(TinySquare);
        for (nint i = 0; i < length; i += 8)
        {
            var weight = Vector256.Load(p + i);
            var gradient = Vector256.FusedMultiplyAdd(weight, decays, Vector256.FusedMultiplyAdd(Vector256.Load(g + i), scales, tiny)) - tiny;
            Vector256<float>.Zero.Store(g + i);
            var next = Vector256.FusedMultiplyAdd(rest * gradient, gradient, Vector256.FusedMultiplyAdd(alpha, Vector256.Load(square + i), tinySquare)) - tinySquare;
            next.Store(square + i);
            Vector256.FusedMultiplyAdd(steps, gradient / (Vector256.Sqrt(next) + epsilon), weight).Store(p + i);
        }
    }

    /// <summary><see cref="Adam"/> in plain scalar code: the oracle of the tests.</summary>
    public static void AdamScalar(float* p, float* g, float* m, float* v, int length, float scale, float decay, float shrink, float stepSize, float inverseRoot2)
    {
        for (var i = 0; i < length; i++)
        {
            var gradient = MathF.FusedMultiplyAdd(p[i], decay, MathF.FusedMultiplyAdd(g[i], scale, Tiny)) - Tiny;
            g[i] = 0;
            m[i] = MathF.FusedMultiplyAdd(Beta1, m[i], MathF.FusedMultiplyAdd(Rest1, gradient, Tiny)) - Tiny;
            v[i] = MathF.FusedMultiplyAdd(Rest2 * gradient, gradient, MathF.FusedMultiplyAdd(Beta2, v[i], TinySquare)) - TinySquare;
            p[i] = MathF.FusedMultiplyAdd(-stepSize, m[i] / MathF.FusedMultiplyAdd(MathF.Sqrt(v[i]), inverseRoot2, Epsilon), p[i] * shrink);
        }
    }

    /// <summary><see cref="Sgd"/> in plain scalar code: the oracle of the tests.</summary>
    public static void SgdScalar(float* p, float* g, float* velocity, int length, float scale, float decay, float learningRate)
    {
        for (var i = 0; i < length; i++)
        {
            var gradient = MathF.FusedMultiplyAdd(p[i], decay, MathF.FusedMultiplyAdd(g[i], scale, Tiny)) - Tiny;
            g[i] = 0;
            velocity[i] = MathF.FusedMultiplyAdd(Momentum, velocity[i], gradient + Tiny) - Tiny;
            p[i] = MathF.FusedMultiplyAdd(-learningRate, velocity[i], p[i]);
        }
    }

    /// <summary><see cref="RmsProp"/> in plain scalar code: the oracle of the tests.</summary>
    public static void RmsPropScalar(float* p, float* g, float* square, int length, float scale, float decay, float learningRate)
    {
        for (var i = 0; i < length; i++)
        {
            var gradient = MathF.FusedMultiplyAdd(p[i], decay, MathF.FusedMultiplyAdd(g[i], scale, Tiny)) - Tiny;
            g[i] = 0;
            square[i] = MathF.FusedMultiplyAdd(RestSmoothing * gradient, gradient, MathF.FusedMultiplyAdd(Smoothing, square[i], TinySquare)) - TinySquare;
            p[i] = MathF.FusedMultiplyAdd(-learningRate, gradient / (MathF.Sqrt(square[i]) + Epsilon), p[i]);
        }
    }
}
