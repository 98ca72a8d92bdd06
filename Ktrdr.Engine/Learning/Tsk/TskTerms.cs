using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// The memberships of all inputs as the parameters say, and the way of a gradient back to those parameters. A term is a gaussian with a width to each side,
/// exp(−½((x − c)/s)²); the lowest term is 1 below its centre and the highest above. Whatever the parameters are, centres stay in order and neighbours overlap:
/// with the starting values c⁰, g⁰ (gap), κ⁰ (crossing) and ω⁰ (overlap) of <see cref="TskInput"/>,
/// <code>
/// c₁ = c⁰₁ + ½ g⁰₁ tanh u          gⱼ = g⁰ⱼ · 2^tanh vⱼ          cⱼ₊₁ = cⱼ + gⱼ
/// κⱼ = 0.1 + 0.8 σ(logit κ⁰ⱼ + aⱼ)      ωⱼ = 0.7 + 0.9 σ(logit ω⁰ⱼ + bⱼ)
/// right width of j = gⱼ ωⱼ κⱼ          left width of j+1 = gⱼ ωⱼ (1 − κⱼ)
/// </code>
/// so that neighbours meet at cⱼ + κⱼgⱼ with the membership exp(−½/ω²) ≥ 0.36, a gap stays within half and twice its start, and all parameters 0 is the start: a word
/// goes on meaning about what the document says.
/// </summary>
internal sealed class TskTerms
{
    public const double LowestCrossing = 0.1;
    public const double HighestCrossing = 0.9;
    public const double LeastOverlap = 0.7;
    public const double GreatestOverlap = 1.6;

    private const double Ln2 = 0.69314718055994530942;

    /// <summary>Keeps a start that lies at a bound movable.</summary>
    private const double Inside = 0.02;

    private readonly TskShape _shape;
    private readonly TskLayout _layout;
    private readonly double[] _crossingStart;
    private readonly double[] _overlapStart;
    private readonly double[] _gap;
    private readonly double[] _crossing;
    private readonly double[] _overlap;

    public TskTerms(TskShape shape, TskLayout layout)
    {
        _shape = shape;
        _layout = layout;
        Centre = new float[layout.Terms];
        InverseLeft = new float[layout.Terms];
        InverseRight = new float[layout.Terms];
        _gap = new double[layout.Borders];
        _crossing = new double[layout.Borders];
        _overlap = new double[layout.Borders];
        _crossingStart = [.. shape.Variables.SelectMany(v => v.Borders).Select(b => Logit((b.Crossing - LowestCrossing) / (HighestCrossing - LowestCrossing)))];
        _overlapStart = [.. shape.Variables.SelectMany(v => v.Borders).Select(b => Logit((b.Overlap - LeastOverlap) / (GreatestOverlap - LeastOverlap)))];
    }

    public float[] Centre { get; }

    /// <summary>1 / left width; 0 for the lowest term of an input.</summary>
    public float[] InverseLeft { get; }

    /// <summary>1 / right width; 0 for the highest term of an input.</summary>
    public float[] InverseRight { get; }

    /// <summary>Where a term meets the next one, in the network's unit.</summary>
    public double CrossingAfter(int input, int term)
    {
        var border = _layout.FirstBorder(input) + term;
        return Centre[_layout.FirstTerm[input] + term] + (_crossing[border] * _gap[border]);
    }

    public void Update(ReadOnlySpan<float> parameters)
    {
        for (var i = 0; i < _layout.Inputs; i++)
        {
            var variable = _shape.Variables[i];
            var term = _layout.FirstTerm[i];
            var border = _layout.FirstBorder(i);
            var last = term + variable.Terms.Count - 1;
            var centre = variable.Terms[0].Centre + (0.5 * StartGap(variable, 0) * Elementary.Tanh((double)parameters[_layout.Shifts + i]));
            Centre[term] = (float)centre;
            InverseLeft[term] = 0;
            InverseRight[last] = 0;
            for (var j = 0; term + j < last; j++, border++)
            {
                var gap = StartGap(variable, j) * Elementary.Exp(Ln2 * Elementary.Tanh((double)parameters[_layout.Gaps + border]));
                var crossing = LowestCrossing + ((HighestCrossing - LowestCrossing) * Sigmoid(_crossingStart[border] + parameters[_layout.Crossings + border]));
                var overlap = LeastOverlap + ((GreatestOverlap - LeastOverlap) * Sigmoid(_overlapStart[border] + parameters[_layout.Overlaps + border]));
                centre += gap;
                Centre[term + j + 1] = (float)centre;
                InverseRight[term + j] = (float)(1 / (gap * overlap * crossing));
                InverseLeft[term + j + 1] = (float)(1 / (gap * overlap * (1 - crossing)));
                _gap[border] = gap;
                _crossing[border] = crossing;
                _overlap[border] = overlap;
            }
        }
    }

    /// <summary>Adds the gradient by the parameters, given the gradients by centres and widths at the parameters of the last <see cref="Update"/>.</summary>
    public void Backward(ReadOnlySpan<float> parameters, ReadOnlySpan<double> centre, ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<float> gradients)
    {
        for (var i = 0; i < _layout.Inputs; i++)
        {
            var variable = _shape.Variables[i];
            var term = _layout.FirstTerm[i];
            var border = _layout.FirstBorder(i);

            // A gap moves every centre above it.
            var above = 0.0;
            for (var j = variable.Terms.Count - 2; j >= 0; j--)
            {
                above += centre[term + j + 1];
                var b = border + j;
                var (gap, crossing, overlap) = (_gap[b], _crossing[b], _overlap[b]);
                var (rightWidth, leftWidth) = (right[term + j], left[term + j + 1]);
                var byGap = above + (overlap * ((crossing * rightWidth) + ((1 - crossing) * leftWidth)));
                var tanh = Elementary.Tanh((double)parameters[_layout.Gaps + b]);
                gradients[_layout.Gaps + b] += (float)(byGap * gap * Ln2 * (1 - (tanh * tanh)));

                var sigmoid = Sigmoid(_crossingStart[b] + parameters[_layout.Crossings + b]);
                gradients[_layout.Crossings + b] += (float)(gap * overlap * (rightWidth - leftWidth) * (HighestCrossing - LowestCrossing) * sigmoid * (1 - sigmoid));

                sigmoid = Sigmoid(_overlapStart[b] + parameters[_layout.Overlaps + b]);
                gradients[_layout.Overlaps + b] += (float)(gap * ((crossing * rightWidth) + ((1 - crossing) * leftWidth)) * (GreatestOverlap - LeastOverlap) * sigmoid * (1 - sigmoid));
            }

            var shift = Elementary.Tanh((double)parameters[_layout.Shifts + i]);
            gradients[_layout.Shifts + i] += (float)((above + centre[term]) * 0.5 * StartGap(variable, 0) * (1 - (shift * shift)));
        }
    }

    private static double StartGap(TskInput variable, int border) => variable.Terms[border + 1].Centre - variable.Terms[border].Centre;

    private static double Sigmoid(double x) => 1 / (1 + Elementary.Exp(-x));

    private static double Logit(double share)
    {
        var inside = Math.Clamp(share, Inside, 1 - Inside);
        return Elementary.Log(inside / (1 - inside));
    }
}
