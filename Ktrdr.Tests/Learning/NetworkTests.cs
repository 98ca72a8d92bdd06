using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning;

public sealed class NetworkTests
{
    private static readonly MlpShape Shape = new(30, [64, 32], 3, Activation.Relu, 0.2f);

    [Theory]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Sigmoid)]
    public void Forward_AnyRowCount_GivesEachRowTheSameBits(Activation activation)
    {
        var network = Network.Initialize(Shape with { Activation = activation }, 3);
        var generator = new Generator(4, "rows");
        var rows = Enumerable.Range(0, 200 * 30).Select(_ => (float)generator.NextGaussian()).ToArray();
        var whole = new float[200 * 3];
        network.Forward(rows, 200, whole);
        foreach (var count in (int[])[1, 2, 3, 5, 63, 65])
        {
            var some = new float[count * 3];
            network.Forward(rows, count, some);
            Assert.Equal(whole.Take(count * 3), some);
        }
    }

    [Theory]
    [InlineData(Activation.Relu, 30, new[] { 64, 32 }, 3)]
    [InlineData(Activation.LeakyRelu, 7, new[] { 9 }, 2)]
    [InlineData(Activation.Tanh, 1, new[] { 1, 1024, 5, 40 }, 4)]
    [InlineData(Activation.Sigmoid, 33, new[] { 120 }, 5)]
    [InlineData(Activation.Relu, 12, new[] { 24, 8, 16 }, 19)]
    [InlineData(Activation.Relu, 12, new[] { 24 }, 1)]
    public void Predict_RowByRow_GivesTheBitsOfAllRowsAtOnce(Activation activation, int inputs, int[] hidden, int outputs)
    {
        const int rows = 53;
        var network = Network.Initialize(new MlpShape(inputs, hidden, outputs, activation, 0), 3);
        var generator = new Generator(5, "rows");
        var features = Enumerable.Range(0, rows * inputs).Select(_ => 3 * (float)generator.NextGaussian()).ToArray();
        features[(7 * inputs) + (inputs / 2)] = float.NaN;
        var whole = new float[rows * outputs];
        var single = new float[rows * outputs];
        network.Predict(features, rows, whole);
        for (var row = 0; row < rows; row++)
        {
            network.Predict(features.AsSpan(row * inputs, inputs), 1, single.AsSpan(row * outputs, outputs));
        }

        Assert.Equal(whole, single);
        Assert.All(whole.Skip(7 * outputs).Take(outputs), p => Assert.True(float.IsNaN(p)));
        Assert.All(whole.Take(7 * outputs), p => Assert.True(float.IsFinite(p)));
    }

    [Fact]
    public void Predict_Rows_AreProbabilities()
    {
        var network = Network.Initialize(Shape, 3);
        var outputs = new float[10 * 3];
        network.Predict(new float[300], 10, outputs);
        Assert.All(outputs.Chunk(3), p => Assert.Equal(1, p.Sum(), 1e-6));
    }

    [Fact]
    public void Forward_RowWithNaN_GivesNaNInThatRowOnly()
    {
        var network = Network.Initialize(Shape, 3);
        var rows = new float[60];
        rows[31] = float.NaN;
        var outputs = new float[6];
        network.Forward(rows, 2, outputs);
        Assert.All(outputs.Take(3), v => Assert.True(float.IsFinite(v)));
        Assert.All(outputs.Skip(3), v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void Forward_TooShortSpan_IsRefused()
        => Assert.Throws<ArgumentException>(() => Network.Initialize(Shape, 3).Forward(new float[29], 1, new float[3]));

    [Fact]
    public void Initialize_Weights_AreUniformWithinOneOverRootFanIn()
    {
        var weights = DoubleNetwork.From(Network.Initialize(Shape, 3)).Weights[1];
        Assert.All(weights, w => Assert.InRange(w, -0.125, 0.125));
        Assert.InRange(Reductions.Variance(weights, 0), 0.9 * 0.125 * 0.125 / 3, 1.1 * 0.125 * 0.125 / 3);
    }

    [Fact]
    public void Safetensors_WrittenAndRead_GivesTheSameNetwork()
    {
        var network = Network.Initialize(new MlpShape(5, [7, 3], 2, Activation.Tanh, 0), 9);
        var bytes = Safetensors.Write(network);
        var copy = Safetensors.Read(bytes, network.Shape);
        Assert.Equal(network.WeightsHash(), copy.WeightsHash());
        Assert.Equal(network.Parameters.Span.ToArray(), copy.Parameters.Span.ToArray());

        // The standard header: length, JSON, data from an 8-byte boundary, offsets that cover it exactly.
        var length = (int)BitConverter.ToUInt64(bytes);
        Assert.Equal(0, length % 8);
        var header = Encoding.ASCII.GetString(bytes, 8, length);
        Assert.StartsWith("""{"__metadata__":{"format":"pt"},"0.weight":{"dtype":"F32","shape":[7,5],"data_offsets":[0,140]},"0.bias":""", header, StringComparison.Ordinal);
        Assert.Contains("\"6.bias\":{\"dtype\":\"F32\",\"shape\":[2]", header, StringComparison.Ordinal);
        Assert.Equal(8 + length + (4 * (35 + 7 + 21 + 3 + 6 + 2)), bytes.Length);
        Assert.Equal((float)DoubleNetwork.From(network).Weights[0][1], BitConverter.ToSingle(bytes, 8 + length + 4));
    }

    [Fact]
    public void Safetensors_DamagedOrForeignFile_IsRefusedWithTheReason()
    {
        var shape = new MlpShape(5, [7], 2, Activation.Tanh, 0);
        var bytes = Safetensors.Write(Network.Initialize(shape, 9));
        AssertRefused("cut off", bytes[..4], shape);
        AssertRefused("outside the file", bytes[..^4], shape);
        AssertRefused("expected F32 [8, 5]", bytes, shape with { Hidden = [8] });
        AssertRefused("needs 6", bytes, shape with { Hidden = [7, 7] });
        bytes[9] = (byte)'x';
        AssertRefused("malformed", bytes, shape);

        static void AssertRefused(string part, byte[] bytes, NetworkShape shape)
            => Assert.Contains(part, Assert.Throws<InvalidInputException>(() => Safetensors.Read(bytes, shape)).Message, StringComparison.Ordinal);
    }
}
