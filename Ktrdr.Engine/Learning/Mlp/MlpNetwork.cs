using System.Globalization;
using System.Runtime.CompilerServices;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Learning.Onnx;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Mlp;

/// <summary>A multilayer perceptron. Its tensors have the names of a PyTorch <c>nn.Sequential</c> of Linear, activation, Dropout per hidden layer: 0.weight, 0.bias, 3.weight …</summary>
public sealed unsafe class MlpNetwork : Network
{
    private const int AlignedTo = 16;

    /// <summary>Room for the widest layer; not a power of two, or stores to one buffer would look to the processor like stores to the other.</summary>
    private const int RowBuffer = MlpShape.MostUnits + (4 * AlignedTo);

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

    private protected override bool RunRow(float* row, float* outputs, bool probabilities)
    {
        switch (Shape.Activation)
        {
            case Activation.Relu:
                RunRow<Relu>(row, outputs, probabilities);
                break;
            case Activation.LeakyRelu:
                RunRow<LeakyRelu>(row, outputs, probabilities);
                break;
            case Activation.Tanh:
                RunRow<Tanh>(row, outputs, probabilities);
                break;
            default:
                RunRow<Sigmoid>(row, outputs, probabilities);
                break;
        }

        return true;
    }

    private protected override void Initialize(Generator generator, TrainingSet? set, TrainerOptions options)
    {
        foreach (var layer in Layers)
        {
            layer.Initialize(Parameters.Span, generator);
        }
    }

    /// <summary>Every layer's units lie on the stack: a buffer to take and give back would cost more than the smallest layer.</summary>
    [SkipLocalsInit]
    private void RunRow<T>(float* row, float* outputs, bool probabilities)
        where T : struct, IActivation
    {
        var memory = stackalloc float[(2 * RowBuffer) + AlignedTo];
        float* even = memory + (AlignedTo - (((nuint)memory / sizeof(float)) % AlignedTo)), odd = even + RowBuffer;
        var x = row;
        var parameters = Parameters.Pointer;
        for (var i = 0; i < Layers.Length - 1; i++)
        {
            ref readonly var layer = ref Layers[i];
            DenseRow.Run<ActivatedFinish<T>>(x, parameters + layer.WeightOffset, layer.Rows, parameters + layer.BiasOffset, null, even, layer.Inputs, layer.Columns);
            x = even;
            even = odd;
            odd = x;
        }

        ref readonly var last = ref Layers[^1];
        DenseRow.Run<PlainFinish>(x, parameters + last.WeightOffset, last.Rows, parameters + last.BiasOffset, null, even, last.Inputs, last.Columns);
        GC.KeepAlive(Parameters);
        if (probabilities)
        {
            SoftmaxHead.Probabilities(even, last.Outputs);
        }

        for (var n = 0; n < last.Outputs; n++)
        {
            outputs[n] = even[n];
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
