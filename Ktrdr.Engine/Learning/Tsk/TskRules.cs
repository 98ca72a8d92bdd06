using System.Globalization;
using Ktrdr.Engine.Features;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>Reads a tsk network back as sentences.</summary>
public static class TskRules
{
    /// <param name="network">In the unit that its predictions are given in.</param>
    /// <param name="outputs">Names of the outputs in order.</param>
    /// <param name="normalization">What was applied to the features: sentences undo it.</param>
    /// <param name="set">Firings and consequents are means over its training rows; fidelity is measured on its validation rows.</param>
    /// <param name="pruning">Kept in the result.</param>
    public static RuleBase Read(TskNetwork network, IReadOnlyList<string> outputs, Normalization normalization, TrainingSet set, TskPruningReport? pruning = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        var statistics = TskRuleStatistics.Of(network, set.Features, set.TrainRows);
        var conditions = Conditions(network, normalization);
        var said = statistics.Consequent.Select(c => Headline(c, outputs)).ToArray();
        var strength = said.Select((s, r) => statistics.MeanFiring[r] * Math.Abs(s.Consequent)).ToArray();
        var total = strength.Sum();
        var rules = Enumerable.Range(0, strength.Length)
            .OrderByDescending(r => strength[r]).ThenBy(r => r)
            .Select(r => new RuleReading(
                Sentence(conditions[r], said[r].Output, said[r].Consequent, statistics.Consequent[r], outputs),
                conditions[r], said[r].Output, said[r].Consequent, statistics.Consequent[r], statistics.MeanFiring[r], total > 0 ? strength[r] / total : 0));
        var judges = set.ValidationRows.Length > 0 ? set.ValidationRows : set.TrainRows;
        return new RuleBase(outputs, statistics.Level, [.. rules], TskFidelity.Of(network, statistics, set.Features, judges), pruning);
    }

    /// <summary>Which output a rule is about, and by how much.</summary>
    internal static (string Output, double Consequent) Headline(IReadOnlyList<double> consequents, IReadOnlyList<string> outputs)
    {
        if (OutputSides.Of(outputs) is { } sides)
        {
            var side = (consequents[sides.Up] - consequents[sides.Down]) / 2;
            return side < 0 ? (outputs[sides.Down], -side) : (outputs[sides.Up], side);
        }

        var greatest = 0;
        for (var k = 1; k < consequents.Count; k++)
        {
            greatest = Math.Abs(consequents[k]) > Math.Abs(consequents[greatest]) ? k : greatest;
        }

        return (outputs[greatest], consequents[greatest]);
    }

    /// <summary>Per rule its conditions in the indicators' units.</summary>
    internal static RuleCondition[][] Conditions(TskNetwork network, Normalization normalization)
    {
        var (shape, layout) = (network.Shape, network.Layout);
        var terms = new TskTerms(shape, layout);
        terms.Update(network.Parameters.Span);
        return [.. shape.Rules.Select(rule => rule.Antecedents.Select(a =>
        {
            var variable = shape.Variables[a.Input];
            var scale = normalization.Scales.FirstOrDefault(s => s.Feature == variable.Feature);
            double Unit(double x) => scale is null ? x : (scale.Scale == 0 ? 0 : x / scale.Scale) + scale.Offset;
            return new RuleCondition(
                variable.Feature, variable.Terms[a.Term].Name,
                a.Term == 0 ? null : Unit(terms.CrossingAfter(a.Input, a.Term - 1)),
                a.Term == variable.Terms.Count - 1 ? null : Unit(terms.CrossingAfter(a.Input, a.Term)),
                Unit(terms.Centre[layout.FirstTerm[a.Input] + a.Term]));
        }).ToArray())];
    }

    internal static string Sentence(IReadOnlyList<RuleCondition> conditions, string output, double consequent, IReadOnlyList<double> consequents, IReadOnlyList<string> outputs)
    {
        var parts = conditions.Select(c => $"{Name(c.Feature)} is {c.Term} ({Range(c)})");
        var then = outputs.Count == 1
            ? $"predicted {output} {Signed(consequent)}"
            : $"{output} {Signed(consequent)} ({string.Join(", ", outputs.Select((o, k) => $"{o} {Signed(consequents[k])}"))})";
        return $"IF {string.Join(" AND ", parts)} THEN {then}";
    }

    /// <summary><c>1h_rsi_14_raw</c> → <c>1h rsi_14</c>.</summary>
    private static string Name(string feature)
    {
        const string suffix = "_raw";
        var name = feature.EndsWith(suffix, StringComparison.Ordinal) ? feature[..^suffix.Length] : feature;
        var split = name.IndexOf('_', StringComparison.Ordinal);
        return split > 0 && char.IsDigit(name[0]) ? $"{name[..split]} {name[(split + 1)..]}" : name;
    }

    private static string Range(RuleCondition condition) => condition switch
    {
        { Above: null, Below: { } below } => $"below {Text(below)}",
        { Above: { } above, Below: null } => $"above {Text(above)}",
        { Above: { } above, Below: { } below } => $"around {Text(condition.Around)}, {Text(above)} to {Text(below)}",
        _ => $"around {Text(condition.Around)}",
    };

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Signed(double value) => (value < 0 ? "" : "+") + value.ToString("G3", CultureInfo.InvariantCulture);
}
