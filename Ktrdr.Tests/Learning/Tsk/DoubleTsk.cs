using Ktrdr.Engine.Learning.Tsk;

namespace Ktrdr.Tests.Learning.Tsk;

/// <summary>A tsk network in double precision, written from the formulas alone.</summary>
internal static class DoubleTsk
{
    /// <summary>Per input its centres, left widths and right widths (infinite where the term is a shoulder).</summary>
    public static (double[] Centre, double[] Left, double[] Right)[] Terms(TskShape shape, double[] parameters)
    {
        var layout = new TskLayout(shape);
        var border = 0;
        return [.. shape.Variables.Select((variable, i) =>
        {
            var count = variable.Terms.Count;
            var (centre, left, right) = (new double[count], new double[count], new double[count]);
            var firstGap = variable.Terms[1].Centre - variable.Terms[0].Centre;
            centre[0] = variable.Terms[0].Centre + (0.5 * firstGap * Math.Tanh(parameters[layout.Shifts + i]));
            left[0] = double.PositiveInfinity;
            right[^1] = double.PositiveInfinity;
            for (var j = 0; j + 1 < count; j++, border++)
            {
                var gap = (variable.Terms[j + 1].Centre - variable.Terms[j].Centre) * Math.Pow(2, Math.Tanh(parameters[layout.Gaps + border]));
                var crossing = Bounded(variable.Borders[j].Crossing, 0.1, 0.9, parameters[layout.Crossings + border]);
                var overlap = Bounded(variable.Borders[j].Overlap, 0.7, 1.6, parameters[layout.Overlaps + border]);
                centre[j + 1] = centre[j] + gap;
                right[j] = gap * overlap * crossing;
                left[j + 1] = gap * overlap * (1 - crossing);
            }

            return (centre, left, right);
        })];
    }

    public static double[] Forward(TskShape shape, double[] parameters, ReadOnlySpan<float> row)
    {
        var layout = new TskLayout(shape);
        var terms = Terms(shape, parameters);
        var x = new double[row.Length];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = Math.Clamp(row[i], shape.Variables[i].Low, shape.Variables[i].High);
        }

        // The geometric mean of the memberships, normalised.
        var strength = shape.Rules.Select(rule => Math.Exp(rule.Antecedents.Average(a =>
        {
            var (centre, left, right) = terms[a.Input];
            var z = (x[a.Input] - centre[a.Term]) / (x[a.Input] < centre[a.Term] ? left[a.Term] : right[a.Term]);
            return -0.5 * z * z;
        }))).ToArray();
        var total = strength.Sum();
        var outputs = new double[shape.Outputs];
        for (var k = 0; k < outputs.Length; k++)
        {
            outputs[k] = parameters[k];
            for (var r = 0; r < strength.Length; r++)
            {
                var said = parameters[layout.Constants + (r * shape.Outputs) + k];
                for (var a = 0; a < shape.Rules[r].Antecedents.Count; a++)
                {
                    var antecedent = shape.Rules[r].Antecedents[a];
                    said += parameters[layout.Slopes + ((layout.FirstAntecedent[r] + a) * shape.Outputs) + k] * (x[antecedent.Input] - antecedent.Pivot);
                }

                outputs[k] += strength[r] / total * said;
            }
        }

        return outputs;
    }

    private static double Bounded(double start, double low, double high, double parameter)
    {
        var share = Math.Clamp((start - low) / (high - low), 0.02, 0.98);
        return low + ((high - low) / (1 + Math.Exp(-(Math.Log(share / (1 - share)) + parameter))));
    }
}
