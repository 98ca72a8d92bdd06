using System.Security.Cryptography;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>A trained multilayer perceptron. Safe to use from several threads at once: prediction only reads the weights.</summary>
public sealed unsafe class Network
{
    private TilePass? _spare;

    internal Network(NetworkShape shape)
    {
        shape.Validate();
        Shape = shape;
        Layout = new ParameterLayout(shape);
        Parameters = new AlignedFloats(Layout.Length);
    }

    public NetworkShape Shape { get; }

    internal ParameterLayout Layout { get; }

    internal AlignedFloats Parameters { get; }

    /// <summary>Weights and biases uniform in ±1/√fan-in, as PyTorch's <c>nn.Linear</c> starts (Kaiming-uniform with a = √5).</summary>
    public static Network Initialize(NetworkShape shape, ulong seed)
    {
        var network = new Network(shape);
        var generator = new Generator(seed, "init");
        foreach (var layer in network.Layout.Layers)
        {
            var bound = 1 / Math.Sqrt(layer.Inputs);
            var values = network.Parameters.Span;
            for (var n = 0; n < layer.Outputs; n++)
            {
                for (var k = 0; k < layer.Inputs; k++)
                {
                    values[layer.WeightOffset + layer.IndexOf(k, n)] = (float)(((2 * generator.NextDouble()) - 1) * bound);
                }
            }

            for (var n = 0; n < layer.Outputs; n++)
            {
                values[layer.BiasOffset + n] = (float)(((2 * generator.NextDouble()) - 1) * bound);
            }
        }

        return network;
    }

    /// <summary>Raw outputs: logits for classification, predictions for regression.</summary>
    /// <param name="rows">Row-major, <paramref name="rowCount"/> × Shape.Inputs. A row with NaN gives NaN.</param>
    /// <param name="outputs">Receives <paramref name="rowCount"/> × Shape.Outputs.</param>
    public void Forward(ReadOnlySpan<float> rows, int rowCount, Span<float> outputs) => Run(rows, rowCount, outputs, probabilities: false);

    /// <summary>Softmax probabilities per class, each row summing to 1; for regression the same as <see cref="Forward"/>.</summary>
    public void Predict(ReadOnlySpan<float> rows, int rowCount, Span<float> outputs) => Run(rows, rowCount, outputs, probabilities: Shape.Outputs > 1);

    /// <summary>SHA-256 of the weight file's bytes, so that the file on disk can be checked against it.</summary>
    public string WeightsHash() => Convert.ToHexStringLower(SHA256.HashData(Safetensors.Write(this)));

    internal Network Clone()
    {
        var copy = new Network(Shape);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    private void Run(ReadOnlySpan<float> rows, int rowCount, Span<float> outputs, bool probabilities)
    {
        if (rowCount < 0 || rows.Length < (long)rowCount * Shape.Inputs || outputs.Length < (long)rowCount * Shape.Outputs)
        {
            throw new ArgumentException($"{rowCount} rows need {(long)rowCount * Shape.Inputs} inputs and {(long)rowCount * Shape.Outputs} outputs, got {rows.Length} and {outputs.Length}.", nameof(rowCount));
        }

        var pass = Interlocked.Exchange(ref _spare, null) ?? new TilePass(Layout, Shape, training: false);
        fixed (float* source = rows)
        {
            for (var start = 0; start < rowCount; start += TilePass.MaxRows)
            {
                var count = Math.Min(TilePass.MaxRows, rowCount - start);
                pass.LoadConsecutive(source + ((long)start * Shape.Inputs), count);
                pass.Infer(Parameters.Pointer);
                if (probabilities)
                {
                    pass.Softmax();
                }

                pass.CopyOutputs(outputs.Slice(start * Shape.Outputs, count * Shape.Outputs));
            }
        }

        GC.KeepAlive(Parameters);
        Volatile.Write(ref _spare, pass);
    }
}
