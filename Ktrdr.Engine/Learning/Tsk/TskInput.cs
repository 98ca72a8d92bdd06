namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>A word for a part of an input's range, for instance <c>oversold</c>.</summary>
/// <param name="Centre">Where membership is 1 before training, in the network's unit (normalised). The lowest term is 1 below it too, the highest above it.</param>
public sealed record TskTerm(string Name, double Centre);

/// <summary>Where two neighbouring terms meet before training.</summary>
/// <param name="Crossing">Where both are equally true: as a share of the way from the lower centre to the upper, in [0.1, 0.9].</param>
/// <param name="Overlap">Sum of the two facing widths over the distance of the centres, in [0.7, 1.6]; both memberships are exp(−½/overlap²) at the crossing.</param>
public sealed record TskBorder(double Crossing, double Overlap);

/// <summary>One input of a tsk network with its words.</summary>
/// <param name="Feature">Feature id, for instance <c>1h_rsi_14_raw</c>.</param>
/// <param name="Low">Values below count as this: rules say nothing about what training has hardly seen.</param>
/// <param name="High">Values above count as this.</param>
/// <param name="Terms">2 to 9, from low to high centres.</param>
/// <param name="Borders">One between each two neighbouring terms.</param>
public sealed record TskInput(string Feature, double Low, double High, IReadOnlyList<TskTerm> Terms, IReadOnlyList<TskBorder> Borders);

/// <summary>One condition of a rule: the input belongs to the term.</summary>
/// <param name="Input">Index of the input.</param>
/// <param name="Term">Index of the term.</param>
/// <param name="Pivot">Mean of the input where the rule fires before training: the consequent's slope turns about it.</param>
public sealed record TskAntecedent(int Input, int Term, double Pivot);

/// <summary>IF all antecedents THEN a linear function of their inputs.</summary>
/// <param name="Antecedents">At least one.</param>
/// <param name="Restraint">How much more than others its consequent is held to 0 when consequents are fitted: rules of inputs that tell little of their own are restrained.</param>
public sealed record TskRule(IReadOnlyList<TskAntecedent> Antecedents, double Restraint = 1);
