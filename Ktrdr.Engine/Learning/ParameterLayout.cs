namespace Ktrdr.Engine.Learning;

/// <summary>
/// Where each weight lies in the one flat parameter buffer. Gradients and optimiser moments use the same layout.
/// A layer's matrix is cut into panels of 16 output columns (the last panel may have 8); inside a panel the rows (inputs) follow each other, so that kernels
/// read weights strictly forwards whatever the layer's width. The bias follows its matrix. Padding is zero and stays zero: its gradient is zero by construction.
/// </summary>
internal sealed class ParameterLayout
{
    public const int PanelWidth = 16;
    private const int Lanes = 8;

    public ParameterLayout(NetworkShape shape)
    {
        var widths = new[] { shape.Inputs }.Concat(shape.Hidden).Append(shape.Outputs).ToArray();
        var layers = new DenseLayer[widths.Length - 1];
        var offset = 0;
        for (var i = 0; i < layers.Length; i++)
        {
            layers[i] = new DenseLayer(widths[i], widths[i + 1], offset);
            offset = layers[i].End;
        }

        Layers = layers;
        Length = RoundUp(offset, PanelWidth);
        WidestColumns = Math.Max(layers.Max(l => l.Columns), RoundUp(shape.Inputs, Lanes));
    }

    public DenseLayer[] Layers { get; }

    /// <summary>Floats in a parameter buffer: a multiple of 16.</summary>
    public int Length { get; }

    /// <summary>The widest padded row of activations.</summary>
    public int WidestColumns { get; }

    public static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}

/// <summary>One linear layer's place in the parameter buffer.</summary>
internal readonly record struct DenseLayer(int Inputs, int Outputs, int WeightOffset)
{
    /// <summary>Rows per panel: the inputs, rounded up to an even number ≥ 4 because the gradient kernel works on 6 or 4 rows at a time.</summary>
    public int Rows => Math.Max(4, ParameterLayout.RoundUp(Inputs, 2));

    /// <summary>Output columns padded to whole 8-lane vectors.</summary>
    public int Columns => ParameterLayout.RoundUp(Outputs, 8);

    public int BiasOffset => WeightOffset + (Rows * Columns);

    public int End => BiasOffset + Columns;

    /// <summary>Offset from <see cref="WeightOffset"/> of the weight from input <paramref name="row"/> to output <paramref name="column"/>.</summary>
    public int IndexOf(int row, int column) => PanelIndex(Rows, Columns, row, column);

    /// <summary>The same for any panel-packed matrix.</summary>
    public static int PanelIndex(int rows, int columns, int row, int column)
    {
        var panel = column / ParameterLayout.PanelWidth;
        var start = panel * ParameterLayout.PanelWidth;
        return (start * rows) + (row * Math.Min(ParameterLayout.PanelWidth, columns - start)) + (column - start);
    }
}
