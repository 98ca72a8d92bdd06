namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// How surely rows that belong to something differ from the rest: the covariance of a membership with what is not yet explained, over its own standard error. The error is
/// taken from sums over stretches of neighbouring rows, because labels of neighbours overlap and a row is not news by itself.
/// </summary>
internal sealed class TskEvidence
{
    private const int MostStretchRows = 128;
    private const int FewestStretches = 8;

    /// <summary>Per unit of weight: keeps columns apart that are nearly the same.</summary>
    private const double Ridge = 1e-4;

    private readonly TrainingSet _set;
    private readonly int[] _rows;
    private readonly float[] _weights;
    private readonly LossFunction _loss;
    private readonly OutputSides? _sides;
    private readonly float[][] _unexplained;
    private readonly float[][] _level;

    /// <summary>At first only the level is explained.</summary>
    /// <param name="outputs">Names of the outputs: where two are opposites, the one question is which of them; else each output is one.</param>
    public TskEvidence(TrainingSet set, int[] rows, float[] lossWeights, LossFunction loss, IReadOnlyList<string> outputs)
    {
        _set = set;
        _rows = rows;
        _loss = loss;
        _weights = [.. rows.Select(r => lossWeights[r])];
        _sides = set.IsRegression ? null : OutputSides.Of(outputs);
        _unexplained = [.. Enumerable.Range(0, _sides is null ? outputs.Count : 1).Select(_ => new float[rows.Length])];
        var values = new float[outputs.Count];
        for (var s = 0; s < rows.Length; s++)
        {
            for (var k = 0; k < values.Length; k++)
            {
                values[k] = set.IsRegression ? set.Targets[rows[s]] : set.Classes[rows[s]] == k ? 1 : 0;
            }

            Ask(s, values);
        }

        CentreAll();
        _level = [.. _unexplained.Select(c => (float[])c.Clone())];
    }

    /// <summary>From now on what the network predicts is explained too.</summary>
    public void Explain(TskNetwork network)
    {
        var outputs = new float[network.Layout.Outputs];
        for (var s = 0; s < _rows.Length; s++)
        {
            network.Forward(_set.Features.AsSpan(_rows[s] * _set.Columns, _set.Columns), 1, outputs);
            if (_loss.IsRegression)
            {
                RowLoss.Regression(outputs, _set.Targets[_rows[s]], _loss.HuberDelta);
            }
            else
            {
                RowLoss.CrossEntropy(outputs, _set.Classes[_rows[s]]);
            }

            for (var k = 0; k < outputs.Length; k++)
            {
                outputs[k] = -outputs[k];
            }

            Ask(s, outputs);
        }

        CentreAll();
    }

    /// <summary>From now on what these columns explain together by least squares is explained.</summary>
    public void Explain(IReadOnlyList<float[]> columns)
    {
        var factor = Factor(columns);
        for (var k = 0; k < _level.Length; k++)
        {
            var fitted = Fitted(columns, factor, _level[k]);
            for (var s = 0; s < fitted.Length; s++)
            {
                _unexplained[k][s] = _level[k][s] - fitted[s];
            }
        }
    }

    /// <summary>How many questions are asked.</summary>
    public int Questions => _unexplained.Length;

    /// <summary>The greatest |t| over the questions.</summary>
    public double Of(float[] column) => _unexplained.Max(unexplained => T(column, unexplained));

    /// <summary>For each threshold the greatest |t| over the questions of lying below it.</summary>
    /// <param name="bins">Per row the number of thresholds at or below its value.</param>
    public double[] OfThresholds(byte[] bins, int thresholds)
    {
        var below = new double[thresholds];
        var weight = 0.0;
        for (var s = 0; s < bins.Length; s++)
        {
            weight += _weights[s];
            for (var i = bins[s]; i < thresholds; i++)
            {
                below[i] += _weights[s];
            }
        }

        var greatest = new double[thresholds];
        var sums = new double[thresholds + 1];
        foreach (var unexplained in _unexplained)
        {
            var (total, squares) = (new double[thresholds], new double[thresholds]);
            for (var first = 0; first < bins.Length; first += StretchRows)
            {
                Array.Clear(sums);
                for (var s = first; s < Math.Min(first + StretchRows, bins.Length); s++)
                {
                    sums[bins[s]] += _weights[s] * unexplained[s];
                }

                var (all, cumulated) = (sums.Sum(), 0.0);
                for (var i = 0; i < thresholds; i++)
                {
                    cumulated += sums[i];
                    var sum = cumulated - (below[i] / weight * all);
                    total[i] += sum;
                    squares[i] += sum * sum;
                }
            }

            for (var i = 0; i < thresholds; i++)
            {
                greatest[i] = Math.Max(greatest[i], squares[i] > 0 ? Math.Abs(total[i]) / Math.Sqrt(squares[i]) : 0);
            }
        }

        return greatest;
    }

    /// <summary>Rows of a stretch.</summary>
    private int StretchRows => Math.Max(1, Math.Min(MostStretchRows, _rows.Length / FewestStretches));

    private double T(float[] column, float[] unexplained)
    {
        var mean = Mean(column);
        var (total, squares) = (0.0, 0.0);
        for (var first = 0; first < _rows.Length; first += StretchRows)
        {
            var sum = 0.0;
            for (var s = first; s < Math.Min(first + StretchRows, _rows.Length); s++)
            {
                sum += _weights[s] * (column[s] - mean) * unexplained[s];
            }

            total += sum;
            squares += sum * sum;
        }

        return squares > 0 ? Math.Abs(total) / Math.Sqrt(squares) : 0;
    }

    private CholeskyFactor Factor(IReadOnlyList<float[]> columns)
    {
        var matrix = new double[columns.Count * columns.Count];
        for (var p = 0; p < columns.Count; p++)
        {
            for (var q = 0; q <= p; q++)
            {
                var sum = 0.0;
                for (var s = 0; s < _weights.Length; s++)
                {
                    sum += (double)_weights[s] * columns[p][s] * columns[q][s];
                }

                matrix[(p * columns.Count) + q] = sum;
            }
        }

        var total = _weights.Sum(w => (double)w);
        for (var p = 0; p < columns.Count; p++)
        {
            matrix[(p * columns.Count) + p] += Ridge * total;
        }

        return new CholeskyFactor(matrix, columns.Count);
    }

    private float[] Fitted(IReadOnlyList<float[]> columns, CholeskyFactor factor, float[] target)
    {
        var theta = new double[columns.Count];
        for (var p = 0; p < theta.Length; p++)
        {
            for (var s = 0; s < _weights.Length; s++)
            {
                theta[p] += (double)_weights[s] * columns[p][s] * target[s];
            }
        }

        factor.Solve(theta);
        var fitted = new float[target.Length];
        for (var s = 0; s < fitted.Length; s++)
        {
            var sum = 0.0;
            for (var p = 0; p < theta.Length; p++)
            {
                sum += theta[p] * columns[p][s];
            }

            fitted[s] = (float)sum;
        }

        return fitted;
    }

    private void Ask(int row, float[] values)
    {
        for (var q = 0; q < _unexplained.Length; q++)
        {
            _unexplained[q][row] = _sides is null ? values[q] : values[_sides.Up] - values[_sides.Down];
        }
    }

    private void CentreAll()
    {
        foreach (var column in _unexplained)
        {
            var mean = (float)Mean(column);
            for (var s = 0; s < column.Length; s++)
            {
                column[s] -= mean;
            }
        }
    }

    private double Mean(float[] column)
    {
        var (sum, weight) = (0.0, 0.0);
        for (var s = 0; s < column.Length; s++)
        {
            sum += (double)_weights[s] * column[s];
            weight += _weights[s];
        }

        return weight > 0 ? sum / weight : 0;
    }
}
