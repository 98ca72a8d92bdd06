using Ktrdr.Agents.Designing;
using Ktrdr.Contracts.Research;

namespace Ktrdr.Tests.Agents.Designing;

/// <summary>Requests and outcomes for tests of the designer.</summary>
internal static class DesignRequestExample
{
    public static DesignRequest Of(long seed, int number = 1, string symbol = "EURUSD", string timeframe = "1h", params ExperimentOutcome[] outcomes) => new()
    {
        CampaignId = "campaign",
        ExperimentId = $"experiment-{number}",
        Number = number,
        Seed = seed,
        Goal = "find a strategy that survives",
        Symbol = symbol,
        Timeframe = timeframe,
        HasVolume = false,
        Memory = MemorySnapshot.Empty,
        Outcomes = outcomes,
    };

    public static ExperimentOutcome OutcomeOf(Design design, int number, double? tStatistic) => new()
    {
        Number = number,
        StrategyHash = design.Hash,
        Document = design.Yaml,
        Blocks = design.Blocks,
        TStatistic = tStatistic,
        Verdict = tStatistic > 0 ? "unproven" : "rejected",
    };
}
