using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// The safetensors format (8-byte little-endian header length, JSON header, raw little-endian tensors). Tensors have the names and the layout of a PyTorch
/// <c>nn.Sequential</c> of Linear, activation, Dropout per hidden layer: <c>0.weight</c> [out, in], <c>0.bias</c>, <c>3.weight</c> …, so PyTorch can load them.
/// </summary>
public static class Safetensors
{
    private const int LengthBytes = 8;

    public static byte[] Write(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var layers = network.Layout.Layers;
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        var offset = 0;
        for (var i = 0; i < layers.Length; i++)
        {
            AppendTensor(header, WeightName(i), [layers[i].Outputs, layers[i].Inputs], ref offset);
            AppendTensor(header, BiasName(i), [layers[i].Outputs], ref offset);
        }

        header.Append('}');
        header.Append(' ', (8 - (header.Length % 8)) % 8);
        var bytes = new byte[LengthBytes + header.Length + offset];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        Encoding.ASCII.GetBytes(header.ToString(), bytes.AsSpan(LengthBytes));
        var data = bytes.AsSpan(LengthBytes + header.Length);
        var values = network.Parameters.Span;
        foreach (var layer in layers)
        {
            for (var n = 0; n < layer.Outputs; n++)
            {
                for (var k = 0; k < layer.Inputs; k++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(data, values[layer.WeightOffset + layer.IndexOf(k, n)]);
                    data = data[4..];
                }
            }

            for (var n = 0; n < layer.Outputs; n++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(data, values[layer.BiasOffset + n]);
                data = data[4..];
            }
        }

        return bytes;
    }

    /// <exception cref="InvalidInputException">The bytes are not a complete weight file of this shape.</exception>
    public static Network Read(ReadOnlySpan<byte> bytes, NetworkShape shape)
    {
        if (bytes.Length < LengthBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) > (ulong)(bytes.Length - LengthBytes))
        {
            throw Invalid("the header is cut off or the file is no safetensors file");
        }

        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var data = bytes[(LengthBytes + headerLength)..];
        var network = new Network(shape);
        var values = network.Parameters.Span;
        try
        {
            using var header = JsonDocument.Parse(bytes.Slice(LengthBytes, headerLength).ToArray());
            if (header.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Invalid("the header is not a JSON object");
            }

            var layers = network.Layout.Layers;
            var tensors = header.RootElement.EnumerateObject().Count(p => p.Name != "__metadata__");
            if (tensors != 2 * layers.Length)
            {
                throw Invalid($"it holds {tensors} tensors, the shape {shape} needs {2 * layers.Length}");
            }

            for (var i = 0; i < layers.Length; i++)
            {
                var layer = layers[i];
                var weight = Tensor(header.RootElement, data, WeightName(i), [layer.Outputs, layer.Inputs]);
                for (var n = 0; n < layer.Outputs; n++)
                {
                    for (var k = 0; k < layer.Inputs; k++)
                    {
                        values[layer.WeightOffset + layer.IndexOf(k, n)] = BinaryPrimitives.ReadSingleLittleEndian(weight);
                        weight = weight[4..];
                    }
                }

                var bias = Tensor(header.RootElement, data, BiasName(i), [layer.Outputs]);
                for (var n = 0; n < layer.Outputs; n++)
                {
                    values[layer.BiasOffset + n] = BinaryPrimitives.ReadSingleLittleEndian(bias[(4 * n)..]);
                }
            }
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Invalid($"the header is malformed ({error.Message})");
        }

        return network;
    }

    internal static string WeightName(int layer) => string.Create(CultureInfo.InvariantCulture, $"{3 * layer}.weight");

    internal static string BiasName(int layer) => string.Create(CultureInfo.InvariantCulture, $"{3 * layer}.bias");

    private static void AppendTensor(StringBuilder header, string name, int[] shape, ref int offset)
    {
        var end = offset + (4 * shape.Aggregate(1, (a, b) => a * b));
        header.Append(CultureInfo.InvariantCulture, $",\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{offset},{end}]}}");
        offset = end;
    }

    private static ReadOnlySpan<byte> Tensor(JsonElement header, ReadOnlySpan<byte> data, string name, int[] shape)
    {
        if (!header.TryGetProperty(name, out var tensor))
        {
            throw Invalid($"tensor {name} is missing");
        }

        var type = tensor.GetProperty("dtype").GetString();
        var dimensions = tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()).ToArray();
        var offsets = tensor.GetProperty("data_offsets").EnumerateArray().Select(d => d.GetInt64()).ToArray();
        if (type != "F32" || !dimensions.SequenceEqual(shape))
        {
            throw Invalid($"tensor {name} is {type} [{string.Join(", ", dimensions)}], expected F32 [{string.Join(", ", shape)}]");
        }

        var length = 4L * shape.Aggregate(1L, (a, b) => a * b);
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] - offsets[0] != length || offsets[1] > data.Length)
        {
            throw Invalid($"tensor {name} lies outside the file or has the wrong length");
        }

        return data.Slice((int)offsets[0], (int)length);
    }

    private static InvalidInputException Invalid(string reason) => new(new Problem("invalid_weights", "weights.safetensors", $"weights.safetensors cannot be read: {reason}."));
}
