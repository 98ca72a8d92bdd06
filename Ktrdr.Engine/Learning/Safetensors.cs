using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// The safetensors format (8-byte little-endian header length, JSON header, raw little-endian tensors). Tensors have the names and the layout that PyTorch gives
/// the same network (<see cref="Network.Tensors"/>), so PyTorch can load them.
/// </summary>
public static class Safetensors
{
    private const int LengthBytes = 8;

    /// <summary>The bytes of a weight file: the network's tensors in their order, single precision.</summary>
    public static byte[] Write(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        var offset = 0;
        foreach (var tensor in network.Tensors)
        {
            AppendTensor(header, tensor, ref offset);
        }

        header.Append('}');
        header.Append(' ', (8 - (header.Length % 8)) % 8);
        var bytes = new byte[LengthBytes + header.Length + offset];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        Encoding.ASCII.GetBytes(header.ToString(), bytes.AsSpan(LengthBytes));
        var data = bytes.AsSpan(LengthBytes + header.Length);
        foreach (var tensor in network.Tensors)
        {
            foreach (var value in tensor.Read(network.Parameters.Span))
            {
                BinaryPrimitives.WriteSingleLittleEndian(data, value);
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
        var network = shape.CreateNetwork();
        var values = network.Parameters.Span;
        try
        {
            using var header = JsonDocument.Parse(bytes.Slice(LengthBytes, headerLength).ToArray());
            if (header.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Invalid("the header is not a JSON object");
            }

            var tensors = header.RootElement.EnumerateObject().Count(p => p.Name != "__metadata__");
            if (tensors != network.Tensors.Count)
            {
                throw Invalid($"it holds {tensors} tensors, the shape {shape} needs {network.Tensors.Count}");
            }

            foreach (var tensor in network.Tensors)
            {
                var source = Data(header.RootElement, data, tensor);
                for (var i = 0; i < tensor.Length; i++)
                {
                    values[tensor.Position(i)] = BinaryPrimitives.ReadSingleLittleEndian(source[(4 * i)..]);
                }
            }
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Invalid($"the header is malformed ({error.Message})");
        }

        return network;
    }

    private static void AppendTensor(StringBuilder header, NamedTensor tensor, ref int offset)
    {
        var end = offset + (4 * tensor.Length);
        header.Append(CultureInfo.InvariantCulture, $",\"{tensor.Name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', tensor.Dimensions)}],\"data_offsets\":[{offset},{end}]}}");
        offset = end;
    }

    private static ReadOnlySpan<byte> Data(JsonElement header, ReadOnlySpan<byte> data, NamedTensor expected)
    {
        if (!header.TryGetProperty(expected.Name, out var tensor))
        {
            throw Invalid($"tensor {expected.Name} is missing");
        }

        var type = tensor.GetProperty("dtype").GetString();
        var dimensions = tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32()).ToArray();
        var offsets = tensor.GetProperty("data_offsets").EnumerateArray().Select(d => d.GetInt64()).ToArray();
        if (type != "F32" || !dimensions.SequenceEqual(expected.Dimensions))
        {
            throw Invalid($"tensor {expected.Name} is {type} [{string.Join(", ", dimensions)}], expected F32 [{string.Join(", ", expected.Dimensions)}]");
        }

        var length = 4L * expected.Length;
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] - offsets[0] != length || offsets[1] > data.Length)
        {
            throw Invalid($"tensor {expected.Name} lies outside the file or has the wrong length");
        }

        return data.Slice((int)offsets[0], (int)length);
    }

    private static InvalidInputException Invalid(string reason) => new(new Problem("invalid_weights", "weights.safetensors", $"weights.safetensors cannot be read: {reason}."));
}
