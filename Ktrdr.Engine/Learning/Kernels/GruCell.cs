using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// One step of a GRU in lanes over the units, after the two products gx = b + W·x and gh = b + W·h have been formed for the three gates:
/// r = σ(gx + gh), z = σ(gx + gh), n = tanh(gx + r·gh), h = n + z·(h − n). A row of gates holds r, z, n, each of <c>columns</c> floats.
/// </summary>
internal static unsafe class GruCell
{
    /// <param name="gx">Row s at gx + s·<paramref name="gateStride"/>.</param>
    /// <param name="gates">Receives the activated gates, which <see cref="Backward"/> reads; may be <paramref name="gx"/>, or null in prediction.</param>
    /// <param name="candidate">Receives gh's part of n before the reset gate, or null in prediction.</param>
    /// <param name="h">May be <paramref name="previousH"/>.</param>
    /// <param name="columns">Units, a multiple of 8.</param>
    public static void Forward(float* gx, float* gh, int gateStride, float* previousH, float* gates, float* candidate, float* h, int stride, int rows, int columns)
    {
        for (var s = 0; s < rows; s++)
        {
            var (at, unit) = (s * gateStride, s * stride);
            for (var k = 0; k < columns; k += 8, at += 8, unit += 8)
            {
                var r = Elementary.Sigmoid(Vector256.Load(gx + at) + Vector256.Load(gh + at));
                var z = Elementary.Sigmoid(Vector256.Load(gx + at + columns) + Vector256.Load(gh + at + columns));
                var hidden = Vector256.Load(gh + at + (2 * columns));
                var n = Elementary.Tanh(Vector256.FusedMultiplyAdd(r, hidden, Vector256.Load(gx + at + (2 * columns))));
                Vector256.FusedMultiplyAdd(z, Vector256.Load(previousH + unit) - n, n).Store(h + unit);
                if (gates is not null)
                {
                    r.Store(gates + at);
                    z.Store(gates + at + columns);
                    n.Store(gates + at + (2 * columns));
                    hidden.Store(candidate + unit);
                }
            }
        }
    }

    /// <summary>Replaces the gates by the gradients of gx and gives those of gh, which differ in the third gate.</summary>
    /// <param name="recurrent">Gradient of h from the next step's gates.</param>
    /// <param name="direct">In: gradient of h from the next step's blend; out: for the previous step.</param>
    /// <param name="upstream">Gradient of h from the layer above.</param>
    public static void Backward(float* gates, float* hiddenGates, int gateStride, float* previousH, float* candidate, float* recurrent, float* direct, float* upstream, int stride, int rows, int columns)
    {
        var one = Vector256.Create(1f);
        for (var s = 0; s < rows; s++)
        {
            var (at, unit) = (s * gateStride, s * stride);
            for (var k = 0; k < columns; k += 8, at += 8, unit += 8)
            {
                Vector256<float> r = Vector256.Load(gates + at), z = Vector256.Load(gates + at + columns), n = Vector256.Load(gates + at + (2 * columns));
                var dh = Vector256.Load(recurrent + unit) + Vector256.Load(direct + unit) + Vector256.Load(upstream + unit);
                var dn = dh * (one - z) * Vector256.FusedMultiplyAdd(-n, n, one);
                var dr = dn * Vector256.Load(candidate + unit) * Vector256.FusedMultiplyAdd(-r, r, r);
                var dz = dh * (Vector256.Load(previousH + unit) - n) * Vector256.FusedMultiplyAdd(-z, z, z);
                dr.Store(gates + at);
                dz.Store(gates + at + columns);
                dn.Store(gates + at + (2 * columns));
                dr.Store(hiddenGates + at);
                dz.Store(hiddenGates + at + columns);
                (dn * r).Store(hiddenGates + at + (2 * columns));
                (dh * z).Store(direct + unit);
            }
        }
    }

    /// <summary><see cref="Forward"/> in plain scalar code: the oracle of the tests.</summary>
    public static void ForwardScalar(float* gx, float* gh, int gateStride, float* previousH, float* gates, float* candidate, float* h, int stride, int rows, int columns)
    {
        for (var s = 0; s < rows; s++)
        {
            for (var k = 0; k < columns; k++)
            {
                var (at, unit) = ((s * gateStride) + k, (s * stride) + k);
                var r = Elementary.Sigmoid(gx[at] + gh[at]);
                var z = Elementary.Sigmoid(gx[at + columns] + gh[at + columns]);
                candidate[unit] = gh[at + (2 * columns)];
                var n = Elementary.Tanh(MathF.FusedMultiplyAdd(r, candidate[unit], gx[at + (2 * columns)]));
                h[unit] = MathF.FusedMultiplyAdd(z, previousH[unit] - n, n);
                (gates[at], gates[at + columns], gates[at + (2 * columns)]) = (r, z, n);
            }
        }
    }

    /// <summary><see cref="Backward"/> in plain scalar code: the oracle of the tests.</summary>
    public static void BackwardScalar(float* gates, float* hiddenGates, int gateStride, float* previousH, float* candidate, float* recurrent, float* direct, float* upstream, int stride, int rows, int columns)
    {
        for (var s = 0; s < rows; s++)
        {
            for (var k = 0; k < columns; k++)
            {
                var (at, unit) = ((s * gateStride) + k, (s * stride) + k);
                var (r, z, n) = (gates[at], gates[at + columns], gates[at + (2 * columns)]);
                var dh = recurrent[unit] + direct[unit] + upstream[unit];
                var dn = dh * (1 - z) * MathF.FusedMultiplyAdd(-n, n, 1);
                var dr = dn * candidate[unit] * MathF.FusedMultiplyAdd(-r, r, r);
                var dz = dh * (previousH[unit] - n) * MathF.FusedMultiplyAdd(-z, z, z);
                (gates[at], gates[at + columns], gates[at + (2 * columns)]) = (dr, dz, dn);
                (hiddenGates[at], hiddenGates[at + columns], hiddenGates[at + (2 * columns)]) = (dr, dz, dn * r);
                direct[unit] = dh * z;
            }
        }
    }
}
