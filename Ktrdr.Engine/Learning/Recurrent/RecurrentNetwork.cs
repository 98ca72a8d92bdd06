using System.Globalization;
using Ktrdr.Engine.Learning.Onnx;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Recurrent;

/// <summary>
/// An LSTM or GRU. Its tensors have the names of PyTorch's modules: lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0, lstm.bias_hh_l0 …, fc.weight, fc.bias.
/// In the buffer each gate's columns are padded to whole vectors; padded units stay 0 from beginning to end, because their weights are.
/// </summary>
public sealed class RecurrentNetwork : Network
{
    internal RecurrentNetwork(RecurrentShape shape)
        : this(shape, Place(shape))
    {
    }

    private RecurrentNetwork(RecurrentShape shape, (RecurrentLayer[] Layers, DenseLayer Head) places)
        : base(shape, places.Head.End)
    {
        Shape = shape;
        Layers = places.Layers;
        Head = places.Head;
        Tensors = [.. Layers.SelectMany((layer, i) => LayerTensors(shape, layer, i)), Head.Weight("fc.weight"), Head.Bias("fc.bias")];
    }

    public new RecurrentShape Shape { get; }

    internal RecurrentLayer[] Layers { get; }

    internal DenseLayer Head { get; }

    internal override IReadOnlyList<NamedTensor> Tensors { get; }

    internal override GradientPass CreatePass(bool training) => new RecurrentPass(Shape, Layers, Head, training);

    internal override void ScaleOutputs(float factor)
    {
        foreach (ref var value in Parameters.Span[Head.WeightOffset..Head.End])
        {
            value *= factor;
        }
    }

    internal override string AddTo(OnnxGraph graph, string input, string output)
    {
        // ONNX wants time first. Gates: i, o, f, c for LSTM where PyTorch has i, f, g, o; z, r, h for GRU where it has r, z, n.
        var (type, order) = Shape.Cell == RecurrentCell.Lstm ? ("LSTM", new[] { 0, 3, 1, 2 }) : ("GRU", [1, 0, 2]);
        OnnxAttribute[] settings = Shape.Cell == RecurrentCell.Lstm
            ? [OnnxAttribute.Of("hidden_size", Shape.HiddenSize)]
            : [OnnxAttribute.Of("hidden_size", Shape.HiddenSize), OnnxAttribute.Of("linear_before_reset", 1)];
        var units = Shape.HiddenSize;
        input = graph.Add("Transpose", [input], ["steps"], OnnxAttribute.Of("perm", [1, 0, 2]));
        for (var l = 0; l < Layers.Length; l++)
        {
            float[] Ordered(int tensor, int columns)
            {
                var values = Tensors[(4 * l) + tensor].Read(Parameters.Span);
                return [.. order.SelectMany(gate => values[(gate * units * columns)..((gate + 1) * units * columns)])];
            }

            var inputs = Shape.InputsOf(l);
            var w = graph.Constant($"w{l}", [1, Shape.Gates * units, inputs], Ordered(0, inputs));
            var r = graph.Constant($"r{l}", [1, Shape.Gates * units, units], Ordered(1, units));
            var b = graph.Constant($"b{l}", [1, 2 * Shape.Gates * units], [.. Ordered(2, 1), .. Ordered(3, 1)]);
            var isLast = l == Layers.Length - 1;
            graph.Add(type, [input, w, r, b], isLast ? ["", $"last{l}"] : [$"states{l}"], settings);
            input = isLast
                ? graph.Add("Squeeze", [$"last{l}", graph.Constant("layer", 0)], ["state"])
                : graph.Add("Squeeze", [$"states{l}", graph.Constant($"direction{l}", 1)], [$"inputs{l + 1}"]);
        }

        return graph.Add("Gemm", [input, Tensors[^2].AddTo(graph, Parameters.Span), Tensors[^1].AddTo(graph, Parameters.Span)], [output], OnnxAttribute.Of("transB", 1));
    }

    /// <summary>Uniform in ±1/√hidden size, as PyTorch starts its recurrent modules and, since the head's fan-in is the hidden size, its linear layer.</summary>
    private protected override void Initialize(Generator generator, TrainingSet? set, TrainerOptions options)
    {
        var bound = 1 / Math.Sqrt(Shape.HiddenSize);
        foreach (var tensor in Tensors)
        {
            for (var i = 0; i < tensor.Length; i++)
            {
                Parameters.Span[tensor.Position(i)] = (float)(((2 * generator.NextDouble()) - 1) * bound);
            }
        }
    }

    private static (RecurrentLayer[] Layers, DenseLayer Head) Place(RecurrentShape shape)
    {
        var columns = shape.Gates * DenseLayer.RoundUp(shape.HiddenSize, 8);
        var layers = new RecurrentLayer[shape.Layers];
        var offset = 0;
        for (var i = 0; i < layers.Length; i++)
        {
            var input = new DenseLayer(shape.InputsOf(i), columns, offset);
            var hidden = new DenseLayer(shape.HiddenSize, columns, input.End);
            layers[i] = new RecurrentLayer(input, hidden);
            offset = hidden.End;
        }

        return (layers, new DenseLayer(shape.HiddenSize, shape.Outputs, offset));
    }

    private static IEnumerable<NamedTensor> LayerTensors(RecurrentShape shape, RecurrentLayer layer, int index)
    {
        string Name(string part) => string.Create(CultureInfo.InvariantCulture, $"{shape.CellName}.{part}_l{index}");
        var (units, padded) = (shape.HiddenSize, DenseLayer.RoundUp(shape.HiddenSize, 8));
        int Column(int row) => (row / units * padded) + (row % units);

        NamedTensor Weight(DenseLayer dense, string part) => new(
            Name(part), [shape.Gates * units, dense.Inputs], at => dense.WeightOffset + dense.IndexOf(at % dense.Inputs, Column(at / dense.Inputs)));
        NamedTensor Bias(DenseLayer dense, string part) => new(Name(part), [shape.Gates * units], at => dense.BiasOffset + Column(at));

        return [Weight(layer.Input, "weight_ih"), Weight(layer.Hidden, "weight_hh"), Bias(layer.Input, "bias_ih"), Bias(layer.Hidden, "bias_hh")];
    }
}

/// <summary>One recurrent layer's place in the parameter buffer: what it does with its input and with its own last hidden state, each giving all gates.</summary>
internal readonly record struct RecurrentLayer(DenseLayer Input, DenseLayer Hidden);
