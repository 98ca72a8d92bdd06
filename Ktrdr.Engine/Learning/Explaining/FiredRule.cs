using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning.Tsk;

namespace Ktrdr.Engine.Learning.Explaining;

/// <summary>What one rule of a tsk network did in one decision.</summary>
/// <param name="Sentence">IF its conditions THEN what it says here.</param>
/// <param name="Firing">Its share of the decision; all rules' sum to 1.</param>
/// <param name="Says">What it says for the explained output at this row: a logit from the mean over the classes, or the prediction, from the network's bias.</param>
/// <param name="Contribution">Firing × says: contributions of all rules and the bias sum to the network's raw output.</param>
/// <param name="Share">Of |contribution| among all rules.</param>
public sealed record FiredRule(string Sentence, double Firing, double Says, double Contribution, double Share)
{
    /// <summary>All rules, the greatest |contribution| first.</summary>
    internal static unsafe IReadOnlyList<FiredRule> Of(TskNetwork network, ReadOnlySpan<float> row, int output, IReadOnlyList<string> outputs, Normalization normalization)
    {
        var conditions = TskRules.Conditions(network, normalization);
        var pass = (TskPass)network.CreatePass(training: false);
        fixed (float* source = row)
        {
            pass.LoadConsecutive(source, 0, 1);
        }

        pass.Infer(network.Parameters.Pointer);
        GC.KeepAlive(network);
        var said = Enumerable.Range(0, conditions.Length).Select(r => Said(pass, r, outputs.Count)).ToArray();
        var contributions = said.Select((s, r) => pass.Firing(r, 0) * s[output]).ToArray();
        var total = contributions.Sum(Math.Abs);
        return
        [
            .. Enumerable.Range(0, conditions.Length)
                .OrderByDescending(r => Math.Abs(contributions[r])).ThenBy(r => r)
                .Select(r => new FiredRule(
                    TskRules.Sentence(conditions[r], outputs[output], said[r][output], said[r], outputs), pass.Firing(r, 0), said[r][output], contributions[r], total > 0 ? Math.Abs(contributions[r]) / total : 0)),
        ];
    }

    private static double[] Said(TskPass pass, int rule, int outputs)
    {
        var said = new double[outputs];
        for (var k = 0; k < outputs; k++)
        {
            said[k] = pass.Consequent(rule, k, 0);
        }

        if (outputs > 1)
        {
            var mean = said.Sum() / outputs;
            for (var k = 0; k < outputs; k++)
            {
                said[k] -= mean;
            }
        }

        return said;
    }
}
