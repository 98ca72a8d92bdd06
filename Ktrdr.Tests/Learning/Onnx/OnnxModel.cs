using System.Buffers.Binary;
using System.Text;

namespace Ktrdr.Tests.Learning.Onnx;

/// <summary>A message of Protocol Buffers' wire format by field number: whole numbers and lengths, without a schema.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> _fields = [];

    public ProtobufMessage(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var key = Varint(ref bytes);
            var field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    _fields.Add((field, Varint(ref bytes), []));
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    _fields.Add((field, 0, bytes[..length].ToArray()));
                    bytes = bytes[length..];
                    break;
                case 5:
                    _fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(bytes), []));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new FormatException($"wire type {key & 7}");
            }
        }
    }

    public long Integer(int field) => (long)_fields.Single(f => f.Field == field).Number;

    public float Single(int field) => BitConverter.UInt32BitsToSingle((uint)_fields.Single(f => f.Field == field).Number);

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public byte[] Bytes(int field) => _fields.Single(f => f.Field == field).Bytes;

    public ProtobufMessage Message(int field) => new(Bytes(field));

    public IEnumerable<ProtobufMessage> Messages(int field) => _fields.Where(f => f.Field == field).Select(f => new ProtobufMessage(f.Bytes));

    public IEnumerable<string> Texts(int field) => _fields.Where(f => f.Field == field).Select(f => Encoding.UTF8.GetString(f.Bytes));

    public long[] Integers(int field)
    {
        var values = new List<long>();
        ReadOnlySpan<byte> packed = Bytes(field);
        while (!packed.IsEmpty)
        {
            values.Add((long)Varint(ref packed));
        }

        return [.. values];
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}

/// <summary>Reads an ONNX file by the numbers of onnx.proto and computes it in doubles, operator by operator as the ONNX specification defines them.</summary>
internal sealed class OnnxModel
{
    private readonly ProtobufMessage _graph;
    private readonly Dictionary<string, Tensor> _constants;

    public OnnxModel(byte[] bytes)
    {
        Message = new ProtobufMessage(bytes);
        _graph = Message.Message(7);
        _constants = _graph.Messages(5).ToDictionary(t => t.Text(8), ReadTensor, StringComparer.Ordinal);
    }

    public ProtobufMessage Message { get; }

    public IEnumerable<string> Operators => _graph.Messages(1).Select(n => n.Text(4));

    public double[] Run(int[] dimensions, double[] features)
    {
        var values = new Dictionary<string, Tensor>(_constants, StringComparer.Ordinal) { [_graph.Message(11).Text(1)] = new(dimensions, features) };
        foreach (var node in _graph.Messages(1))
        {
            var inputs = node.Texts(1).Select(name => values[name]).ToArray();
            var attributes = node.Messages(5).ToDictionary(a => a.Text(1), StringComparer.Ordinal);
            var result = node.Text(4) switch
            {
                "Gemm" => Gemm(inputs, attributes),
                "Max" => Each(inputs, Math.Max),
                "Min" => Each(inputs, Math.Min),
                "Mul" => Each(inputs, (a, b) => a * b),
                "Add" => Each(inputs, (a, b) => a + b),
                "Neg" => inputs[0].Map(v => -v),
                "Relu" => inputs[0].Map(v => Math.Max(v, 0)),
                "Tanh" => inputs[0].Map(Math.Tanh),
                "Sigmoid" => inputs[0].Map(Sigmoid),
                "LeakyRelu" => inputs[0].Map(v => v > 0 ? v : v * attributes["alpha"].Single(2)),
                "Softmax" => Softmax(inputs[0], attributes),
                "Transpose" => SwapFirstTwo(inputs[0], attributes),
                "Squeeze" => inputs[0] with { Dimensions = [.. inputs[0].Dimensions.Where((_, axis) => axis != (int)inputs[1].Values[0])] },
                "LSTM" or "GRU" => null,
                var other => throw new NotSupportedException(other),
            };
            var outputs = node.Texts(2).ToArray();
            if (result is not null)
            {
                values[outputs.Single()] = result;
                continue;
            }

            var (all, last) = Recurrent(node.Text(4), inputs, attributes);
            foreach (var (name, value) in outputs.Zip([all, last]).Where(o => o.First.Length > 0))
            {
                values[name] = value;
            }
        }

        return values[_graph.Message(12).Text(1)].Values;
    }

    private static Tensor ReadTensor(ProtobufMessage message)
    {
        var bytes = message.Bytes(9);
        var dimensions = message.Integers(1).Select(d => (int)d).ToArray();
        return message.Integer(2) == 1
            ? new(dimensions, [.. bytes.Chunk(4).Select(b => (double)BitConverter.ToSingle(b))])
            : new(dimensions, [.. bytes.Chunk(8).Select(b => (double)BitConverter.ToInt64(b))]);
    }

    private static Tensor Gemm(Tensor[] inputs, Dictionary<string, ProtobufMessage> attributes)
    {
        Xunit.Assert.Equal(1, attributes["transB"].Integer(3));
        var (a, b, c) = (inputs[0], inputs[1], inputs[2]);
        var (rows, k, columns) = (a.Dimensions[0], a.Dimensions[1], b.Dimensions[0]);
        var y = new double[rows * columns];
        for (var i = 0; i < y.Length; i++)
        {
            y[i] = c.Values[i % columns] + Enumerable.Range(0, k).Sum(j => a.Values[(i / columns * k) + j] * b.Values[(i % columns * k) + j]);
        }

        return new([rows, columns], y);
    }

    /// <summary>Element by element, the second input's values being repeated for each row where it has one row.</summary>
    private static Tensor Each(Tensor[] inputs, Func<double, double, double> function)
    {
        var (a, b) = (inputs[0], inputs[1]);
        Xunit.Assert.Equal(a.Dimensions[^b.Dimensions.Length..], b.Dimensions);
        return a with { Values = [.. a.Values.Select((v, i) => function(v, b.Values[i % b.Values.Length]))] };
    }

    private static Tensor Softmax(Tensor x, Dictionary<string, ProtobufMessage> attributes)
    {
        Xunit.Assert.Equal(x.Dimensions.Length - 1, attributes["axis"].Integer(3));
        return x with { Values = [.. x.Values.Chunk(x.Dimensions[^1]).SelectMany(row => row.Select(v => Math.Exp(v) / row.Sum(Math.Exp)))] };
    }

    private static Tensor SwapFirstTwo(Tensor x, Dictionary<string, ProtobufMessage> attributes)
    {
        Xunit.Assert.Equal([1, 0, 2], attributes["perm"].Integers(8));
        var (rows, steps, columns) = (x.Dimensions[0], x.Dimensions[1], x.Dimensions[2]);
        var y = new double[x.Values.Length];
        for (var i = 0; i < y.Length; i++)
        {
            y[(((i / columns % steps * rows) + (i / columns / steps)) * columns) + (i % columns)] = x.Values[i];
        }

        return new([steps, rows, columns], y);
    }

    /// <summary>Y [steps, 1, rows, units] and Y_h [1, rows, units].</summary>
    private static (Tensor All, Tensor Last) Recurrent(string type, Tensor[] inputs, Dictionary<string, ProtobufMessage> attributes)
    {
        var (x, w, r, b) = (inputs[0], inputs[1], inputs[2], inputs[3]);
        var (steps, rows, columns, units) = (x.Dimensions[0], x.Dimensions[1], x.Dimensions[2], (int)attributes["hidden_size"].Integer(3));
        var gates = w.Dimensions[1] / units;
        var all = new double[steps * rows * units];
        var last = new double[rows * units];
        for (var row = 0; row < rows; row++)
        {
            var (h, c) = (new double[units], new double[units]);
            for (var t = 0; t < steps; t++)
            {
                double Input(int gate, int u) => b.Values[(gate * units) + u] + Enumerable.Range(0, columns).Sum(k => w.Values[(((gate * units) + u) * columns) + k] * x.Values[(((t * rows) + row) * columns) + k]);
                double Hidden(int gate, int u) => b.Values[((gates + gate) * units) + u] + Enumerable.Range(0, units).Sum(k => r.Values[(((gate * units) + u) * units) + k] * h[k]);
                double[] next;
                if (type == "LSTM")
                {
                    // i, o, f, c.
                    c = [.. c.Select((old, u) => (Sigmoid(Input(2, u) + Hidden(2, u)) * old) + (Sigmoid(Input(0, u) + Hidden(0, u)) * Math.Tanh(Input(3, u) + Hidden(3, u))))];
                    next = [.. c.Select((memory, u) => Sigmoid(Input(1, u) + Hidden(1, u)) * Math.Tanh(memory))];
                }
                else
                {
                    // z, r, h.
                    Xunit.Assert.Equal(1, attributes["linear_before_reset"].Integer(3));
                    next = [.. h.Select((old, u) =>
                    {
                        var z = Sigmoid(Input(0, u) + Hidden(0, u));
                        return ((1 - z) * Math.Tanh(Input(2, u) + (Sigmoid(Input(1, u) + Hidden(1, u)) * Hidden(2, u)))) + (z * old);
                    })];
                }

                h = next;
                h.CopyTo(all, ((t * rows) + row) * units);
            }

            h.CopyTo(last, row * units);
        }

        return (new([steps, 1, rows, units], all), new([1, rows, units], last));
    }

    private static double Sigmoid(double v) => 1 / (1 + Math.Exp(-v));

    private sealed record Tensor(int[] Dimensions, double[] Values)
    {
        public Tensor Map(Func<double, double> function) => this with { Values = [.. Values.Select(function)] };
    }
}
