namespace Ktrdr.Engine.Learning.Recurrent;

/// <summary>
/// What one recurrent layer remembers of a tile on its way forward, for the way back. Time-major: the tile's rows of one time step lie together, step after
/// step. States have one step more: the first is the zero start.
/// </summary>
internal sealed class LayerTape(RecurrentShape shape, RecurrentLayer layer, int tileRows, int gateStride, int stateStride, bool isLast)
{
    /// <summary>Gates before, then after their activation; on the way back the gradients of the input's share.</summary>
    public AlignedFloats Gates { get; } = new(shape.SequenceLength * tileRows * gateStride);

    /// <summary>gru: the gradients of the hidden state's share. lstm: the same as of the input's.</summary>
    public AlignedFloats? HiddenGates { get; } = shape.Cell == RecurrentCell.Gru ? new(shape.SequenceLength * tileRows * gateStride) : null;

    /// <summary>h, from the zero start on.</summary>
    public AlignedFloats States { get; } = new((shape.SequenceLength + 1) * tileRows * stateStride);

    /// <summary>lstm: c, from the zero start on.</summary>
    public AlignedFloats? Memories { get; } = shape.Cell == RecurrentCell.Lstm ? new((shape.SequenceLength + 1) * tileRows * stateStride) : null;

    /// <summary>lstm: tanh(c). gru: the hidden state's share of the candidate.</summary>
    public AlignedFloats Inner { get; } = new(shape.SequenceLength * tileRows * stateStride);

    /// <summary>h after dropout, as the next layer reads it; only between layers and with dropout.</summary>
    public AlignedFloats? Dropped { get; } = !isLast && shape.Dropout > 0 ? new(shape.SequenceLength * tileRows * stateStride) : null;

    public AlignedFloats? Mask { get; } = !isLast && shape.Dropout > 0 ? new(shape.SequenceLength * tileRows * stateStride) : null;

    public AlignedFloats InputTranspose { get; } = new(layer.Input.TransposeLength);

    public AlignedFloats HiddenTranspose { get; } = new(layer.Hidden.TransposeLength);
}
