namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// Where the numbers of a tsk network lie in its parameter buffer: the bias per output; per rule and output the constant; per antecedent (all rules' in order)
/// and output the slope; then what moves the terms (<see cref="TskTerms"/>): a shift per input, and per border a gap, a crossing and an overlap.
/// </summary>
internal sealed class TskLayout
{
    public TskLayout(TskShape shape)
    {
        Inputs = shape.Inputs;
        Outputs = shape.Outputs;
        Rules = shape.Rules.Count;
        FirstAntecedent = new int[Rules + 1];
        for (var r = 0; r < Rules; r++)
        {
            FirstAntecedent[r + 1] = FirstAntecedent[r] + shape.Rules[r].Antecedents.Count;
        }

        FirstTerm = new int[Inputs + 1];
        for (var i = 0; i < Inputs; i++)
        {
            FirstTerm[i + 1] = FirstTerm[i] + shape.Variables[i].Terms.Count;
        }
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Rules { get; }

    /// <summary>Index of a rule's first antecedent among all; one more entry for the end.</summary>
    public int[] FirstAntecedent { get; }

    /// <summary>Index of an input's first term among all; one more entry for the end.</summary>
    public int[] FirstTerm { get; }

    public int Antecedents => FirstAntecedent[Rules];

    public int Terms => FirstTerm[Inputs];

    public int Borders => Terms - Inputs;

    public int Constants => Outputs;

    public int Slopes => Constants + (Rules * Outputs);

    /// <summary>Where the parameters of the terms begin, and how many numbers the consequents and the bias take.</summary>
    public int Shifts => Slopes + (Antecedents * Outputs);

    public int Gaps => Shifts + Inputs;

    public int Crossings => Gaps + Borders;

    public int Overlaps => Crossings + Borders;

    public int Length => Overlaps + Borders;

    /// <summary>Index of an input's first border among all.</summary>
    public int FirstBorder(int input) => FirstTerm[input] - input;
}
