using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ktrdr.Engine.Learning.Kernels;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// The buffers and the order of kernels for one tile of rows of one kind of network: copy rows in, forward, loss, backward. A tile is small enough to stay in the
/// caches, so every phase reads what the previous one has just written. What a kind has to say: how features are copied in, forward (with and without
/// dropout) and backward; labels and losses are the same for all. Allocates only when constructed. One thread at a time.
/// </summary>
internal abstract unsafe class GradientPass
{
    /// <summary>Rows in the tile of most kinds.</summary>
    public const int MostRows = 32;

    private readonly AlignedFloats _rowWeights;
    private readonly AlignedFloats _targets;
    private readonly AlignedFloats _losses;
    private readonly int[] _classes;
    private readonly int _outputColumns;

    /// <param name="tileRows">Rows in a full tile: an even number ≥ 4, a function of the shape alone (it decides the order of sums).</param>
    /// <param name="widest">The most units of a layer: dropout draws are counted by it.</param>
    protected GradientPass(NetworkShape shape, int tileRows, int widest)
    {
        TileRows = tileRows;
        _rowWeights = new AlignedFloats(tileRows);
        _targets = new AlignedFloats(tileRows);
        _losses = new AlignedFloats(tileRows);
        _classes = GC.AllocateArray<int>(tileRows, pinned: true);
        _outputColumns = shape.Outputs;
        RowPitch = DenseLayer.RoundUp(widest, DenseLayer.PanelWidth) / 2;
    }

    public int TileRows { get; }

    /// <summary>Dropout counters per row, for <see cref="DropoutStream"/>.</summary>
    public int RowPitch { get; }

    /// <summary>Looked at inside the passes of kinds for which a tile can take long.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Rows in the tile.</summary>
    protected int Rows { get; private set; }

    /// <summary>Rows that the kernels run over: 1, or an even number ≥ 4. Those beyond <see cref="Rows"/> have zero features and zero gradient.</summary>
    protected int PaddedRows { get; private set; }

    /// <summary>The network's outputs, and after <see cref="Loss"/> their gradients; row s at Outputs + s·OutputStride, padded columns zero.</summary>
    protected abstract float* Outputs { get; }

    protected abstract int OutputStride { get; }

    /// <summary>Takes the windows that end at consecutive rows in, for prediction.</summary>
    /// <param name="matrix">Stays where it is until the outputs have been copied: a pass may read it instead of a copy.</param>
    public void LoadConsecutive(float* matrix, long firstRow, int count)
    {
        // A single row has kernels of its own, so that bar-by-bar prediction does not pay for four.
        Resize(count, count == 1 ? 1 : RoundUpRows(count));
        CopyConsecutive(matrix, firstRow);
    }

    /// <summary>Copies the chosen rows with their labels and loss weights in.</summary>
    public void LoadRows(TrainingSet set, float[] lossWeights, ReadOnlySpan<int> rows)
    {
        Resize(rows.Length, RoundUpRows(rows.Length));
        float* weights = _rowWeights.Pointer, targets = _targets.Pointer;
        fixed (float* features = set.Features, sourceWeights = lossWeights, sourceTargets = set.Targets)
        {
            fixed (int* classes = _classes, sourceClasses = set.Classes)
            {
                CopyRows(features, rows);
                for (var s = 0; s < rows.Length; s++)
                {
                    weights[s] = sourceWeights[rows[s]];
                }

                for (var s = 0; s < rows.Length && set.IsRegression; s++)
                {
                    targets[s] = sourceTargets[rows[s]];
                }

                for (var s = 0; s < rows.Length && !set.IsRegression; s++)
                {
                    classes[s] = sourceClasses[rows[s]];
                }
            }
        }
    }

    /// <summary>Asks for the features of the rows that come next, which lie all over the memory, while there is still work to do. Changes nothing.</summary>
    public void Prefetch(TrainingSet set, float[] lossWeights, ReadOnlySpan<int> rows)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        fixed (float* features = set.Features, weights = lossWeights, targets = set.Targets)
        {
            fixed (int* classes = set.Classes)
            {
                foreach (var row in rows)
                {
                    Sse.Prefetch0(weights + row);
                    Sse.Prefetch0(set.IsRegression ? targets + row : classes + row);
                    PrefetchFeatures(features, row);
                }
            }
        }
    }

    /// <summary>Called before the first tile and after every change of the parameters while training: whatever copies of them the backward pass wants.</summary>
    public virtual void ParametersChanged(float* parameters)
    {
    }

    /// <summary>Forward without dropout.</summary>
    public abstract void Infer(float* parameters);

    /// <summary>Forward with dropout, leaving what <see cref="Backward"/> needs.</summary>
    /// <param name="firstRow">Index of the tile's first row in its batch.</param>
    public abstract void Forward(float* parameters, in DropoutStream dropout, int firstRow);

    /// <summary>Replaces the outputs by the gradient of Σ w·loss and adds the tile's rows, in order, to the tally.</summary>
    /// <param name="predicted">Incremented per row at its greatest output; may be null.</param>
    public void Loss(in LossFunction loss, ref LossTally tally, long* predicted)
    {
        var outputs = Outputs;
        var stride = OutputStride;
        var losses = _losses.Pointer;
        var weights = _rowWeights.Pointer;
        if (loss.IsRegression)
        {
            RegressionHead.Run(outputs, stride, Rows, _targets.Pointer, weights, loss.HuberDelta, losses);
        }
        else
        {
            fixed (int* classes = _classes)
            {
                SoftmaxHead.Run(outputs, stride, Rows, _outputColumns, classes, weights, losses, ref tally.Hits, predicted);
                if (loss.FocalGamma > 0)
                {
                    FocalModulation.Run(outputs, stride, Rows, _outputColumns, classes, weights, losses, loss.FocalGamma);
                }
            }
        }

        for (var s = 0; s < Rows; s++)
        {
            tally.Loss += losses[s];
            tally.Weight += weights[s];
        }

        tally.Rows += Rows;
        new Span<float>(outputs + (Rows * stride), (PaddedRows - Rows) * stride).Clear();
    }

    /// <summary>Adds the tile's gradients to <paramref name="gradients"/>, laid out as the parameters. Must follow <see cref="Forward"/> and <see cref="Loss"/>.</summary>
    public abstract void Backward(float* parameters, float* gradients);

    /// <summary>Turns the outputs into class probabilities.</summary>
    public void Softmax() => SoftmaxHead.Probabilities(Outputs, OutputStride, Rows, _outputColumns);

    /// <summary>The outputs of the tile's rows without padding.</summary>
    public void CopyOutputs(Span<float> destination)
    {
        var source = Outputs;
        var (stride, columns, rows) = (OutputStride, _outputColumns, Rows);
        fixed (float* start = destination[..(rows * columns)])
        {
            var target = start;
            for (var s = 0; s < rows; s++, source += stride, target += columns)
            {
                for (var n = 0; n < columns; n++)
                {
                    target[n] = source[n];
                }
            }
        }
    }

    /// <summary>Asks for what a row's window starts with; the rest of a long one is read in order, which processors foresee by themselves.</summary>
    protected virtual void PrefetchFeatures(float* matrix, int row)
    {
    }

    /// <summary>Copies the windows ending at <see cref="Rows"/> rows from <paramref name="firstRow"/> on in and clears the padded rows' features; or reads them where they are.</summary>
    protected abstract void CopyConsecutive(float* matrix, long firstRow);

    /// <summary>Copies the windows ending at the chosen rows in and clears the padded rows' features.</summary>
    protected abstract void CopyRows(float* matrix, ReadOnlySpan<int> rows);

    /// <summary>Padded columns; for wide layers an odd number of cache lines, so that a column's rows do not all fall into the same cache sets.</summary>
    protected static int Stride(int columns)
    {
        var lines = (columns + 15) / 16;
        return 16 * (lines >= 8 ? lines | 1 : lines);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void CopyRow(float* source, float* target, int columns)
    {
        if (columns < 8)
        {
            for (var c = 0; c < columns; c++)
            {
                target[c] = source[c];
            }

            return;
        }

        // The last vector overlaps the one before, which spares a scalar tail.
        for (var c = 0; c <= columns - 8; c += 8)
        {
            Vector256.Load(source + c).Store(target + c);
        }

        Vector256.Load(source + columns - 8).Store(target + columns - 8);
    }

    /// <summary>The least number of rows that the kernels take for several rows.</summary>
    protected static int RoundUpRows(int rows) => Math.Max(4, DenseLayer.RoundUp(rows, 2));

    private void Resize(int rows, int padded)
    {
        Rows = rows;
        PaddedRows = padded;
    }
}
