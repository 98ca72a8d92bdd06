using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// One linear layer's place in a network's flat parameter buffer; gradients and optimiser moments use the same layout.
/// The matrix is cut into panels of 16 output columns (the last panel may have 8); inside a panel the rows (inputs) follow each other, so that kernels
/// read weights strictly forwards whatever the layer's width. The bias follows its matrix. Padding is zero and stays zero: its gradient is zero by construction.
/// </summary>
internal readonly record struct DenseLayer(int Inputs, int Outputs, int WeightOffset)
{
    public const int PanelWidth = 16;

    /// <summary>Rows per panel: the inputs, rounded up to an even number ≥ 4 because the gradient kernel works on 6 or 4 rows at a time.</summary>
    public int Rows { get; } = Math.Max(4, RoundUp(Inputs, 2));

    /// <summary>Output columns padded to whole 8-lane vectors.</summary>
    public int Columns { get; } = RoundUp(Outputs, 8);

    public int BiasOffset => WeightOffset + (Rows * Columns);

    public int End => BiasOffset + Columns;

    /// <summary>Floats that a transposed copy takes, as <see cref="Kernels.PanelTranspose"/> writes it: <see cref="Columns"/> rows per panel.</summary>
    public int TransposeLength => Columns * RoundUp(Inputs, 8);

    public static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    /// <summary>Offset from <see cref="WeightOffset"/> of the weight from input <paramref name="row"/> to output <paramref name="column"/>.</summary>
    public int IndexOf(int row, int column) => PanelIndex(Rows, Columns, row, column);

    /// <summary>The same for any panel-packed matrix.</summary>
    public static int PanelIndex(int rows, int columns, int row, int column)
    {
        var panel = column / PanelWidth;
        var start = panel * PanelWidth;
        return (start * rows) + (row * Math.Min(PanelWidth, columns - start)) + (column - start);
    }

    /// <summary>The matrix as PyTorch lays it out: [out, in].</summary>
    public NamedTensor Weight(string name)
    {
        var layer = this;
        return new NamedTensor(name, [Outputs, Inputs], at => layer.WeightOffset + layer.IndexOf(at % layer.Inputs, at / layer.Inputs));
    }

    public NamedTensor Bias(string name)
    {
        var offset = BiasOffset;
        return new NamedTensor(name, [Outputs], at => offset + at);
    }

    /// <summary>Weights and biases uniform in ±1/√fan-in, as PyTorch's <c>nn.Linear</c> starts (Kaiming-uniform with a = √5).</summary>
    public void Initialize(Span<float> parameters, Generator generator)
    {
        var bound = 1 / Math.Sqrt(Inputs);
        for (var n = 0; n < Outputs; n++)
        {
            for (var k = 0; k < Inputs; k++)
            {
                parameters[WeightOffset + IndexOf(k, n)] = (float)(((2 * generator.NextDouble()) - 1) * bound);
            }
        }

        for (var n = 0; n < Outputs; n++)
        {
            parameters[BiasOffset + n] = (float)(((2 * generator.NextDouble()) - 1) * bound);
        }
    }
}
