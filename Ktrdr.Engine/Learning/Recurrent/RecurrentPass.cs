using Ktrdr.Engine.Learning.Kernels;

namespace Ktrdr.Engine.Learning.Recurrent;

/// <summary>
/// A tile of windows through a stack of recurrent layers. In training the whole way is kept, layer by layer, and gone back through time; in prediction only the
/// current states are, and windows of consecutive rows share the first layer's product with the features.
/// </summary>
internal sealed unsafe class RecurrentPass : GradientPass
{
    /// <summary>A tile's tape should stay in the last-level cache.</summary>
    private const int MostTapeFloats = 4 << 20;

    /// <summary>Rows of one call of the weight gradient: what it reads again and again should stay in the first-level cache.</summary>
    private const int GradientRows = 128;

    private readonly RecurrentShape _shape;
    private readonly RecurrentLayer[] _layers;
    private readonly DenseLayer _head;
    private readonly int _columns;
    private readonly int _inputStride;
    private readonly int _gateStride;
    private readonly int _stateStride;
    private readonly int _outputStride;

    private readonly LayerTape[] _tapes;
    private readonly AlignedFloats _features;
    private readonly AlignedFloats _projected;
    private readonly AlignedFloats _inputGates;
    private readonly AlignedFloats _hiddenGates;
    private readonly AlignedFloats[] _states;
    private readonly AlignedFloats[] _memories;
    private readonly AlignedFloats _last;
    private readonly AlignedFloats _lastMask;
    private readonly AlignedFloats _outputs;
    private readonly AlignedFloats _zeros;
    private readonly AlignedFloats _headTranspose;
    private readonly AlignedFloats _downstream;
    private readonly AlignedFloats _recurrent;
    private readonly AlignedFloats _carried;
    private readonly AlignedFloats _lastGradient;

    /// <summary>Feature rows between two time steps: the tile's rows, or 1 where windows overlap.</summary>
    private int _pitch;

    private bool _isDropped;

    public RecurrentPass(RecurrentShape shape, RecurrentLayer[] layers, DenseLayer head, bool training)
        : base(shape, TileOf(shape), shape.HiddenSize)
    {
        _shape = shape;
        _layers = layers;
        _head = head;
        _columns = DenseLayer.RoundUp(shape.HiddenSize, 8);
        _inputStride = Stride(shape.Inputs);
        _gateStride = Stride(shape.Gates * _columns);
        _stateStride = Stride(_columns);
        _outputStride = Stride(shape.Outputs);
        var (steps, tile) = (shape.SequenceLength, TileRows);
        var rows = training ? steps * tile : DenseLayer.RoundUp(steps + tile, 4);

        _tapes = training ? [.. layers.Select((layer, i) => new LayerTape(shape, layer, tile, _gateStride, _stateStride, i == layers.Length - 1))] : [];
        _features = new AlignedFloats(rows * _inputStride);
        _projected = training ? _tapes[0].Gates : new AlignedFloats(rows * _gateStride);
        _inputGates = new AlignedFloats(tile * _gateStride);
        _hiddenGates = new AlignedFloats(tile * _gateStride);
        _states = [.. layers.Select(_ => new AlignedFloats(tile * _stateStride))];
        _memories = [.. layers.Select(_ => new AlignedFloats(tile * _stateStride))];
        _last = new AlignedFloats(tile * _stateStride);
        _lastMask = new AlignedFloats(tile * _stateStride);
        _outputs = new AlignedFloats(tile * _outputStride);
        _zeros = new AlignedFloats(Math.Max(tile * _stateStride, DenseLayer.RoundUp(shape.Inputs, DenseLayer.PanelWidth)));
        _headTranspose = new AlignedFloats(training ? head.TransposeLength : 0);
        _downstream = new AlignedFloats(training && layers.Length > 1 ? steps * tile * _stateStride : 0);
        _recurrent = new AlignedFloats(tile * _stateStride);
        _carried = new AlignedFloats(tile * _stateStride);
        _lastGradient = new AlignedFloats(tile * _stateStride);
    }

    protected override float* Outputs => _outputs.Pointer;

    protected override int OutputStride => _outputStride;

    public override void ParametersChanged(float* parameters)
    {
        for (var l = 0; l < _layers.Length; l++)
        {
            // No gradient with respect to the features is wanted, so the first layer's input needs no transpose.
            if (l > 0)
            {
                PanelTranspose.Run(_layers[l].Input, parameters + _layers[l].Input.WeightOffset, _tapes[l].InputTranspose.Pointer);
            }

            PanelTranspose.Run(_layers[l].Hidden, parameters + _layers[l].Hidden.WeightOffset, _tapes[l].HiddenTranspose.Pointer);
        }

        PanelTranspose.Run(_head, parameters + _head.WeightOffset, _headTranspose.Pointer);
    }

    public override void Infer(float* parameters)
    {
        var steps = _shape.SequenceLength;
        var featureRows = _pitch == 1 ? RoundUpRows(steps + PaddedRows - 1) : steps * PaddedRows;
        Product(_layers[0].Input, parameters, _features.Pointer, _inputStride, _projected.Pointer, _gateStride, featureRows);
        for (var l = 0; l < _layers.Length; l++)
        {
            _states[l].Span.Clear();
            _memories[l].Span.Clear();
        }

        for (var t = 0; t < steps; t++)
        {
            Cancellation.ThrowIfCancellationRequested();
            var gates = _projected.Pointer + (t * _pitch * _gateStride);
            for (var l = 0; l < _layers.Length; l++)
            {
                if (l > 0)
                {
                    gates = _inputGates.Pointer;
                    Product(_layers[l].Input, parameters, _states[l - 1].Pointer, _stateStride, gates, _gateStride, PaddedRows);
                }

                float* state = _states[l].Pointer, memory = _memories[l].Pointer;
                Product(_layers[l].Hidden, parameters, state, _stateStride, _hiddenGates.Pointer, _gateStride, PaddedRows);
                if (_shape.Cell == RecurrentCell.Lstm)
                {
                    LstmCell.Forward(gates, _hiddenGates.Pointer, _gateStride, memory, null, memory, null, state, _stateStride, PaddedRows, _columns);
                }
                else
                {
                    GruCell.Forward(gates, _hiddenGates.Pointer, _gateStride, state, null, null, state, _stateStride, PaddedRows, _columns);
                }
            }
        }

        Head(parameters, _states[^1].Pointer);
    }

    public override void Forward(float* parameters, in DropoutStream dropout, int firstRow)
    {
        var inputs = _features.Pointer;
        var inputStride = _inputStride;
        for (var l = 0; l < _layers.Length; l++)
        {
            Unroll(parameters, l, inputs, inputStride);
            inputs = Step(_tapes[l].States, 1, _stateStride);
            inputStride = _stateStride;
            if (l < _layers.Length - 1 && dropout.IsActive)
            {
                inputs = DropBetweenLayers(l, inputs, dropout, firstRow);
            }
        }

        var last = Step(_tapes[^1].States, _shape.SequenceLength, _stateStride);
        if (dropout.IsActive)
        {
            DropoutMask.Run(last, _last.Pointer, _lastMask.Pointer, _stateStride, PaddedRows, _columns, dropout, firstRow, 1, _layers.Length - 1);
        }
        else
        {
            new Span<float>(last, PaddedRows * _stateStride).CopyTo(_last.Span);
        }

        _isDropped = dropout.IsActive;
        Head(parameters, _last.Pointer);
    }

    public override void Backward(float* parameters, float* gradients)
    {
        WeightGradient.Run(_last.Pointer, _stateStride, Outputs, _outputStride, gradients + _head.WeightOffset, _head.Rows, gradients + _head.BiasOffset, PaddedRows, _head.Columns);
        DenseProduct.Run(Outputs, _outputStride, _headTranspose.Pointer, _head.Columns, _zeros.Pointer, _isDropped ? _lastMask.Pointer : null, _lastGradient.Pointer, _stateStride, PaddedRows, _head.Outputs, _columns);
        for (var l = _layers.Length - 1; l >= 0; l--)
        {
            var (layer, tape) = (_layers[l], _tapes[l]);
            BackThroughTime(l);
            var hiddenGates = (tape.HiddenGates ?? tape.Gates).Pointer;
            var inputs = l == 0 ? _features.Pointer : _isDropped ? _tapes[l - 1].Dropped!.Pointer : Step(_tapes[l - 1].States, 1, _stateStride);
            AddWeightGradient(layer.Input, gradients, inputs, l == 0 ? _inputStride : _stateStride, tape.Gates.Pointer);
            AddWeightGradient(layer.Hidden, gradients, tape.States.Pointer, _stateStride, hiddenGates);
            if (l > 0)
            {
                var mask = _isDropped ? _tapes[l - 1].Mask!.Pointer : null;
                DenseProduct.Run(tape.Gates.Pointer, _gateStride, tape.InputTranspose.Pointer, layer.Input.Outputs, _zeros.Pointer, mask, _downstream.Pointer, _stateStride, _shape.SequenceLength * PaddedRows, layer.Input.Outputs, _columns);
            }
        }
    }

    protected override void CopyConsecutive(float* matrix, long firstRow)
    {
        _pitch = 1;
        var (inputs, rows) = (_shape.Inputs, _shape.SequenceLength + Rows - 1);
        var first = matrix + ((firstRow - _shape.SequenceLength + 1) * inputs);
        for (var r = 0; r < rows; r++)
        {
            CopyRow(first + ((long)r * inputs), _features.Pointer + (r * _inputStride), inputs);
        }
    }

    protected override void CopyRows(float* matrix, ReadOnlySpan<int> rows)
    {
        _pitch = PaddedRows;
        var (inputs, steps) = (_shape.Inputs, _shape.SequenceLength);
        for (var t = 0; t < steps; t++)
        {
            var target = Step(_features, t, _inputStride);
            for (var s = 0; s < rows.Length; s++)
            {
                CopyRow(matrix + ((long)(rows[s] - steps + 1 + t) * inputs), target + (s * _inputStride), inputs);
            }

            new Span<float>(target + (Rows * _inputStride), (PaddedRows - Rows) * _inputStride).Clear();
        }
    }

    /// <summary>The greatest power of two of rows, from 4 to 32, whose tape fits.</summary>
    private static int TileOf(RecurrentShape shape)
    {
        var columns = DenseLayer.RoundUp(shape.HiddenSize, DenseLayer.PanelWidth);
        var floatsPerRow = (long)shape.SequenceLength * (shape.Inputs + (shape.Layers * columns * ((2 * shape.Gates) + 3)));
        var rows = MostRows;
        while (rows > 4 && floatsPerRow * rows > MostTapeFloats)
        {
            rows /= 2;
        }

        return rows;
    }

    private static void Product(in DenseLayer layer, float* parameters, float* x, int xStride, float* y, int yStride, int rows)
        => DenseProduct.Run(x, xStride, parameters + layer.WeightOffset, layer.Rows, parameters + layer.BiasOffset, null, y, yStride, rows, layer.Inputs, layer.Columns);

    /// <summary>Where a time step's rows begin in a time-major buffer.</summary>
    private float* Step(AlignedFloats buffer, int step, int stride) => buffer.Pointer + (step * PaddedRows * stride);

    private void Head(float* parameters, float* state) => Product(_head, parameters, state, _stateStride, Outputs, _outputStride, PaddedRows);

    /// <summary>One layer over all time steps: its product with all inputs at once, then step by step.</summary>
    private void Unroll(float* parameters, int l, float* inputs, int inputStride)
    {
        var (layer, tape) = (_layers[l], _tapes[l]);
        var steps = _shape.SequenceLength;
        Product(layer.Input, parameters, inputs, inputStride, tape.Gates.Pointer, _gateStride, steps * PaddedRows);
        tape.States.Span[..(PaddedRows * _stateStride)].Clear();
        tape.Memories?.Span[..(PaddedRows * _stateStride)].Clear();
        for (var t = 0; t < steps; t++)
        {
            Cancellation.ThrowIfCancellationRequested();
            float* gates = Step(tape.Gates, t, _gateStride), inner = Step(tape.Inner, t, _stateStride);
            float* previous = Step(tape.States, t, _stateStride), state = Step(tape.States, t + 1, _stateStride);
            Product(layer.Hidden, parameters, previous, _stateStride, _hiddenGates.Pointer, _gateStride, PaddedRows);
            if (tape.Memories is { } memories)
            {
                LstmCell.Forward(gates, _hiddenGates.Pointer, _gateStride, Step(memories, t, _stateStride), gates, Step(memories, t + 1, _stateStride), inner, state, _stateStride, PaddedRows, _columns);
            }
            else
            {
                GruCell.Forward(gates, _hiddenGates.Pointer, _gateStride, previous, gates, inner, state, _stateStride, PaddedRows, _columns);
            }
        }
    }

    /// <summary>Every row of every time step has draws of its own.</summary>
    private float* DropBetweenLayers(int l, float* states, in DropoutStream dropout, int firstRow)
    {
        var tape = _tapes[l];
        var steps = _shape.SequenceLength;
        for (var t = 0; t < steps; t++)
        {
            var at = t * PaddedRows * _stateStride;
            DropoutMask.Run(states + at, tape.Dropped!.Pointer + at, tape.Mask!.Pointer + at, _stateStride, PaddedRows, _columns, dropout, (firstRow * steps) + t, steps, l);
        }

        return tape.Dropped!.Pointer;
    }

    /// <summary>From the gradients of a layer's states to those of its gates, last step first.</summary>
    private void BackThroughTime(int l)
    {
        var (layer, tape) = (_layers[l], _tapes[l]);
        var (steps, isTop) = (_shape.SequenceLength, l == _layers.Length - 1);
        _recurrent.Span.Clear();
        _carried.Span.Clear();
        for (var t = steps - 1; t >= 0; t--)
        {
            Cancellation.ThrowIfCancellationRequested();

            // The head reads the last step only; a layer above reads all.
            var upstream = !isTop ? Step(_downstream, t, _stateStride) : t == steps - 1 ? _lastGradient.Pointer : _zeros.Pointer;
            float* gates = Step(tape.Gates, t, _gateStride), hiddenGates = gates, inner = Step(tape.Inner, t, _stateStride);
            if (tape.Memories is { } memories)
            {
                LstmCell.Backward(gates, _gateStride, Step(memories, t, _stateStride), inner, _recurrent.Pointer, upstream, _carried.Pointer, _stateStride, PaddedRows, _columns);
            }
            else
            {
                hiddenGates = Step(tape.HiddenGates!, t, _gateStride);
                GruCell.Backward(gates, hiddenGates, _gateStride, Step(tape.States, t, _stateStride), inner, _recurrent.Pointer, _carried.Pointer, upstream, _stateStride, PaddedRows, _columns);
            }

            if (t > 0)
            {
                DenseProduct.Run(hiddenGates, _gateStride, tape.HiddenTranspose.Pointer, layer.Hidden.Outputs, _zeros.Pointer, null, _recurrent.Pointer, _stateStride, PaddedRows, layer.Hidden.Outputs, _columns);
            }
        }
    }

    /// <summary>Over all time steps, in order.</summary>
    private void AddWeightGradient(in DenseLayer layer, float* gradients, float* inputs, int inputStride, float* gates)
    {
        var rows = _shape.SequenceLength * PaddedRows;
        for (var first = 0; first < rows; first += GradientRows)
        {
            var count = Math.Min(GradientRows, rows - first);
            WeightGradient.Run(inputs + (first * inputStride), inputStride, gates + (first * _gateStride), _gateStride, gradients + layer.WeightOffset, layer.Rows, gradients + layer.BiasOffset, count, layer.Columns);
        }
    }
}
