namespace Ktrdr.Engine.Indicators;

/// <summary>The output lines of one stretch of bars, in the order of the type's outputs. A kernel writes every element of each.</summary>
internal readonly ref struct Lines(double[][] outputs, int start, int end)
{
    public Span<double> First => this[0];

    public Span<double> Second => this[1];

    public Span<double> Third => this[2];

    public Span<double> this[int output] => outputs[output].AsSpan(start, end - start);

    public void FillNaN()
    {
        foreach (var output in outputs)
        {
            output.AsSpan(start, end - start).Fill(double.NaN);
        }
    }
}
