using Ktrdr.Engine.Learning.Onnx;

namespace Ktrdr.Engine.Learning;

/// <summary>A tensor of the weight file: its name and shape in PyTorch's terms, and where its elements lie in the network's parameter buffer.</summary>
/// <param name="Dimensions">Row-major.</param>
/// <param name="Position">From an element's row-major index to its index in the parameter buffer.</param>
internal sealed record NamedTensor(string Name, IReadOnlyList<int> Dimensions, Func<int, int> Position)
{
    public int Length { get; } = Dimensions.Aggregate(1, (product, d) => product * d);

    /// <summary>The elements in row-major order.</summary>
    public float[] Read(ReadOnlySpan<float> parameters)
    {
        var values = new float[Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = parameters[Position(i)];
        }

        return values;
    }

    /// <summary>As a constant of the same name.</summary>
    public string AddTo(OnnxGraph graph, ReadOnlySpan<float> parameters) => graph.Constant(Name, Dimensions, Read(parameters));
}
