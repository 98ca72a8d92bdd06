using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>States what a design claims about the market, so that its result can be for or against it. Designs that claim the same share one statement.</summary>
internal static class Hypotheses
{
    public static string Statement(StrategyDocument document)
    {
        var families = Genome.Of(document).Families;
        var mechanism = Mechanism.Of(families);
        var showing = families.Where(f => Mechanism.FamiliesOf(mechanism).Contains(f)).Select(Words).ToArray();
        var others = families.Where(f => !Mechanism.FamiliesOf(mechanism).Contains(f)).Select(Words).ToArray();
        var signs = Text.Join(showing.Length > 0 ? showing : others);
        var condition = showing.Length > 0 && others.Length > 0 ? $", told apart by {Text.Join(others)}," : "";
        var costs = document.Costs is { } c ? 2 * ((c.Commission ?? 0) + (c.Slippage ?? 0) + ((c.Spread ?? 0) / 2)) : (double?)null;
        var hurdle = costs is null ? "the costs of trading" : $"the {Text.Percent(costs, 3)} that a round trip costs";
        var horizon = document.Training.Labels.LongestLookAhead;
        var data = $"On {document.TrainingData.Symbol} {document.TrainingData.BaseTimeframe}";
        return mechanism switch
        {
            Mechanism.Reversion => $"{data}, stretches shown by {signs}{condition} are followed within {horizon} bars by a move back that is larger than {hurdle}.",
            Mechanism.Momentum => $"{data}, moves shown by {signs}{condition} go on for the next {horizon} bars by more than {hurdle}.",
            _ => $"{data}, prices leaving the range shown by {signs}{condition} go on within {horizon} bars by more than {hurdle}.",
        };
    }

    private static string Words(string family) => IndicatorFamily.Find(family).Words;
}
