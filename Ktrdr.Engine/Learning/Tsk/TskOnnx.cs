using Ktrdr.Engine.Learning.Onnx;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// A tsk network as ONNX operators, in the terms of <see cref="TskNetwork"/>. What picks columns is a product with a matrix of zeros and ones: distances from all centres, firings and
/// consequents are then one operator each. A width to each side is one side's share of the distance times its inverse plus the other's, since one of the two is always 0.
/// </summary>
internal static class TskOnnx
{
    public static string AddTo(OnnxGraph graph, TskNetwork network, string input, string output)
    {
        var (shape, layout) = (network.Shape, network.Layout);
        ReadOnlySpan<float> parameters = network.Parameters.Span;
        var terms = new TskTerms(shape, layout);
        terms.Update(parameters);
        var antecedents = shape.Rules.SelectMany((rule, r) => rule.Antecedents.Select(a => (Rule: r, a.Input, Term: layout.FirstTerm[a.Input] + a.Term, a.Pivot, Share: 1f / rule.Antecedents.Count))).ToArray();
        var (inputs, count) = (layout.Inputs, antecedents.Length);

        var low = graph.Constant("input.low", [inputs], [.. shape.Variables.Select(v => (float)v.Low)]);
        var high = graph.Constant("input.high", [inputs], [.. shape.Variables.Select(v => (float)v.High)]);
        var x = graph.Add("Min", [graph.Add("Max", [input, low], ["above_low"]), high], ["inside"]);

        var picks = new float[layout.Terms * inputs];
        for (var i = 0; i < inputs; i++)
        {
            for (var t = layout.FirstTerm[i]; t < layout.FirstTerm[i + 1]; t++)
            {
                picks[(t * inputs) + i] = 1;
            }
        }

        var distance = Linear("distance", x, picks, inputs, [.. terms.Centre.Select(c => -c)]);
        var right = Times("right", graph.Add("Relu", [distance], ["distance_right"]), terms.InverseRight);
        var left = Times("left", graph.Add("Relu", [graph.Add("Neg", [distance], ["distance_negated"])], ["distance_left"]), terms.InverseLeft);
        var z = graph.Add("Add", [left, right], ["widths"]);

        // The mean over a rule's antecedents of ln μ = −½ z².
        var means = new float[layout.Rules * layout.Terms];
        foreach (var (rule, _, term, _, share) in antecedents)
        {
            means[(rule * layout.Terms) + term] -= 0.5f * share;
        }

        var strength = Linear("strength", graph.Add("Mul", [z, z], ["widths_squared"]), means, layout.Terms, new float[layout.Rules]);
        var firing = graph.Add("Softmax", [strength], ["firing"], OnnxAttribute.Of("axis", 1));

        var (pivots, rules) = (new float[count * inputs], new float[count * layout.Rules]);
        for (var a = 0; a < count; a++)
        {
            pivots[(a * inputs) + antecedents[a].Input] = 1;
            rules[(a * layout.Rules) + antecedents[a].Rule] = 1;
        }

        var fromPivot = Linear("from_pivot", x, pivots, inputs, [.. antecedents.Select(a => -(float)a.Pivot)]);
        var fired = graph.Add("Mul", [fromPivot, Linear("firing_of_antecedent", firing, rules, layout.Rules, new float[count])], ["fired"]);
        var constant = Linear("constant", firing, ByOutput(parameters[layout.Constants..layout.Slopes], layout.Outputs), layout.Rules, parameters[..layout.Outputs]);
        var slope = Linear("slope", fired, ByOutput(parameters[layout.Slopes..layout.Shifts], layout.Outputs), count, new float[layout.Outputs]);
        return graph.Add("Add", [constant, slope], [output]);

        string Linear(string name, string from, ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> bias) => graph.Add(
            "Gemm",
            [from, graph.Constant($"{name}.weight", [weights.Length / columns, columns], weights), graph.Constant($"{name}.bias", [bias.Length], bias)],
            [name],
            OnnxAttribute.Of("transB", 1));

        string Times(string name, string from, float[] factors) => graph.Add("Mul", [from, graph.Constant($"{name}.inverse_width", [factors.Length], factors)], [name]);
    }

    /// <summary>From one row per rule or antecedent to one row per output.</summary>
    private static float[] ByOutput(ReadOnlySpan<float> values, int outputs)
    {
        var rows = values.Length / outputs;
        var turned = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            turned[(i % outputs * rows) + (i / outputs)] = values[i];
        }

        return turned;
    }
}
