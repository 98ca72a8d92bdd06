using System.Globalization;
using Ktrdr.Engine.Learning.Onnx;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Mlp;

/// <summary>A multilayer perceptron. Its tensors have the names of a PyTorch <c>nn.Sequential</c> of Linear, activation, Dropout per hidden layer: 0.weight, 0.bias, 3.weight …</summary>
public sealed class MlpNetwork : Network
{
    internal MlpNetwork(MlpShape shape)
        : this(shape, Place(shape))
    {
    }

    private MlpNetwork(MlpShape shape, DenseLayer[] layers)
        : base(shape, layers[^1].End)
    {
        Shape = shape;
        Layers = layers;
        Tensors = [.. layers.SelectMany((layer, i) => (NamedTensor[])[layer.Weight(TensorName(i, "weight")), layer.Bias(TensorName(i, "bias"))])];
    }

    public new MlpShape Shape { get; }

    internal DenseLayer[] Layers { get; }

    internal override IReadOnlyList<NamedTensor> Tensors { get; }

    internal override GradientPass CreatePass(bool training) => new MlpPass(Shape, Layers, training);

    internal override void ScaleOutputs(float factor)
    {
        foreach (ref var value in Parameters.Span[Layers[^1].WeightOffset..Layers[^1].End])
        {
            value *= factor;
        }
    }

    internal override string AddTo(OnnxGraph graph, string input, string output)
    {
        var (activation, settings) = Shape.Activation switch
        {
            Activation.Relu => ("Relu", (OnnxAttribute[])[]),
            Activation.Tanh => ("Tanh", []),
            Activation.Sigmoid => ("Sigmoid", []),
            _ => ("LeakyRelu", [OnnxAttribute.Of("alpha", 0.01f)]),
        };
        for (var i = 0; i < Layers.Length; i++)
        {
            var (weight, bias) = (Tensors[2 * i].AddTo(graph, Parameters.Span), Tensors[(2 * i) + 1].AddTo(graph, Parameters.Span));
            var isLast = i == Layers.Length - 1;
            input = graph.Add("Gemm", [input, weight, bias], [isLast ? output : $"sums{i}"], OnnxAttribute.Of("transB", 1));
            input = isLast ? input : graph.Add(activation, [input], [$"hidden{i}"], settings);
        }

        return input;
    }

    private protected override void Initialize(Generator generator, TrainingSet? set)
    {
        foreach (var layer in Layers)
        {
            layer.Initialize(Parameters.Span, generator);
        }
    }

    private static DenseLayer[] Place(MlpShape shape)
    {
        var widths = shape.Widths().ToArray();
        var layers = new DenseLayer[widths.Length - 1];
        var offset = 0;
        for (var i = 0; i < layers.Length; i++)
        {
            layers[i] = new DenseLayer(widths[i], widths[i + 1], offset);
            offset = layers[i].End;
        }

        return layers;
    }

    private static string TensorName(int layer, string part) => string.Create(CultureInfo.InvariantCulture, $"{3 * layer}.{part}");
}
