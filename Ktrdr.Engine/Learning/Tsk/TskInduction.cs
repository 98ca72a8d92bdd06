using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// The rules that a network starts with, from the training rows. Inputs are chosen that tell something the others do not; each of their terms gets a
/// rule of its own, so that an edge in one condition is one short rule; then rows vote for the pairs of terms they lie in (Wang and Mendel 1992), and those pairs become rules whose rows differ from what the
/// single conditions already say, beyond chance. Deterministic: no number is drawn.
/// </summary>
internal static class TskInduction
{
    private const int MostRows = 50_000;

    /// <summary>Share of the rules that single conditions may take where there are more inputs than fit.</summary>
    private const double SingleShare = 0.75;

    /// <summary>Thresholds per input that borders of terms are brought to.</summary>
    private const int MostThresholds = 2;

    /// <summary>How much more rules are restrained whose input tells nothing of its own, and at most.</summary>
    private const double StandIn = 10;
    private const double MostRestraint = 200;

    /// <summary>Inputs whose pairs are looked at, the most telling first.</summary>
    private const int MostPairedInputs = 12;

    /// <summary>Least mean membership of a term, and least share of rows that vote for a pair.</summary>
    private const double LeastSupport = 0.01;
    private const int FewestVotes = 30;

    /// <summary>Chance that even one of all pairs tried becomes a rule without reason (Bonferroni).</summary>
    private const double FalseAlarms = 0.01;

    /// <param name="outputs">Names of the outputs.</param>
    public static TskShape Shape(IReadOnlyList<TskInput> variables, TrainingSet set, float[] lossWeights, LossFunction loss, IReadOnlyList<string> outputs, int maxRules)
    {
        var rows = TskRows.Thin(set.TrainRows, MostRows);
        var evidence = new TskEvidence(set, rows, lossWeights, loss, outputs);
        var stumps = TskStumps.Find(new TermMemberships(variables, set, rows), evidence, variables.Count);
        var telling = stumps.Select(s => s.Input).Distinct().ToArray();
        variables = [.. variables.Select((v, i) => TermSplitting.Refine(v, stumps.Where(s => s.Input == i).Take(MostThresholds).Select(s => s.Threshold)))];
        var memberships = new TermMemberships(variables, set, rows);
        var marginal = new TskEvidence(set, rows, lossWeights, loss, outputs);
        var singles = new List<TskRule>();
        foreach (var i in Fitting(variables, telling, maxRules).Order())
        {
            for (var t = 0; t < variables[i].Terms.Count; t++)
            {
                if (memberships.Mean(i, t) >= LeastSupport)
                {
                    var column = memberships.Column(i, t);
                    singles.Add(new TskRule([new TskAntecedent(i, t, memberships.Pivot(i, column))], Restraint(marginal.Of(column), telling.Contains(i))));
                }
            }
        }

        singles = singles.Count > maxRules ? singles[..maxRules] : singles;
        var network = new TskNetwork(new TskShape(variables, singles, outputs.Count));
        TskConsequents.Fit(network, set, lossWeights, loss);
        evidence.Explain(network);
        var pairs = Pairs(memberships, evidence, Paired(variables.Count, telling), variables, rows.Length);
        return network.Shape with { Rules = [.. singles, .. pairs.Take(maxRules - singles.Count)] };
    }

    /// <summary>As in the adaptive lasso: a consequent is held to 0 by the square of what its term lacks in evidence, so that a rule that fires often cannot be loud by chance.</summary>
    private static double Restraint(double t, bool tells)
    {
        var lacking = TskStumps.LeastT / Math.Max(t, TskStumps.LeastT / 10);
        return Math.Clamp(Math.Max(1, lacking * lacking) * (tells ? 1 : StandIn), 1, MostRestraint);
    }

    /// <summary>The inputs whose terms fit into the rules: the telling ones first, then the others in their order; at least one.</summary>
    private static List<int> Fitting(IReadOnlyList<TskInput> variables, int[] telling, int maxRules)
    {
        var order = telling.Concat(Enumerable.Range(0, variables.Count).Except(telling)).ToArray();
        var room = Math.Max(variables[order[0]].Terms.Count, variables.Sum(v => v.Terms.Count) <= maxRules ? maxRules : (int)(SingleShare * maxRules));
        var kept = new List<int>();
        foreach (var i in order)
        {
            if (variables[i].Terms.Count <= room)
            {
                kept.Add(i);
                room -= variables[i].Terms.Count;
            }
        }

        return kept;
    }

    /// <summary>The inputs whose pairs are tried: the telling ones first, then the others in their order; what says nothing alone may say something together.</summary>
    private static int[] Paired(int inputs, int[] telling) => [.. telling.Concat(Enumerable.Range(0, inputs).Except(telling)).Take(MostPairedInputs)];

    private static List<TskRule> Pairs(TermMemberships memberships, TskEvidence residual, int[] inputs, IReadOnlyList<TskInput> variables, int rows)
    {
        var found = new List<(double Score, TskRule Rule)>();
        var tried = 0;
        var least = Math.Max(FewestVotes, LeastSupport * rows);
        for (var a = 0; a < inputs.Length; a++)
        {
            for (var b = a + 1; b < inputs.Length; b++)
            {
                var (i, j) = (Math.Min(inputs[a], inputs[b]), Math.Max(inputs[a], inputs[b]));
                for (var s = 0; s < variables[i].Terms.Count; s++)
                {
                    for (var t = 0; t < variables[j].Terms.Count; t++)
                    {
                        if (memberships.Votes(i, s, j, t) < least)
                        {
                            continue;
                        }

                        tried += residual.Questions;
                        var both = memberships.Product(i, s, j, t);
                        found.Add((residual.Of(both), new TskRule([new TskAntecedent(i, s, memberships.Pivot(i, both)), new TskAntecedent(j, t, memberships.Pivot(j, both))])));
                    }
                }
            }
        }

        var threshold = tried == 0 ? 0 : -Elementary.NormalQuantile(FalseAlarms / (2.0 * tried));

        // Pairs that share a term mostly say the same: the strongest one speaks for them.
        var chosen = new List<TskRule>();
        foreach (var (_, rule) in found.Where(f => f.Score > threshold).OrderByDescending(f => f.Score))
        {
            if (!chosen.Any(c => c.Antecedents.Any(a => rule.Antecedents.Any(b => a.Input == b.Input && a.Term == b.Term))))
            {
                chosen.Add(rule);
            }
        }

        return chosen;
    }
}
