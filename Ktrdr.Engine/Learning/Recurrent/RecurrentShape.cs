using System.Globalization;

namespace Ktrdr.Engine.Learning.Recurrent;

/// <summary>What a recurrent layer does with its input and its memory at each row.</summary>
public enum RecurrentCell
{
    /// <summary>Long short-term memory (Hochreiter and Schmidhuber, 1997; with a forget gate), gates in PyTorch's order i, f, g, o.</summary>
    Lstm,

    /// <summary>Gated recurrent unit (Cho et al., 2014), gates in PyTorch's order r, z, n; the reset gate acts after the hidden product and its bias.</summary>
    Gru,
}

/// <summary>
/// A stack of recurrent layers over the rows that end at the predicted one, then dropout and a linear layer on the last hidden state; dropout between layers too.
/// </summary>
/// <param name="Cell">Of every layer.</param>
/// <param name="Inputs">Feature columns, at least 1.</param>
/// <param name="HiddenSize">Units per layer, 1 to 1024.</param>
/// <param name="Layers">1 to 8.</param>
/// <param name="SequenceLength">Rows per prediction, the predicted one included: 1 to 1024.</param>
/// <param name="Outputs">Classes (2 to 64), or 1 for regression.</param>
/// <param name="Dropout">Probability that a unit is dropped in training, in [0, 0.95].</param>
public sealed record RecurrentShape(RecurrentCell Cell, int Inputs, int HiddenSize, int Layers, int SequenceLength, int Outputs, float Dropout) : NetworkShape(Inputs, Outputs)
{
    public const string Kind = "recurrent";

    public new int SequenceLength { get; init; } = SequenceLength;

    public override float DropoutRate => Dropout;

    public override int ParameterCount
        => (Enumerable.Range(0, Layers).Sum(InputsOf) * Gates * HiddenSize) + (Layers * Gates * HiddenSize * (HiddenSize + 2)) + ((HiddenSize + 1) * Outputs);

    /// <summary>4 for lstm, 3 for gru.</summary>
    internal int Gates => Cell == RecurrentCell.Lstm ? 4 : 3;

    /// <summary>For instance <c>lstm 30-64x2-3 over 20 rows dropout 0.2</c>.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{CellName} {Inputs}-{HiddenSize}x{Layers}-{Outputs} over {SequenceLength} rows dropout {Dropout:R}");

    /// <summary>As PyTorch's module is called.</summary>
    internal string CellName => Cell == RecurrentCell.Lstm ? "lstm" : "gru";

    /// <summary>What a layer reads at each row: the features, or the hidden state of the layer below.</summary>
    internal int InputsOf(int layer) => layer == 0 ? Inputs : HiddenSize;

    internal override Network CreateNetwork() => new RecurrentNetwork(this);

    private protected override int RowsPerPrediction => SequenceLength;

    private protected override void AddProblems(List<Problem> problems)
    {
        if (!Enum.IsDefined(Cell))
        {
            problems.Add(new Problem("unknown_cell", "model.type", $"model.type {(int)Cell} is unknown; allowed: lstm, gru."));
        }

        Check(problems, "model.hidden_size", HiddenSize, 1, 1024);
        Check(problems, "model.num_layers", Layers, 1, 8);
        Check(problems, "model.sequence_length", SequenceLength, 1, 1024);
        CheckDropout(problems, Dropout);
    }
}
