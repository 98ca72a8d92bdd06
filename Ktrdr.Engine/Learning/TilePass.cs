using System.Runtime.Intrinsics;
using Ktrdr.Engine.Learning.Kernels;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// The buffers and the order of kernels for up to <see cref="MaxRows"/> rows: copy rows in, forward, loss, backward. A tile stays in the first-level caches, so
/// every phase reads what the previous one has just written. Allocates only when constructed. One thread at a time.
/// </summary>
internal sealed unsafe class TilePass
{
    public const int MaxRows = 32;

    private readonly DenseLayer[] _layers;
    private readonly Activation _activation;
    private readonly int _inputs;
    private readonly int[] _strides;
    private readonly AlignedFloats[] _values;
    private readonly AlignedFloats[] _slopes;
    private readonly AlignedFloats _noBias;
    private readonly AlignedFloats _rowWeights = new(MaxRows);
    private readonly AlignedFloats _targets = new(MaxRows);
    private readonly AlignedFloats _losses = new(MaxRows);
    private readonly int[] _classes = GC.AllocateArray<int>(MaxRows, pinned: true);
    private int _rows;
    private int _padded;

    public TilePass(ParameterLayout layout, NetworkShape shape, bool training)
    {
        _layers = layout.Layers;
        _activation = shape.Activation;
        _inputs = shape.Inputs;
        _strides = [Stride(_inputs), .. _layers.Select(l => Stride(l.Outputs))];
        _values = [.. _strides.Select(s => new AlignedFloats(s * MaxRows))];
        _slopes = training ? [.. _strides.Select(s => new AlignedFloats(s * MaxRows))] : [];
        _noBias = new AlignedFloats(ParameterLayout.RoundUp(layout.WidestColumns, ParameterLayout.PanelWidth));
        RowPitch = ParameterLayout.RoundUp(layout.WidestColumns, ParameterLayout.PanelWidth) / 2;
    }

    /// <summary>Dropout counters per row, for <see cref="DropoutStream"/>.</summary>
    public int RowPitch { get; }

    /// <summary>Rows in the tile.</summary>
    public int Rows => _rows;

    /// <summary>Copies consecutive rows in, for prediction.</summary>
    public void LoadConsecutive(float* source, int count)
    {
        // A single row has a kernel of its own, so that bar-by-bar prediction does not pay for four.
        Resize(count, count == 1 ? 1 : RoundUpRows(count));
        for (var s = 0; s < count; s++)
        {
            CopyRow(source + ((long)s * _inputs), _values[0].Pointer + (s * _strides[0]));
        }
    }

    /// <summary>Copies the chosen rows with their labels and loss weights in.</summary>
    public void LoadRows(TrainingSet set, float[] lossWeights, ReadOnlySpan<int> rows)
    {
        Resize(rows.Length, RoundUpRows(rows.Length));
        fixed (float* features = set.Features)
        {
            for (var s = 0; s < rows.Length; s++)
            {
                CopyRow(features + ((long)rows[s] * _inputs), _values[0].Pointer + (s * _strides[0]));
            }
        }

        var weights = _rowWeights.Span;
        var targets = _targets.Span;
        for (var s = 0; s < rows.Length; s++)
        {
            weights[s] = lossWeights[rows[s]];
            if (set.IsRegression)
            {
                targets[s] = set.Targets[rows[s]];
            }
            else
            {
                _classes[s] = set.Classes[rows[s]];
            }
        }
    }

    /// <summary>Forward without dropout.</summary>
    public void Infer(float* parameters)
    {
        for (var i = 0; i < _layers.Length; i++)
        {
            Product(parameters, i);
            if (i < _layers.Length - 1)
            {
                ActivationPass.Run(_activation, _values[i + 1].Pointer, _strides[i + 1], _padded, _layers[i].Columns);
            }
        }
    }

    /// <summary>Forward with dropout, leaving the slopes that <see cref="Backward"/> needs.</summary>
    /// <param name="firstRow">Index of the tile's first row in its batch.</param>
    public void Forward(float* parameters, in DropoutStream dropout, int firstRow)
    {
        for (var i = 0; i < _layers.Length; i++)
        {
            Product(parameters, i);
            if (i == _layers.Length - 1)
            {
                break;
            }

            ActivationPass.RunTraining(_activation, _values[i + 1].Pointer, _slopes[i + 1].Pointer, _strides[i + 1], _padded, _layers[i].Columns, dropout, firstRow, i);
            if (_activation == Activation.Sigmoid)
            {
                // sigmoid(0) is not 0: padding that the weight gradient reads must be.
                ClearColumns(_values[i + 1].Pointer, _strides[i + 1], _layers[i + 1].Inputs, _layers[i + 1].Rows);
            }
        }
    }

    /// <summary>Replaces the outputs by the gradient of Σ w·loss and adds the tile's rows, in order, to the tally.</summary>
    /// <param name="huberDelta">For regression: δ, or 0 for the squared error.</param>
    public void Loss(bool isRegression, float huberDelta, ref LossTally tally, long* predicted)
    {
        var outputs = _values[^1].Pointer;
        var losses = _losses.Pointer;
        var weights = _rowWeights.Pointer;
        if (isRegression)
        {
            RegressionHead.Run(outputs, _strides[^1], _rows, _targets.Pointer, weights, huberDelta, losses);
        }
        else
        {
            fixed (int* classes = _classes)
            {
                SoftmaxHead.Run(outputs, _strides[^1], _rows, _layers[^1].Outputs, classes, weights, losses, ref tally.Hits, predicted);
            }
        }

        for (var s = 0; s < _rows; s++)
        {
            tally.Loss += losses[s];
            tally.Weight += weights[s];
        }

        tally.Rows += _rows;
        new Span<float>(outputs + (_rows * _strides[^1]), (_padded - _rows) * _strides[^1]).Clear();
    }

    /// <summary>Adds the tile's gradients to <paramref name="gradients"/>. Must follow <see cref="Forward"/> and <see cref="Loss"/>.</summary>
    /// <param name="transposes">Transposed weights per layer (the first is not used).</param>
    public void Backward(AlignedFloats[] transposes, float* gradients)
    {
        var upstream = _values[^1].Pointer;
        for (var i = _layers.Length - 1; i >= 0; i--)
        {
            ref readonly var layer = ref _layers[i];
            WeightGradient.Run(_values[i].Pointer, _strides[i], upstream, _strides[i + 1], gradients + layer.WeightOffset, layer.Rows, gradients + layer.BiasOffset, _padded, layer.Columns);
            if (i > 0)
            {
                var slopes = _slopes[i].Pointer;
                DenseProduct.Run(upstream, _strides[i + 1], transposes[i].Pointer, layer.Outputs, _noBias.Pointer, slopes, slopes, _strides[i], _padded, layer.Outputs, _layers[i - 1].Columns);
                upstream = slopes;
            }
        }
    }

    /// <summary>Turns the outputs into class probabilities.</summary>
    public void Softmax() => SoftmaxHead.Probabilities(_values[^1].Pointer, _strides[^1], _rows, _layers[^1].Outputs);

    /// <summary>The outputs of the tile's rows without padding.</summary>
    public void CopyOutputs(Span<float> destination)
    {
        var outputs = _layers[^1].Outputs;
        var stride = _strides[^1];
        var source = _values[^1].Pointer;
        fixed (float* target = destination[..(_rows * outputs)])
        {
            for (var s = 0; s < _rows; s++)
            {
                for (var n = 0; n < outputs; n++)
                {
                    target[(s * outputs) + n] = source[(s * stride) + n];
                }
            }
        }
    }

    private static int RoundUpRows(int rows) => Math.Max(4, ParameterLayout.RoundUp(rows, 2));

    /// <summary>Padded columns; for wide layers an odd number of cache lines, so that a column's rows do not all fall into the same cache sets.</summary>
    private static int Stride(int columns)
    {
        var lines = (columns + 15) / 16;
        return 16 * (lines >= 8 ? lines | 1 : lines);
    }

    private void Product(float* parameters, int i)
    {
        ref readonly var layer = ref _layers[i];
        DenseProduct.Run(_values[i].Pointer, _strides[i], parameters + layer.WeightOffset, layer.Rows, parameters + layer.BiasOffset, null, _values[i + 1].Pointer, _strides[i + 1], _padded, layer.Inputs, layer.Columns);
    }

    private void Resize(int rows, int padded)
    {
        _rows = rows;
        _padded = padded;
        new Span<float>(_values[0].Pointer + (rows * _strides[0]), (padded - rows) * _strides[0]).Clear();
    }

    private void CopyRow(float* source, float* target)
    {
        if (_inputs < 8)
        {
            for (var c = 0; c < _inputs; c++)
            {
                target[c] = source[c];
            }

            return;
        }

        // The last vector overlaps the one before, which spares a scalar tail.
        for (var c = 0; c <= _inputs - 8; c += 8)
        {
            Vector256.Load(source + c).Store(target + c);
        }

        Vector256.Load(source + _inputs - 8).Store(target + _inputs - 8);
    }

    private void ClearColumns(float* values, int stride, int from, int to)
    {
        for (var s = 0; s < _padded && from < to; s++)
        {
            new Span<float>(values + (s * stride) + from, to - from).Clear();
        }
    }
}

/// <summary>Sums over rows, in row order.</summary>
internal struct LossTally
{
    public double Loss;
    public double Weight;
    public long Hits;
    public long Rows;

    public void Add(in LossTally other)
    {
        Loss += other.Loss;
        Weight += other.Weight;
        Hits += other.Hits;
        Rows += other.Rows;
    }
}
