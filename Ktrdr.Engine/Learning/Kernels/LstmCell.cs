using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// One step of an LSTM in lanes over the units, after the two products gx = b + W·x and gh = b + W·h have been formed for the four gates:
/// i = σ, f = σ, g = tanh, o = σ of gx + gh; c ← f·c + i·g; h = o·tanh(c). A row of gates holds i, f, g, o, each of <c>columns</c> floats.
/// </summary>
internal static unsafe class LstmCell
{
    /// <param name="gx">Row s at gx + s·<paramref name="gateStride"/>.</param>
    /// <param name="gates">Receives the activated gates, which <see cref="Backward"/> reads; may be <paramref name="gx"/>, or null in prediction.</param>
    /// <param name="c">May be <paramref name="previousC"/>.</param>
    /// <param name="tanhC">Receives tanh(c), or null in prediction.</param>
    /// <param name="columns">Units, a multiple of 8.</param>
    public static void Forward(float* gx, float* gh, int gateStride, float* previousC, float* gates, float* c, float* tanhC, float* h, int stride, int rows, int columns)
    {
        for (var s = 0; s < rows; s++)
        {
            var (at, unit) = (s * gateStride, s * stride);
            for (var n = 0; n < columns; n += 8, at += 8, unit += 8)
            {
                var i = Elementary.Sigmoid(Vector256.Load(gx + at) + Vector256.Load(gh + at));
                var f = Elementary.Sigmoid(Vector256.Load(gx + at + columns) + Vector256.Load(gh + at + columns));
                var g = Elementary.Tanh(Vector256.Load(gx + at + (2 * columns)) + Vector256.Load(gh + at + (2 * columns)));
                var o = Elementary.Sigmoid(Vector256.Load(gx + at + (3 * columns)) + Vector256.Load(gh + at + (3 * columns)));
                var memory = Vector256.FusedMultiplyAdd(f, Vector256.Load(previousC + unit), i * g);
                var squashed = Elementary.Tanh(memory);
                memory.Store(c + unit);
                (o * squashed).Store(h + unit);
                if (gates is not null)
                {
                    i.Store(gates + at);
                    f.Store(gates + at + columns);
                    g.Store(gates + at + (2 * columns));
                    o.Store(gates + at + (3 * columns));
                    squashed.Store(tanhC + unit);
                }
            }
        }
    }

    /// <summary>Replaces the gates by the gradients before their activations.</summary>
    /// <param name="recurrent">Gradient of h from the next step.</param>
    /// <param name="upstream">Gradient of h from the layer above.</param>
    /// <param name="dc">In: gradient of c from the next step; out: of the previous c.</param>
    public static void Backward(float* gates, int gateStride, float* previousC, float* tanhC, float* recurrent, float* upstream, float* dc, int stride, int rows, int columns)
    {
        var one = Vector256.Create(1f);
        for (var s = 0; s < rows; s++)
        {
            var (at, unit) = (s * gateStride, s * stride);
            for (var n = 0; n < columns; n += 8, at += 8, unit += 8)
            {
                Vector256<float> i = Vector256.Load(gates + at), f = Vector256.Load(gates + at + columns);
                Vector256<float> g = Vector256.Load(gates + at + (2 * columns)), o = Vector256.Load(gates + at + (3 * columns));
                var squashed = Vector256.Load(tanhC + unit);
                var dh = Vector256.Load(recurrent + unit) + Vector256.Load(upstream + unit);
                var memory = Vector256.FusedMultiplyAdd(dh * o, Vector256.FusedMultiplyAdd(-squashed, squashed, one), Vector256.Load(dc + unit));
                (memory * g * Vector256.FusedMultiplyAdd(-i, i, i)).Store(gates + at);
                (memory * Vector256.Load(previousC + unit) * Vector256.FusedMultiplyAdd(-f, f, f)).Store(gates + at + columns);
                (memory * i * Vector256.FusedMultiplyAdd(-g, g, one)).Store(gates + at + (2 * columns));
                (dh * squashed * Vector256.FusedMultiplyAdd(-o, o, o)).Store(gates + at + (3 * columns));
                (memory * f).Store(dc + unit);
            }
        }
    }

    /// <summary><see cref="Forward"/> in plain scalar code: the oracle of the tests.</summary>
    public static void ForwardScalar(float* gx, float* gh, int gateStride, float* previousC, float* gates, float* c, float* tanhC, float* h, int stride, int rows, int columns)
    {
        for (var s = 0; s < rows; s++)
        {
            for (var n = 0; n < columns; n++)
            {
                var (at, unit) = ((s * gateStride) + n, (s * stride) + n);
                var i = Elementary.Sigmoid(gx[at] + gh[at]);
                var f = Elementary.Sigmoid(gx[at + columns] + gh[at + columns]);
                var g = Elementary.Tanh(gx[at + (2 * columns)] + gh[at + (2 * columns)]);
                var o = Elementary.Sigmoid(gx[at + (3 * columns)] + gh[at + (3 * columns)]);
                c[unit] = MathF.FusedMultiplyAdd(f, previousC[unit], i * g);
                tanhC[unit] = Elementary.Tanh(c[unit]);
                h[unit] = o * tanhC[unit];
                (gates[at], gates[at + columns], gates[at + (2 * columns)], gates[at + (3 * columns)]) = (i, f, g, o);
            }
        }
    }

    /// <summary><see cref="Backward"/> in plain scalar code: the oracle of the tests.</summary>
    public static void BackwardScalar(float* gates, int gateStride, float* previousC, float* tanhC, float* recurrent, float* upstream, float* dc, int stride, int rows, int columns)
    {
        for (var s = 0; s < rows; s++)
        {
            for (var n = 0; n < columns; n++)
            {
                var (at, unit) = ((s * gateStride) + n, (s * stride) + n);
                var (i, f, g, o) = (gates[at], gates[at + columns], gates[at + (2 * columns)], gates[at + (3 * columns)]);
                var dh = recurrent[unit] + upstream[unit];
                var memory = MathF.FusedMultiplyAdd(dh * o, MathF.FusedMultiplyAdd(-tanhC[unit], tanhC[unit], 1), dc[unit]);
                gates[at] = memory * g * MathF.FusedMultiplyAdd(-i, i, i);
                gates[at + columns] = memory * previousC[unit] * MathF.FusedMultiplyAdd(-f, f, f);
                gates[at + (2 * columns)] = memory * i * MathF.FusedMultiplyAdd(-g, g, 1);
                gates[at + (3 * columns)] = dh * tanhC[unit] * MathF.FusedMultiplyAdd(-o, o, o);
                dc[unit] = memory * f;
            }
        }
    }
}
