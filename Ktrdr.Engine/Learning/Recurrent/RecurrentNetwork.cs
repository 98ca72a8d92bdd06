using System.Globalization;
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

    /// <summary>Uniform in ±1/√hidden size, as PyTorch starts its recurrent modules and, since the head's fan-in is the hidden size, its linear layer.</summary>
    private protected override void Initialize(Generator generator, TrainingSet? set)
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
