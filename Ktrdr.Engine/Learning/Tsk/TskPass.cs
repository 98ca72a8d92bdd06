using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>Forward and backward of a tsk network for a tile of up to 32 rows. Rows lie in vector lanes: every quantity is a column of <see cref="GradientPass.MostRows"/> floats.</summary>
internal sealed unsafe class TskPass : GradientPass
{
    private const int Lanes = 8;
    private const int Pitch = MostRows;

    private readonly TskShape _shape;
    private readonly TskLayout _layout;
    private readonly TskTerms _terms;
    private readonly AlignedFloats _inputs;
    private readonly AlignedFloats _logs;
    private readonly AlignedFloats _firings;
    private readonly AlignedFloats _consequents;
    private readonly AlignedFloats _outputs;
    private readonly AlignedFloats _outputGradients;
    private readonly AlignedFloats _logGradients;
    private readonly AlignedFloats _poison = new(Pitch);
    private readonly double[] _byCentre;
    private readonly double[] _byLeft;
    private readonly double[] _byRight;

    /// <summary>Per antecedent of all rules: its input, its term among all terms, its pivot.</summary>
    private readonly (int Input, int Term, float Pivot)[] _antecedents;

    public TskPass(TskShape shape, TskLayout layout, bool training)
        : base(shape, MostRows, 1)
    {
        _shape = shape;
        _layout = layout;
        _terms = new TskTerms(shape, layout);
        _inputs = new AlignedFloats(layout.Inputs * Pitch);
        _logs = new AlignedFloats(layout.Terms * Pitch);
        _firings = new AlignedFloats(layout.Rules * Pitch);
        _consequents = new AlignedFloats(layout.Rules * layout.Outputs * Pitch);
        OutputStride = Stride(layout.Outputs);
        _outputs = new AlignedFloats(OutputStride * Pitch);
        _outputGradients = new AlignedFloats(training ? layout.Outputs * Pitch : 0);
        _logGradients = new AlignedFloats(training ? layout.Terms * Pitch : 0);
        _byCentre = new double[training ? layout.Terms : 0];
        _byLeft = new double[training ? layout.Terms : 0];
        _byRight = new double[training ? layout.Terms : 0];
        _antecedents = [.. shape.Rules.SelectMany(r => r.Antecedents).Select(a => (a.Input, layout.FirstTerm[a.Input] + a.Term, (float)a.Pivot))];
    }

    protected override float* Outputs => _outputs.Pointer;

    protected override int OutputStride { get; }

    /// <summary>Firing of a rule on a row of the tile, after a forward pass.</summary>
    public float Firing(int rule, int row) => _firings.Pointer[(rule * Pitch) + row];

    /// <summary>What a rule says for an output on a row of the tile.</summary>
    public float Consequent(int rule, int output, int row) => _consequents.Pointer[(((rule * _layout.Outputs) + output) * Pitch) + row];

    /// <summary>The input as the rules see it: within the range of training.</summary>
    public float Input(int input, int row) => _inputs.Pointer[(input * Pitch) + row];

    public override void Infer(float* parameters)
    {
        _terms.Update(new ReadOnlySpan<float>(parameters, _layout.Length));
        for (var lane = 0; lane < PaddedRows; lane += Lanes)
        {
            Memberships(lane);
            Fire(lane);
            Conclude(parameters, lane);
        }
    }

    public override void Forward(float* parameters, in DropoutStream dropout, int firstRow) => Infer(parameters);

    public override void Backward(float* parameters, float* gradients)
    {
        TransposeOutputGradients();
        _logGradients.Span.Clear();
        for (var lane = 0; lane < PaddedRows; lane += Lanes)
        {
            FiringGradients(lane);
        }

        ConsequentGradients(gradients);
        TermGradients();
        _terms.Backward(new ReadOnlySpan<float>(parameters, _layout.Length), _byCentre, _byLeft, _byRight, new Span<float>(gradients, _layout.Length));
    }

    protected override void CopyConsecutive(float* matrix, long firstRow)
    {
        _inputs.Span.Clear();
        for (var s = 0; s < Rows; s++)
        {
            CopyRow(matrix + ((firstRow + s) * _layout.Inputs), s);
        }
    }

    protected override void CopyRows(float* matrix, ReadOnlySpan<int> rows)
    {
        _inputs.Span.Clear();
        for (var s = 0; s < rows.Length; s++)
        {
            CopyRow(matrix + ((long)rows[s] * _layout.Inputs), s);
        }
    }

    private void CopyRow(float* source, int row)
    {
        var target = _inputs.Pointer + row;
        for (var i = 0; i < _layout.Inputs; i++, target += Pitch)
        {
            // Comparisons in this form let NaN through.
            var (low, high) = ((float)_shape.Variables[i].Low, (float)_shape.Variables[i].High);
            var x = source[i];
            *target = x < low ? low : x > high ? high : x;
        }
    }

    /// <summary>ln μ of every term: −½ ((x − c) / s)² with the width of the side that x lies on.</summary>
    private void Memberships(int lane)
    {
        var poison = Vector256<float>.Zero;
        for (var i = 0; i < _layout.Inputs; i++)
        {
            var x = Vector256.Load(_inputs.Pointer + (i * Pitch) + lane);
            poison += x - x;
            for (var t = _layout.FirstTerm[i]; t < _layout.FirstTerm[i + 1]; t++)
            {
                var distance = x - Vector256.Create(_terms.Centre[t]);
                var z = distance * InverseWidth(t, distance);
                (z * z * Vector256.Create(-0.5f)).Store(_logs.Pointer + (t * Pitch) + lane);
            }
        }

        poison.Store(_poison.Pointer + lane);
    }

    /// <summary>Softmax over rules of the mean log membership of their antecedents.</summary>
    private void Fire(int lane)
    {
        var greatest = Vector256.Create(float.NegativeInfinity);
        for (var r = 0; r < _layout.Rules; r++)
        {
            var (first, end) = (_layout.FirstAntecedent[r], _layout.FirstAntecedent[r + 1]);
            var sum = Vector256<float>.Zero;
            for (var a = first; a < end; a++)
            {
                sum += Vector256.Load(_logs.Pointer + (_antecedents[a].Term * Pitch) + lane);
            }

            var z = sum * Vector256.Create(1f / (end - first));
            z.Store(_firings.Pointer + (r * Pitch) + lane);
            greatest = Vector256.ConditionalSelect(Vector256.GreaterThan(z, greatest), z, greatest);
        }

        var total = Vector256<float>.Zero;
        for (var r = 0; r < _layout.Rules; r++)
        {
            var firing = _firings.Pointer + (r * Pitch) + lane;
            var e = Elementary.Exp(Vector256.Load(firing) - greatest);
            e.Store(firing);
            total += e;
        }

        var inverse = Vector256.Create(1f) / total;
        for (var r = 0; r < _layout.Rules; r++)
        {
            var firing = _firings.Pointer + (r * Pitch) + lane;
            (Vector256.Load(firing) * inverse).Store(firing);
        }
    }

    private void Conclude(float* parameters, int lane)
    {
        var column = stackalloc float[Lanes];
        for (var k = 0; k < _layout.Outputs; k++)
        {
            var y = Vector256.Create(parameters[k]) + Vector256.Load(_poison.Pointer + lane);
            for (var r = 0; r < _layout.Rules; r++)
            {
                var consequent = Vector256.Create(parameters[_layout.Constants + (r * _layout.Outputs) + k]);
                for (var a = _layout.FirstAntecedent[r]; a < _layout.FirstAntecedent[r + 1]; a++)
                {
                    consequent = Vector256.FusedMultiplyAdd(Vector256.Create(parameters[_layout.Slopes + (a * _layout.Outputs) + k]), FromPivot(a, lane), consequent);
                }

                consequent.Store(_consequents.Pointer + (((r * _layout.Outputs) + k) * Pitch) + lane);
                y = Vector256.FusedMultiplyAdd(Vector256.Load(_firings.Pointer + (r * Pitch) + lane), consequent, y);
            }

            y.Store(column);
            for (var s = 0; s < Lanes; s++)
            {
                _outputs.Pointer[((lane + s) * OutputStride) + k] = column[s];
            }
        }
    }

    private void TransposeOutputGradients()
    {
        _outputGradients.Span.Clear();
        for (var k = 0; k < _layout.Outputs; k++)
        {
            for (var s = 0; s < Rows; s++)
            {
                _outputGradients.Pointer[(k * Pitch) + s] = _outputs.Pointer[(s * OutputStride) + k];
            }
        }
    }

    /// <summary>∂L/∂z_r = φ_r (f_r·g − Σ_q φ_q f_q·g), shared out over the rule's antecedents.</summary>
    private void FiringGradients(int lane)
    {
        var mean = Vector256<float>.Zero;
        for (var r = 0; r < _layout.Rules; r++)
        {
            mean = Vector256.FusedMultiplyAdd(Vector256.Load(_firings.Pointer + (r * Pitch) + lane), ConsequentAlongGradient(r, lane), mean);
        }

        for (var r = 0; r < _layout.Rules; r++)
        {
            var (first, end) = (_layout.FirstAntecedent[r], _layout.FirstAntecedent[r + 1]);
            var gradient = Vector256.Load(_firings.Pointer + (r * Pitch) + lane) * (ConsequentAlongGradient(r, lane) - mean) * Vector256.Create(1f / (end - first));
            for (var a = first; a < end; a++)
            {
                var log = _logGradients.Pointer + (_antecedents[a].Term * Pitch) + lane;
                (Vector256.Load(log) + gradient).Store(log);
            }
        }
    }

    private void ConsequentGradients(float* gradients)
    {
        for (var k = 0; k < _layout.Outputs; k++)
        {
            var sum = Vector256<float>.Zero;
            for (var lane = 0; lane < PaddedRows; lane += Lanes)
            {
                sum += OutputGradient(k, lane);
            }

            gradients[k] += Sum(sum);
            for (var r = 0; r < _layout.Rules; r++)
            {
                gradients[_layout.Constants + (r * _layout.Outputs) + k] += FiringTimesGradient(r, k, -1);
                for (var a = _layout.FirstAntecedent[r]; a < _layout.FirstAntecedent[r + 1]; a++)
                {
                    gradients[_layout.Slopes + (a * _layout.Outputs) + k] += FiringTimesGradient(r, k, a);
                }
            }
        }
    }

    /// <summary>Σ over the tile of φ·g, times the antecedent's input from its pivot where one is given.</summary>
    private float FiringTimesGradient(int rule, int output, int antecedent)
    {
        var sum = Vector256<float>.Zero;
        for (var lane = 0; lane < PaddedRows; lane += Lanes)
        {
            var product = Vector256.Load(_firings.Pointer + (rule * Pitch) + lane) * OutputGradient(output, lane);
            sum = antecedent < 0 ? sum + product : Vector256.FusedMultiplyAdd(product, FromPivot(antecedent, lane), sum);
        }

        return Sum(sum);
    }

    /// <summary>ln μ = −½ (d/s)²: by the centre d/s², by the width d²/s³.</summary>
    private void TermGradients()
    {
        for (var i = 0; i < _layout.Inputs; i++)
        {
            for (var t = _layout.FirstTerm[i]; t < _layout.FirstTerm[i + 1]; t++)
            {
                var (centre, left, right) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
                for (var lane = 0; lane < PaddedRows; lane += Lanes)
                {
                    var distance = Vector256.Load(_inputs.Pointer + (i * Pitch) + lane) - Vector256.Create(_terms.Centre[t]);
                    var inverse = InverseWidth(t, distance);
                    var byCentre = Vector256.Load(_logGradients.Pointer + (t * Pitch) + lane) * distance * inverse * inverse;
                    var byWidth = byCentre * distance * inverse;
                    var below = Vector256.LessThan(distance, Vector256<float>.Zero);
                    centre += byCentre;
                    left += byWidth & below;
                    right += Vector256.AndNot(byWidth, below);
                }

                _byCentre[t] = Sum(centre);
                _byLeft[t] = Sum(left);
                _byRight[t] = Sum(right);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> InverseWidth(int term, Vector256<float> distance) => Vector256.ConditionalSelect(
        Vector256.LessThan(distance, Vector256<float>.Zero), Vector256.Create(_terms.InverseLeft[term]), Vector256.Create(_terms.InverseRight[term]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> FromPivot(int antecedent, int lane) =>
        Vector256.Load(_inputs.Pointer + (_antecedents[antecedent].Input * Pitch) + lane) - Vector256.Create(_antecedents[antecedent].Pivot);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> OutputGradient(int output, int lane) => Vector256.Load(_outputGradients.Pointer + (output * Pitch) + lane);

    private Vector256<float> ConsequentAlongGradient(int rule, int lane)
    {
        var sum = Vector256<float>.Zero;
        for (var k = 0; k < _layout.Outputs; k++)
        {
            sum = Vector256.FusedMultiplyAdd(Vector256.Load(_consequents.Pointer + (((rule * _layout.Outputs) + k) * Pitch) + lane), OutputGradient(k, lane), sum);
        }

        return sum;
    }

    /// <summary>The lanes in a fixed order.</summary>
    private static float Sum(Vector256<float> lanes)
    {
        var half = lanes.GetLower() + lanes.GetUpper();
        return (half[0] + half[2]) + (half[1] + half[3]);
    }
}
