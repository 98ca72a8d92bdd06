using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>How much each row belongs to each term before training; the terms of an input share out 1.</summary>
internal sealed class TermMemberships
{
    private readonly TrainingSet _set;
    private readonly int[] _rows;
    private readonly float[][][] _shares;
    private readonly float[][] _values;
    private readonly byte[][] _strongest;

    public TermMemberships(IReadOnlyList<TskInput> variables, TrainingSet set, int[] rows)
    {
        _set = set;
        _rows = rows;
        var shape = new TskShape(variables, [new TskRule([new TskAntecedent(0, 0, 0)])], 1);
        var layout = new TskLayout(shape);
        var terms = new TskTerms(shape, layout);
        terms.Update(new float[layout.Length]);
        _shares = new float[variables.Count][][];
        _values = new float[variables.Count][];
        _strongest = new byte[variables.Count][];
        for (var i = 0; i < variables.Count; i++)
        {
            var (first, count) = (layout.FirstTerm[i], variables[i].Terms.Count);
            _shares[i] = [.. Enumerable.Range(0, count).Select(_ => new float[rows.Length])];
            _values[i] = new float[rows.Length];
            _strongest[i] = new byte[rows.Length];
            for (var s = 0; s < rows.Length; s++)
            {
                var x = Math.Clamp(set.Features[(rows[s] * set.Columns) + i], (float)variables[i].Low, (float)variables[i].High);
                _values[i][s] = x;
                var (sum, best) = (0f, 0);
                for (var t = 0; t < count; t++)
                {
                    var distance = x - terms.Centre[first + t];
                    var z = distance * (distance < 0 ? terms.InverseLeft[first + t] : terms.InverseRight[first + t]);
                    var membership = Elementary.Exp(-0.5f * z * z);
                    _shares[i][t][s] = membership;
                    sum += membership;
                    best = membership > _shares[i][best][s] ? t : best;
                }

                _strongest[i][s] = (byte)best;
                for (var t = 0; t < count; t++)
                {
                    _shares[i][t][s] /= sum;
                }
            }
        }
    }

    /// <summary>Membership of a term per row.</summary>
    public float[] Column(int input, int term) => _shares[input][term];

    /// <summary>The input per row, within the range of training.</summary>
    public float[] Values(int input) => _values[input];

    public double Mean(int input, int term)
    {
        var sum = 0.0;
        foreach (var share in _shares[input][term])
        {
            sum += share;
        }

        return sum / _rows.Length;
    }

    public float[] Product(int input, int term, int otherInput, int otherTerm)
    {
        var (a, b) = (_shares[input][term], _shares[otherInput][otherTerm]);
        var product = new float[a.Length];
        for (var s = 0; s < product.Length; s++)
        {
            product[s] = a[s] * b[s];
        }

        return product;
    }

    /// <summary>Rows whose strongest terms are these.</summary>
    public int Votes(int input, int term, int otherInput, int otherTerm)
    {
        var (a, b) = (_strongest[input], _strongest[otherInput]);
        var votes = 0;
        for (var s = 0; s < a.Length; s++)
        {
            votes += a[s] == term && b[s] == otherTerm ? 1 : 0;
        }

        return votes;
    }

    /// <summary>Mean of the input, weighted.</summary>
    public double Pivot(int input, float[] weights)
    {
        var (sum, weight) = (0.0, 0.0);
        for (var s = 0; s < _rows.Length; s++)
        {
            sum += (double)weights[s] * _set.Features[(_rows[s] * _set.Columns) + input];
            weight += weights[s];
        }

        return weight > 0 ? sum / weight : 0;
    }
}
