namespace Ktrdr.Engine.Learning.Onnx;

/// <summary>
/// A network as an ONNX file (format version 8, operator set 13), for other tools. Its input <c>features</c> is [rows, columns], or [rows, steps, columns] for
/// networks that read windows; features are normalised as the network was trained on them. Its output is <c>probabilities</c> [rows, classes], or
/// <c>prediction</c> [rows, 1] for regression. Numbers agree with ours to the rounding of single precision, not to the bit.
/// </summary>
public static class OnnxExport
{
    private const int FormatVersion = 8;
    private const int OperatorSet = 13;
    private const string Input = "features";

    /// <summary>The network alone.</summary>
    public static byte[] Write(Network network) => Write(network, []);

    /// <summary>The same with what a user of the file must know: names of the features and outputs, the strategy's and weights' hashes, the engine's version.</summary>
    public static byte[] Write(Network network, ModelManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return Write(network, new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["features"] = string.Join(',', manifest.Features),
            ["outputs"] = string.Join(',', manifest.Outputs),
            ["strategy_hash"] = manifest.StrategyHash,
            ["weights_hash"] = manifest.WeightsHash,
            ["engine_version"] = manifest.EngineVersion,
        });
    }

    private static byte[] Write(Network network, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        ArgumentNullException.ThrowIfNull(network);
        var shape = network.Shape;
        var graph = new OnnxGraph();
        var isRegression = shape.Outputs == 1;
        var output = isRegression ? "prediction" : "probabilities";
        var logits = network.AddTo(graph, Input, isRegression ? output : "logits");
        if (!isRegression)
        {
            graph.Add("Softmax", [logits], [output], OnnxAttribute.Of("axis", 1));
        }

        var model = new ProtobufWriter()
            .Integer(1, FormatVersion)
            .Text(2, "ktrdr")
            .Message(7, graph.ToMessage("network", Input, shape.SequenceLength == 1 ? [shape.Inputs] : [shape.SequenceLength, shape.Inputs], output, shape.Outputs))
            .Message(8, new ProtobufWriter().Text(1, "").Integer(2, OperatorSet));
        foreach (var (key, value) in metadata)
        {
            model.Message(14, new ProtobufWriter().Text(1, key).Text(2, value));
        }

        return model.ToArray();
    }
}
