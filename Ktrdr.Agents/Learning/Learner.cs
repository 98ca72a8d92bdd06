using Ktrdr.Contracts.Research;
using Counted = Ktrdr.Engine.Counted;

namespace Ktrdr.Agents.Learning;

/// <summary>Says what to remember of an experiment: whether its hypothesis held, with the numbers, and what it was built from.</summary>
internal static class Learner
{
    public const string Supports = "supports";
    public const string Contradicts = "contradicts";
    public const string Supersedes = "supersedes";

    /// <param name="document">The strategy as text, so that later designers can vary it.</param>
    public static Lesson Learn(Campaign campaign, Experiment experiment, string? document)
    {
        var relation = RelationOf(experiment);
        var known = campaign.Memory.Lessons.Where(l => l.StrategyHash is not null && l.StrategyHash == experiment.StrategyHash).MinBy(l => l.Claim, StringComparer.Ordinal);
        return new Lesson
        {
            ExperimentId = experiment.Id,
            MemoryScope = campaign.MemoryScope,
            Claim = Claim(campaign, experiment, relation, known),
            Relation = known is null ? relation : Supersedes,
            HypothesisId = experiment.HypothesisId,
            Blocks = experiment.Blocks,
            TStatistic = experiment.Validation?.NetTStatistic,
            StrategyHash = experiment.StrategyHash,
            Document = document,
        };
    }

    /// <summary>Supported by what earned after costs on validation and was not rejected there; contradicted by all else, gates included.</summary>
    private static string RelationOf(Experiment experiment) =>
        experiment.Gate is null or { Passed: true } && experiment.Validation?.NetTStatistic > 0 && experiment.Verdict is "unproven" or "survives" ? Supports : Contradicts;

    private static string Claim(Campaign campaign, Experiment experiment, string relation, Lesson? known)
    {
        var subject = $"{experiment.StrategyName} on {campaign.Symbol} {campaign.Timeframe}";
        var result = experiment.Gate is { Passed: false } gate
            ? $"stopped at the {gate.Gate} gate: {gate.Reason}"
            : experiment.Validation is { } m
                ? $"net Sharpe {Text.Signed(m.Sharpe)}, t {Text.Signed(m.NetTStatistic)}, {Counted.Of(m.Trades, "trade")}, drawdown {Text.Percent(m.MaxDrawdown)} on validation."
                : "no result.";
        var meaning = relation == Supports ? "This supports" : "This contradicts";
        var hypothesis = experiment.Hypothesis is { } statement ? $" {meaning}: {statement}" : "";
        var inputs = MostHelpful(experiment.Assessment);
        var earlier = known is null ? "" : $" It replaces what was known of the same document (t {Text.Signed(known.TStatistic)}).";
        return $"{subject}: {result}{inputs}{hypothesis}{earlier}";
    }

    private static string MostHelpful(Assessment? assessment) =>
        assessment?.Attribution.Where(a => a.Contribution is not null).MaxBy(a => a.Contribution) is { Contribution: > 0 } best
            ? $" Of its inputs {best.Input} helped most."
            : "";
}
