namespace Ktrdr.Contracts.Models;

/// <summary>The rules of a tsk model as sentences, the strongest first. They are stored with the model.</summary>
/// <param name="Outputs">Names of the outputs in order, for instance buy, hold, sell.</param>
/// <param name="Level">Mean of each output over the training rows (logits, or the prediction): what consequents are measured from.</param>
/// <param name="Fidelity">How well the list stands for the network.</param>
/// <param name="Pruning">What was taken out after training.</param>
public sealed record ModelRules(IReadOnlyList<string> Outputs, IReadOnlyList<double> Level, IReadOnlyList<ModelRule> Rules, ModelRuleFidelity Fidelity, ModelPruning? Pruning);

/// <summary>One rule.</summary>
/// <param name="Sentence">IF … THEN … in the indicators' own units.</param>
/// <param name="Output">The output that <paramref name="Consequent"/> is about.</param>
/// <param name="Consequent">Regression: what the rule adds to the mean prediction. Buy and sell among the classes: half the log-odds of the output over its opposite. Else the output's logit.</param>
/// <param name="Consequents">Per output; for classes logits that sum to 0.</param>
/// <param name="MeanFiring">Mean share in the decision over the training rows; all rules' sum to 1.</param>
/// <param name="Share">Of mean firing × |consequent| among all rules.</param>
/// <param name="Strength">Mean firing × |consequent|: rules are sorted by it.</param>
public sealed record ModelRule(
    string Sentence, IReadOnlyList<ModelRuleCondition> Conditions, string Output, double Consequent, IReadOnlyList<double> Consequents, double MeanFiring, double Share, double Strength);

/// <summary>One condition, in the indicator's unit: the term fits best around a value, better than its neighbours above and below two others (null at the ends).</summary>
public sealed record ModelRuleCondition(string Feature, string Term, double? Above, double? Below, double Around);

/// <summary>The list of rules against the network, on rows that were not trained on.</summary>
/// <param name="Agreement">Share of rows with the same decision.</param>
/// <param name="RSquared">Share of the variance of the network's outputs that the list reproduces.</param>
public sealed record ModelRuleFidelity(double Agreement, double RSquared, int Rows);

/// <summary>Rules before and after pruning, and the loss of the network before and after.</summary>
/// <param name="Refitted">Whether the consequents were fitted again.</param>
public sealed record ModelPruning(int RulesBefore, int RulesAfter, double LossBefore, double LossAfter, bool Refitted);
