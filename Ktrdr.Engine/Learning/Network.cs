using System.Security.Cryptography;
using Ktrdr.Engine.Learning.Onnx;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>A network of any kind. Safe to use from several threads at once: prediction only reads the parameters.</summary>
public abstract unsafe class Network
{
    private GradientPass? _spare;

    /// <param name="length">Floats in the parameter buffer.</param>
    private protected Network(NetworkShape shape, int length)
    {
        shape.Validate();
        Shape = shape;
        Parameters = new AlignedFloats(DenseLayer.RoundUp(length, DenseLayer.PanelWidth));
    }

    public NetworkShape Shape { get; }

    /// <summary>All trained numbers in one buffer, a multiple of 16 long: one optimiser update and one norm serve every kind. Padding stays 0.</summary>
    internal AlignedFloats Parameters { get; }

    /// <summary>The parameters by the names of the weight file, in its order. Every parameter that is not padding is in exactly one of them.</summary>
    internal abstract IReadOnlyList<NamedTensor> Tensors { get; }

    /// <summary>A network with its starting weights.</summary>
    /// <param name="set">What it will be trained on, for kinds that start from the data; null gives a start that knows nothing of it.</param>
    /// <param name="options">The training's: a start from the data minimises what the training will. Null: the defaults.</param>
    public static Network Initialize(NetworkShape shape, ulong seed, TrainingSet? set = null, TrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var network = shape.CreateNetwork();
        network.Initialize(new Generator(seed, "init"), set, options ?? new TrainerOptions());
        return network;
    }

    /// <summary>Raw outputs: logits for classification, predictions for regression.</summary>
    /// <param name="rows">Row-major, <paramref name="rowCount"/> × Shape.Inputs, for networks that look at one row. A row with NaN gives NaN.</param>
    /// <param name="outputs">Receives <paramref name="rowCount"/> × Shape.Outputs.</param>
    public void Forward(ReadOnlySpan<float> rows, int rowCount, Span<float> outputs) => Run(rows, 0, rowCount, outputs, probabilities: false);

    /// <summary>The same for rows of a matrix, each with the Shape.SequenceLength − 1 rows before it.</summary>
    /// <param name="matrix">Row-major, Shape.Inputs columns.</param>
    /// <param name="firstRow">At least Shape.SequenceLength − 1.</param>
    public void Forward(ReadOnlySpan<float> matrix, int firstRow, int rowCount, Span<float> outputs) => Run(matrix, firstRow, rowCount, outputs, probabilities: false);

    /// <summary>Softmax probabilities per class, each row summing to 1; for regression the same as <see cref="Forward(ReadOnlySpan{float}, int, Span{float})"/>.</summary>
    public void Predict(ReadOnlySpan<float> rows, int rowCount, Span<float> outputs) => Run(rows, 0, rowCount, outputs, probabilities: Shape.Outputs > 1);

    /// <summary>The same for rows of a matrix, each with the Shape.SequenceLength − 1 rows before it.</summary>
    /// <param name="matrix">Row-major, Shape.Inputs columns.</param>
    /// <param name="firstRow">At least Shape.SequenceLength − 1.</param>
    public void Predict(ReadOnlySpan<float> matrix, int firstRow, int rowCount, Span<float> outputs) => Run(matrix, firstRow, rowCount, outputs, probabilities: Shape.Outputs > 1);

    /// <summary>SHA-256 of the weight file's bytes, so that the file on disk can be checked against it.</summary>
    public string WeightsHash() => Convert.ToHexStringLower(SHA256.HashData(Safetensors.Write(this)));

    internal Network Clone()
    {
        var copy = Shape.CreateNetwork();
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    /// <param name="training">False for a pass that will only infer, which needs fewer buffers.</param>
    internal abstract GradientPass CreatePass(bool training);

    /// <summary>Multiplies everything the network gives out by a power of two, exactly.</summary>
    internal abstract void ScaleOutputs(float factor);

    /// <summary>Adds the operators that lead from the features to the raw outputs.</summary>
    /// <param name="output">The name that the raw outputs get.</param>
    /// <returns><paramref name="output"/>.</returns>
    internal abstract string AddTo(OnnxGraph graph, string input, string output);

    /// <summary>Called after every optimiser step: puts parameters that have left their allowed range back into it. Most kinds have no such range.</summary>
    internal virtual void Constrain()
    {
    }

    private protected abstract void Initialize(Generator generator, TrainingSet? set, TrainerOptions options);

    /// <summary>The outputs of one row without a pass, for kinds whose single row is quick enough to feel one: the same bits.</summary>
    /// <returns>Whether the kind has such a way.</returns>
    private protected virtual bool RunRow(float* row, float* outputs, bool probabilities) => false;

    private void Run(ReadOnlySpan<float> matrix, int firstRow, int rowCount, Span<float> outputs, bool probabilities)
    {
        if (firstRow < Shape.SequenceLength - 1)
        {
            throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, $"A prediction reads {Shape.SequenceLength} rows; allowed: {Shape.SequenceLength - 1} or more.");
        }

        if (rowCount < 0 || matrix.Length < ((long)firstRow + rowCount) * Shape.Inputs || outputs.Length < (long)rowCount * Shape.Outputs)
        {
            throw new ArgumentException($"{rowCount} rows from row {firstRow} on need {((long)firstRow + rowCount) * Shape.Inputs} inputs and {(long)rowCount * Shape.Outputs} outputs, got {matrix.Length} and {outputs.Length}.", nameof(rowCount));
        }

        if (rowCount == 1)
        {
            fixed (float* row = matrix, target = outputs)
            {
                if (RunRow(row + ((long)firstRow * Shape.Inputs), target, probabilities))
                {
                    return;
                }
            }
        }

        var pass = Interlocked.Exchange(ref _spare, null) ?? CreatePass(training: false);
        fixed (float* source = matrix)
        {
            for (var start = 0; start < rowCount; start += pass.TileRows)
            {
                var count = Math.Min(pass.TileRows, rowCount - start);
                pass.LoadConsecutive(source, (long)firstRow + start, count);
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
