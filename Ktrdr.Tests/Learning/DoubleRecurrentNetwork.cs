using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Recurrent;

namespace Ktrdr.Tests.Learning;

/// <summary>LSTM and GRU by their definitions, in plain double loops with the platform's library functions: what the kernels are checked against.</summary>
internal sealed class DoubleRecurrentNetwork
{
    private readonly RecurrentShape _shape;

    private DoubleRecurrentNetwork(RecurrentShape shape, Dictionary<string, double[]> tensors) => (_shape, Tensors) = (shape, tensors);

    /// <summary>By PyTorch's names, row-major.</summary>
    public Dictionary<string, double[]> Tensors { get; }

    public static DoubleRecurrentNetwork From(Network network) => new(
        (RecurrentShape)network.Shape,
        network.Tensors.ToDictionary(t => t.Name, t => t.Read(network.Parameters.Span).Select(v => (double)v).ToArray(), StringComparer.Ordinal));

    /// <param name="window">SequenceLength rows.</param>
    /// <param name="keep">Factor of a state that leaves a layer: (layer, time step, unit); the last layer's time step is always the last.</param>
    public double[] Forward(ReadOnlySpan<float> window, Func<int, int, int, double> keep)
    {
        var inputs = window.ToArray().Chunk(_shape.Inputs).Select(r => r.Select(v => (double)v).ToArray()).ToArray();
        for (var l = 0; l < _shape.Layers; l++)
        {
            var (h, c) = (new double[_shape.HiddenSize], new double[_shape.HiddenSize]);
            for (var t = 0; t < inputs.Length; t++)
            {
                (h, c) = _shape.Cell == RecurrentCell.Lstm ? Lstm(l, inputs[t], h, c) : (Gru(l, inputs[t], h), c);
                inputs[t] = [.. h.Select((v, unit) => l < _shape.Layers - 1 || t == _shape.SequenceLength - 1 ? v * keep(l, t, unit) : v)];
            }
        }

        return Linear("fc.weight", "fc.bias", inputs[^1]);
    }

    private (double[] H, double[] C) Lstm(int l, double[] x, double[] h, double[] c)
    {
        var size = _shape.HiddenSize;
        double[] gates = [.. InputShare(l, x).Zip(HiddenShare(l, h), (a, b) => a + b)];
        var next = new double[size];
        var state = new double[size];
        for (var u = 0; u < size; u++)
        {
            next[u] = (Sigmoid(gates[size + u]) * c[u]) + (Sigmoid(gates[u]) * Math.Tanh(gates[(2 * size) + u]));
            state[u] = Sigmoid(gates[(3 * size) + u]) * Math.Tanh(next[u]);
        }

        return (state, next);
    }

    private double[] Gru(int l, double[] x, double[] h)
    {
        var size = _shape.HiddenSize;
        var (a, b) = (InputShare(l, x), HiddenShare(l, h));
        var state = new double[size];
        for (var u = 0; u < size; u++)
        {
            var r = Sigmoid(a[u] + b[u]);
            var z = Sigmoid(a[size + u] + b[size + u]);
            var n = Math.Tanh(a[(2 * size) + u] + (r * b[(2 * size) + u]));
            state[u] = ((1 - z) * n) + (z * h[u]);
        }

        return state;
    }

    private double[] InputShare(int l, double[] x) => Linear($"{Cell}.weight_ih_l{l}", $"{Cell}.bias_ih_l{l}", x);

    private double[] HiddenShare(int l, double[] h) => Linear($"{Cell}.weight_hh_l{l}", $"{Cell}.bias_hh_l{l}", h);

    private string Cell => _shape.Cell.ToString().ToLowerInvariant();

    private double[] Linear(string weight, string bias, double[] x)
    {
        var w = Tensors[weight];
        double[] y = [.. Tensors[bias]];
        for (var n = 0; n < y.Length; n++)
        {
            for (var k = 0; k < x.Length; k++)
            {
                y[n] += w[(n * x.Length) + k] * x[k];
            }
        }

        return y;
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}
