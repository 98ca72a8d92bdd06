using System.Text.Json;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>A tsk model as a person reads it.</summary>
/// <param name="Outputs">Names of the outputs in order, for instance buy, hold, sell.</param>
/// <param name="Level">Mean of each output over the training rows (logits, or the prediction): what consequents are measured from.</param>
/// <param name="Rules">The strongest first.</param>
/// <param name="Fidelity">How well the list stands for the network.</param>
/// <param name="Pruning">What was taken out after training.</param>
public sealed record RuleBase(
    IReadOnlyList<string> Outputs, IReadOnlyList<double> Level, IReadOnlyList<RuleReading> Rules, RuleFidelity Fidelity, TskPruningReport? Pruning)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n" };

    /// <summary>UTF-8, equal rules give equal bytes.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);
}

/// <summary>One rule.</summary>
/// <param name="Sentence">IF … THEN … in the indicators' own units.</param>
/// <param name="Conditions">At least one.</param>
/// <param name="Output">The output that <paramref name="Consequent"/> is about.</param>
/// <param name="Consequent">
/// Regression: what the rule adds to the mean prediction, in the target's unit. Where buying and selling are among the classes: half the log-odds of <paramref name="Output"/> over its opposite.
/// Other classes: the greatest of <paramref name="Consequents"/> by size.
/// </param>
/// <param name="Consequents">Per output; for classes logits that sum to 0.</param>
/// <param name="MeanFiring">Mean share of the rule in the decision, over the training rows; all rules' sum to 1.</param>
/// <param name="Share">Of mean firing × |consequent|, among all rules.</param>
public sealed record RuleReading(
    string Sentence, IReadOnlyList<RuleCondition> Conditions, string Output, double Consequent, IReadOnlyList<double> Consequents, double MeanFiring, double Share)
{
    /// <summary>Mean firing × |consequent|: what rules are sorted by.</summary>
    public double Strength => MeanFiring * Math.Abs(Consequent);
}

/// <summary>One condition of a rule, in the indicator's unit.</summary>
/// <param name="Feature">Feature id.</param>
/// <param name="Term">The word.</param>
/// <param name="Above">Above it the word fits better than the next lower one; null for the lowest word.</param>
/// <param name="Below">Below it the word fits better than the next higher one; null for the highest word.</param>
/// <param name="Around">Where the word fits best.</param>
public sealed record RuleCondition(string Feature, string Term, double? Above, double? Below, double Around);

/// <summary>The rules as sentences, each with its one number, against the network with its slopes, on rows that were not trained on.</summary>
/// <param name="Agreement">Share of rows with the same decision: the greatest class, or the sign of the prediction from its mean.</param>
/// <param name="RSquared">Share of the variance of the network's outputs that the list reproduces (1 where they do not vary and the list does not either).</param>
/// <param name="Rows">Rows compared: validation rows, or training rows without any.</param>
public sealed record RuleFidelity(double Agreement, double RSquared, int Rows);
