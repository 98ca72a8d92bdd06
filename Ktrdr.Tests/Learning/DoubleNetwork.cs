using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Learning.Mlp;

namespace Ktrdr.Tests.Learning;

/// <summary>The same network and losses in plain double loops with the platform's library functions: what the kernels are checked against.</summary>
internal sealed class DoubleNetwork(MlpShape shape)
{
    private readonly int[] _widths = [shape.Inputs, .. shape.Hidden, shape.Outputs];

    /// <summary>Per layer [out, in], then biases, as PyTorch lays them out.</summary>
    public double[][] Weights { get; } = new double[shape.Hidden.Count + 1][];

    public double[][] Biases { get; } = new double[shape.Hidden.Count + 1][];

    public static DoubleNetwork From(Network trained)
    {
        var network = (MlpNetwork)trained;
        var copy = new DoubleNetwork(network.Shape);
        var values = network.Parameters.Span;
        for (var i = 0; i < network.Layers.Length; i++)
        {
            var layer = network.Layers[i];
            copy.Weights[i] = new double[layer.Outputs * layer.Inputs];
            copy.Biases[i] = new double[layer.Outputs];
            for (var n = 0; n < layer.Outputs; n++)
            {
                copy.Biases[i][n] = values[layer.BiasOffset + n];
                for (var k = 0; k < layer.Inputs; k++)
                {
                    copy.Weights[i][(n * layer.Inputs) + k] = values[layer.WeightOffset + layer.IndexOf(k, n)];
                }
            }
        }

        return copy;
    }

    /// <param name="keep">Factor of a hidden unit (layer, unit): 1 without dropout.</param>
    public double[] Forward(ReadOnlySpan<float> row, Func<int, int, double> keep)
    {
        var x = row.ToArray().Select(v => (double)v).ToArray();
        for (var i = 0; i < Weights.Length; i++)
        {
            var y = new double[_widths[i + 1]];
            for (var n = 0; n < y.Length; n++)
            {
                y[n] = Biases[i][n];
                for (var k = 0; k < x.Length; k++)
                {
                    y[n] += Weights[i][(n * x.Length) + k] * x[k];
                }

                if (i < Weights.Length - 1)
                {
                    y[n] = Activate(y[n]) * keep(i, n);
                }
            }

            x = y;
        }

        return x;
    }

    public static double CrossEntropy(double[] logits, int own)
    {
        var max = logits.Max();
        return Math.Log(logits.Sum(z => Math.Exp(z - max))) + max - logits[own];
    }

    public static double Huber(double difference, double delta)
        => Math.Abs(difference) <= delta ? 0.5 * difference * difference : delta * (Math.Abs(difference) - (0.5 * delta));

    /// <summary>The factors that a step's dropout gives the units of one row.</summary>
    public static Func<int, int, double> Mask(DropoutStream dropout, int row) => (layer, unit) =>
    {
        var bits = dropout.Hash(dropout.Counter(layer, row) + System.Runtime.Intrinsics.Vector256.Create((uint)(unit / 16 * 8)));
        var draw = (int)(unit % 16 < 8 ? bits[unit % 8] & 0xFFFF : bits[unit % 8] >> 16);
        return !dropout.IsActive ? 1 : draw > dropout.Threshold ? dropout.Scale : 0;
    };

    private double Activate(double z) => shape.Activation switch
    {
        Activation.Relu => Math.Max(z, 0),
        Activation.LeakyRelu => z > 0 ? z : 0.01f * z,
        Activation.Tanh => Math.Tanh(z),
        _ => 1 / (1 + Math.Exp(-z)),
    };
}
