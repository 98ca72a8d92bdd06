using System.Runtime.Intrinsics.X86;
using Ktrdr.Engine.Learning.Kernels;

namespace Ktrdr.Engine.Learning.Mlp;

/// <summary>A tile of rows through a multilayer perceptron.</summary>
internal sealed unsafe class MlpPass : GradientPass
{
    /// <summary>A multiple of 6, because the products work on 6 rows at a time, and of 8, because the softmax does.</summary>
    private const int Tile = 48;
    private const int FloatsPerCacheLine = 16;

    private readonly DenseLayer[] _layers;
    private readonly Activation _activation;
    private readonly int _inputs;
    private readonly int[] _strides;
    private readonly AlignedFloats[] _values;
    private readonly AlignedFloats[] _slopes;
    private readonly AlignedFloats[] _transposes;
    private readonly AlignedFloats _noBias;
    private float* _features;
    private int _featureStride;

    public MlpPass(MlpShape shape, DenseLayer[] layers, bool training)
        : base(shape, Tile, shape.Widths().Max())
    {
        _layers = layers;
        _activation = shape.Activation;
        _inputs = shape.Inputs;
        _strides = [Stride(_inputs), .. _layers.Select(l => Stride(l.Outputs))];
        _values = [.. _strides.Select(s => new AlignedFloats(s * Tile))];
        _slopes = training ? [.. _strides.Select(s => new AlignedFloats(s * Tile))] : [];
        _transposes = training ? [.. _layers.Select(l => new AlignedFloats(l.TransposeLength))] : [];
        _noBias = new AlignedFloats(DenseLayer.RoundUp(shape.Widths().Max(), DenseLayer.PanelWidth));
    }

    protected override float* Outputs => _values[^1].Pointer;

    protected override int OutputStride => _strides[^1];

    public override void ParametersChanged(float* parameters)
    {
        // No gradient with respect to the features is wanted, so the first layer needs no transpose.
        for (var i = 1; i < _layers.Length; i++)
        {
            PanelTranspose.Run(_layers[i], parameters + _layers[i].WeightOffset, _transposes[i].Pointer);
        }
    }

    public override void Infer(float* parameters)
    {
        for (var i = 0; i < _layers.Length; i++)
        {
            if (i == _layers.Length - 1)
            {
                Product(parameters, i);
                break;
            }

            ref readonly var layer = ref _layers[i];
            DenseProduct.RunActivated(
                _activation, Input(i), InputStride(i), parameters + layer.WeightOffset, layer.Rows, parameters + layer.BiasOffset, _values[i + 1].Pointer, _strides[i + 1], PaddedRows, layer.Inputs, layer.Columns);
        }
    }

    public override void Forward(float* parameters, in DropoutStream dropout, int firstRow)
    {
        for (var i = 0; i < _layers.Length; i++)
        {
            Product(parameters, i);
            if (i == _layers.Length - 1)
            {
                break;
            }

            ActivationPass.RunTraining(_activation, _values[i + 1].Pointer, _slopes[i + 1].Pointer, _strides[i + 1], PaddedRows, _layers[i].Columns, dropout, firstRow, i);
            if (_activation == Activation.Sigmoid)
            {
                // sigmoid(0) is not 0: padding that the weight gradient reads must be.
                ClearColumns(_values[i + 1].Pointer, _strides[i + 1], _layers[i + 1].Inputs, _layers[i + 1].Rows);
            }
        }
    }

    public override void Backward(float* parameters, float* gradients)
    {
        var upstream = _values[^1].Pointer;
        for (var i = _layers.Length - 1; i >= 0; i--)
        {
            ref readonly var layer = ref _layers[i];
            WeightGradient.Run(_values[i].Pointer, _strides[i], upstream, _strides[i + 1], gradients + layer.WeightOffset, layer.Rows, gradients + layer.BiasOffset, PaddedRows, layer.Columns);
            if (i > 0)
            {
                var slopes = _slopes[i].Pointer;
                DenseProduct.Run(upstream, _strides[i + 1], _transposes[i].Pointer, layer.Columns, _noBias.Pointer, slopes, slopes, _strides[i], PaddedRows, layer.Outputs, _layers[i - 1].Columns);
                upstream = slopes;
            }
        }
    }

    protected override void PrefetchFeatures(float* matrix, int row)
    {
        var from = matrix + ((long)row * _inputs);
        for (var c = 0; c < _inputs; c += FloatsPerCacheLine)
        {
            Sse.Prefetch0(from + c);
        }

        Sse.Prefetch0(from + _inputs - 1);
    }

    /// <summary>Consecutive rows are read where they lie: only padding makes a copy necessary.</summary>
    protected override void CopyConsecutive(float* matrix, long firstRow)
    {
        var source = matrix + (firstRow * _inputs);
        if (PaddedRows == Rows)
        {
            _features = source;
            _featureStride = _inputs;
            return;
        }

        var target = _values[0].Pointer;
        _features = target;
        _featureStride = _strides[0];
        for (var s = 0; s < Rows; s++, source += _inputs, target += _featureStride)
        {
            CopyRow(source, target, _inputs);
        }

        ClearPadding();
    }

    protected override void CopyRows(float* matrix, ReadOnlySpan<int> rows)
    {
        _features = _values[0].Pointer;
        _featureStride = _strides[0];
        for (var s = 0; s < rows.Length; s++)
        {
            CopyRow(matrix + ((long)rows[s] * _inputs), _values[0].Pointer + (s * _strides[0]), _inputs);
        }

        ClearPadding();
    }

    private void Product(float* parameters, int i)
    {
        ref readonly var layer = ref _layers[i];
        DenseProduct.Run(Input(i), InputStride(i), parameters + layer.WeightOffset, layer.Rows, parameters + layer.BiasOffset, null, _values[i + 1].Pointer, _strides[i + 1], PaddedRows, layer.Inputs, layer.Columns);
    }

    private float* Input(int layer) => layer == 0 ? _features : _values[layer].Pointer;

    private int InputStride(int layer) => layer == 0 ? _featureStride : _strides[layer];

    private void ClearPadding()
    {
        if (PaddedRows > Rows)
        {
            new Span<float>(_values[0].Pointer + (Rows * _strides[0]), (PaddedRows - Rows) * _strides[0]).Clear();
        }
    }

    private void ClearColumns(float* values, int stride, int from, int to)
    {
        for (var s = 0; s < PaddedRows && from < to; s++)
        {
            new Span<float>(values + (s * stride) + from, to - from).Clear();
        }
    }
}
