using System.Globalization;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Onnx;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Numerics;
using Ktrdr.Tests.Learning.Tsk;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Learning.Onnx;

public sealed class OnnxExportTests
{
    private const int Rows = 7;

    private static readonly string[] Names =
        ["mlp relu", "mlp tanh", "mlp sigmoid", "mlp leaky", "mlp regression", "lstm one layer", "lstm two layers", "gru one layer", "gru three layers regression", "tsk classes", "tsk regression"];

    public static TheoryData<string> Shapes => [.. Names];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Write_EachKindOfNetwork_ComputesTheSameByTheSpecification(string name)
    {
        var network = NetworkOf(name);
        var (dimensions, features, expected) = Example(network);
        var model = new OnnxModel(OnnxExport.Write(network));
        Assert.Equal(13, model.Message.Messages(8).Single().Integer(2));
        var outputs = model.Run(dimensions, [.. features.Select(v => (double)v)]);
        Assert.Equal(expected.Length, outputs.Length);
        Assert.All(expected.Zip(outputs), p => Assert.Equal(p.First, p.Second, 2e-6));
        Assert.Equal(network.Shape.Outputs > 1, model.Operators.Last() == "Softmax");
    }

    [Fact]
    public void Write_WithManifest_CarriesTheNames()
    {
        var network = Network.Initialize(ShapeOf("mlp relu"), 3);
        var manifest = new ModelManifest
        {
            EngineVersion = "0.1.0",
            Shape = network.Shape,
            Outputs = ["buy", "hold", "sell"],
            Features = ["a", "b", "c", "d", "e"],
            Normalization = [],
            Symbol = "EURUSD",
            Timeframe = "1h",
            StrategyHash = "aa",
            DatasetHash = "bb",
            WeightsHash = network.WeightsHash(),
            Seed = 1,
            TrainingStart = 0,
            TrainingEnd = 1,
            BestEpoch = 1,
            StopReason = StopReason.Completed,
        };
        var model = new OnnxModel(OnnxExport.Write(network, manifest));
        var metadata = model.Message.Messages(14).ToDictionary(m => m.Text(1), m => m.Text(2), StringComparer.Ordinal);
        Assert.Equal("a,b,c,d,e", metadata["features"]);
        Assert.Equal("buy,hold,sell", metadata["outputs"]);
        Assert.Equal(network.WeightsHash(), metadata["weights_hash"]);
    }

    /// <summary>ONNX Runtime accepts every kind and computes the same.</summary>
    [OnnxRuntimeFact]
    public async Task Write_EachKindOfNetwork_RunsInOnnxRuntime()
    {
        using var folder = new TemporaryFolder();
        var wanted = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var name in Names)
        {
            var network = NetworkOf(name);
            var (dimensions, features, expected) = Example(network);
            var file = folder.File(name.Replace(' ', '-') + ".onnx");
            await File.WriteAllBytesAsync(file, OnnxExport.Write(network));
            await File.WriteAllTextAsync(file + ".txt", string.Join(' ', dimensions) + "\n" + string.Join(' ', features.Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
            wanted[file] = expected;
        }

        foreach (var line in await OnnxRuntime.RunAsync(folder.Path, [.. wanted.Keys]))
        {
            var parts = line.Split('\t');
            var outputs = parts[1].Split(' ').Select(v => float.Parse(v, CultureInfo.InvariantCulture)).ToArray();
            Assert.True(wanted.Remove(parts[0], out var expected), line);
            Assert.Equal(expected!.Length, outputs.Length);
            Assert.All(expected.Zip(outputs), p => Assert.Equal(p.First, p.Second, 2e-6));
        }

        Assert.Empty(wanted);
    }

    /// <summary>A tsk network has no random start: its own parameters are drawn here, so that terms move and consequents have slopes.</summary>
    private static Network NetworkOf(string name) => name switch
    {
        "tsk classes" => TskNetworkTests.Random(3, 11),
        "tsk regression" => TskNetworkTests.Random(1, 12),
        _ => Network.Initialize(ShapeOf(name), 3),
    };

    private static NetworkShape ShapeOf(string name) => name switch
    {
        "mlp relu" => new MlpShape(5, [9, 4], 3, Activation.Relu, 0.2f),
        "mlp tanh" => new MlpShape(5, [9, 17], 4, Activation.Tanh, 0),
        "mlp sigmoid" => new MlpShape(1, [3], 2, Activation.Sigmoid, 0),
        "mlp leaky" => new MlpShape(8, [20, 4, 6], 3, Activation.LeakyRelu, 0),
        "mlp regression" => new MlpShape(5, [9], 1, Activation.Tanh, 0),
        "lstm one layer" => new RecurrentShape(RecurrentCell.Lstm, 5, 6, 1, 4, 3, 0.1f),
        "lstm two layers" => new RecurrentShape(RecurrentCell.Lstm, 3, 9, 2, 5, 3, 0),
        "gru one layer" => new RecurrentShape(RecurrentCell.Gru, 5, 6, 1, 4, 3, 0),
        "gru three layers regression" => new RecurrentShape(RecurrentCell.Gru, 2, 10, 3, 3, 1, 0.3f),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    /// <summary>Windows that follow each other, as the file wants them, and what the network says to each.</summary>
    private static (int[] Dimensions, float[] Features, float[] Expected) Example(Network network)
    {
        var shape = network.Shape;
        var steps = shape.SequenceLength;
        var generator = new Generator(9, "onnx");
        var matrix = Enumerable.Range(0, (Rows + steps - 1) * shape.Inputs).Select(_ => (float)generator.NextGaussian()).ToArray();
        var expected = new float[Rows * shape.Outputs];
        network.Predict(matrix, steps - 1, Rows, expected);
        float[] windows = [.. Enumerable.Range(0, Rows).SelectMany(row => matrix[(row * shape.Inputs)..((row + steps) * shape.Inputs)])];
        return (steps == 1 ? [Rows, shape.Inputs] : [Rows, steps, shape.Inputs], windows, expected);
    }
}
