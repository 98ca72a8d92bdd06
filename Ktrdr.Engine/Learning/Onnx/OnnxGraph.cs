using System.Buffers.Binary;

namespace Ktrdr.Engine.Learning.Onnx;

/// <summary>A graph of ONNX operators in the making (onnx.proto, GraphProto): nodes in the order they run, and the constants they read.</summary>
internal sealed class OnnxGraph
{
    private const int FloatType = 1;
    private const int Int64Type = 7;

    private readonly List<ProtobufWriter> _nodes = [];
    private readonly List<ProtobufWriter> _constants = [];

    /// <summary>Adds an operator.</summary>
    /// <param name="outputs">Names of its results; an empty name leaves one out.</param>
    /// <returns>The last of the outputs.</returns>
    public string Add(string type, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, params IReadOnlyList<OnnxAttribute> attributes)
    {
        var node = new ProtobufWriter();
        foreach (var input in inputs)
        {
            node.Text(1, input);
        }

        foreach (var output in outputs)
        {
            node.Text(2, output);
        }

        node.Text(3, outputs[^1]).Text(4, type);
        foreach (var attribute in attributes)
        {
            node.Message(5, attribute.Message);
        }

        _nodes.Add(node);
        return outputs[^1];
    }

    public string Constant(string name, IReadOnlyList<int> dimensions, ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return Constant(name, dimensions, FloatType, bytes);
    }

    public string Constant(string name, long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Constant(name, [1], Int64Type, bytes);
    }

    /// <summary>The finished graph with one float input and one float output, whose first dimension is the number of rows.</summary>
    public ProtobufWriter ToMessage(string name, string input, IReadOnlyList<int> inputDimensions, string output, int outputs)
    {
        var graph = new ProtobufWriter();
        foreach (var node in _nodes)
        {
            graph.Message(1, node);
        }

        graph.Text(2, name);
        foreach (var constant in _constants)
        {
            graph.Message(5, constant);
        }

        return graph.Message(11, Value(input, inputDimensions)).Message(12, Value(output, [outputs]));
    }

    private static ProtobufWriter Value(string name, IReadOnlyList<int> dimensions)
    {
        var shape = new ProtobufWriter().Message(1, new ProtobufWriter().Text(2, "rows"));
        foreach (var dimension in dimensions)
        {
            shape.Message(1, new ProtobufWriter().Integer(1, dimension));
        }

        return new ProtobufWriter().Text(1, name).Message(2, new ProtobufWriter().Message(1, new ProtobufWriter().Integer(1, FloatType).Message(2, shape)));
    }

    private string Constant(string name, IReadOnlyList<int> dimensions, int type, byte[] bytes)
    {
        _constants.Add(new ProtobufWriter().Integers(1, dimensions.Select(d => (long)d)).Integer(2, type).Text(8, name).Bytes(9, bytes));
        return name;
    }
}

/// <summary>A setting of an operator (onnx.proto, AttributeProto).</summary>
internal sealed record OnnxAttribute(ProtobufWriter Message)
{
    private const int FloatAttribute = 1;
    private const int IntAttribute = 2;
    private const int IntsAttribute = 7;

    public static OnnxAttribute Of(string name, float value) => new(new ProtobufWriter().Text(1, name).Single(2, value).Integer(20, FloatAttribute));

    public static OnnxAttribute Of(string name, long value) => new(new ProtobufWriter().Text(1, name).Integer(3, value).Integer(20, IntAttribute));

    public static OnnxAttribute Of(string name, IReadOnlyList<long> values) => new(new ProtobufWriter().Text(1, name).Integers(8, values).Integer(20, IntsAttribute));
}
