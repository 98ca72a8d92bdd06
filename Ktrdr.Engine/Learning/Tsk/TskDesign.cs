using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// What the consequents of a tsk network are linear in, per row: φ_r per rule, φ_r·(x − pivot) per antecedent, and 1 for the bias. The terms are held fixed.
/// </summary>
internal sealed unsafe class TskDesign
{
    private const int Lanes = 8;

    /// <summary>Rows whose products are summed in single precision before they go into the double sums.</summary>
    private const int Block = 64;

    private readonly float[] _values;

    /// <param name="rows">Row indices of <paramref name="matrix"/>.</param>
    public TskDesign(TskNetwork network, float[] matrix, int[] rows)
    {
        var layout = network.Layout;
        Rows = rows;
        Columns = layout.Rules + layout.Antecedents + 1;
        Pitch = DenseLayer.RoundUp(Columns, Lanes);
        _values = new float[(long)rows.Length * Pitch];
        var pivots = network.Shape.Rules.SelectMany(r => r.Antecedents).Select(a => (a.Input, Pivot: (float)a.Pivot)).ToArray();
        var pass = (TskPass)network.CreatePass(training: false);
        TskRows.ForEachTile(network, pass, matrix, rows, (first, count) =>
        {
            for (var s = 0; s < count; s++)
            {
                var row = _values.AsSpan((first + s) * Pitch, Columns);
                for (var r = 0; r < layout.Rules; r++)
                {
                    var firing = pass.Firing(r, s);
                    row[r] = firing;
                    for (var a = layout.FirstAntecedent[r]; a < layout.FirstAntecedent[r + 1]; a++)
                    {
                        row[layout.Rules + a] = firing * (pass.Input(pivots[a].Input, s) - pivots[a].Pivot);
                    }
                }

                row[^1] = 1;
            }
        });
    }

    /// <summary>The rows of the set, in the design's order.</summary>
    public int[] Rows { get; }

    public int Columns { get; }

    /// <summary>Columns rounded up to whole vectors; the padding is 0.</summary>
    public int Pitch { get; }

    /// <summary>Σ w ψψᵀ, the lower triangle of a Columns × Columns matrix.</summary>
    public double[] Gram(ReadOnlySpan<float> weights)
    {
        var gram = new double[Columns * Columns];
        var block = new float[Columns * Pitch];
        for (var first = 0; first < Rows.Length; first += Block)
        {
            Array.Clear(block);
            fixed (float* values = _values, sums = block)
            {
                for (var s = first; s < Math.Min(first + Block, Rows.Length); s++)
                {
                    var row = values + ((long)s * Pitch);
                    for (var p = 0; p < Columns; p++)
                    {
                        AddScaled(sums + (p * Pitch), row, weights[s] * row[p], DenseLayer.RoundUp(p + 1, Lanes));
                    }
                }
            }

            for (var p = 0; p < Columns; p++)
            {
                for (var q = 0; q <= p; q++)
                {
                    gram[(p * Columns) + q] += block[(p * Pitch) + q];
                }
            }
        }

        return gram;
    }

    /// <summary>ψ·θ of one row.</summary>
    public float Dot(int row, ReadOnlySpan<float> theta)
    {
        fixed (float* values = _values, coefficients = theta)
        {
            var x = values + ((long)row * Pitch);
            var sum = Vector256<float>.Zero;
            for (var p = 0; p < Pitch; p += Lanes)
            {
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + p), Vector256.Load(coefficients + p), sum);
            }

            var half = sum.GetLower() + sum.GetUpper();
            return (half[0] + half[2]) + (half[1] + half[3]);
        }
    }

    /// <summary>Σ over rows of slope·ψ per output: the gradient by the coefficients.</summary>
    /// <param name="slopes">Per output and row: output k of row s at k·Rows + s.</param>
    public double[][] Gradient(float[] slopes, int outputs)
    {
        var gradients = new double[outputs][];
        var block = new float[Pitch];
        for (var k = 0; k < outputs; k++)
        {
            gradients[k] = new double[Columns];
            for (var first = 0; first < Rows.Length; first += Block)
            {
                Array.Clear(block);
                fixed (float* values = _values, sums = block)
                {
                    for (var s = first; s < Math.Min(first + Block, Rows.Length); s++)
                    {
                        AddScaled(sums, values + ((long)s * Pitch), slopes[((long)k * Rows.Length) + s], Pitch);
                    }
                }

                for (var p = 0; p < Columns; p++)
                {
                    gradients[k][p] += block[p];
                }
            }
        }

        return gradients;
    }

    private static void AddScaled(float* target, float* source, float factor, int count)
    {
        var scale = Vector256.Create(factor);
        for (var p = 0; p < count; p += Lanes)
        {
            Vector256.FusedMultiplyAdd(scale, Vector256.Load(source + p), Vector256.Load(target + p)).Store(target + p);
        }
    }
}
