using Ktrdr.Agents.Learning;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Research;
using Xunit;

namespace Ktrdr.Tests.Agents.Learning;

public sealed class LearnerTests
{
    private static readonly Campaign Campaign = new()
    {
        Id = "c",
        Goal = "g",
        Symbol = "EURUSD",
        Timeframe = "1h",
        Dataset = "d",
        Cycles = 1,
        Seed = 1,
        Lag = 1,
        CloseWhenDone = true,
        MemoryScope = "scope",
        Status = CampaignStatus.Open,
        Memory = MemorySnapshot.Empty,
    };

    private static readonly Experiment Experiment = new()
    {
        Id = "e",
        CampaignId = "c",
        Number = 1,
        Phase = ExperimentPhase.Learning,
        StrategyName = "rsi_reversion_e1",
        StrategyHash = "abc",
        Hypothesis = "On EURUSD 1h, stretches revert.",
        HypothesisId = "h",
        Blocks = ["indicator:rsi", "label:triple_barrier"],
        Verdict = "unproven",
        Validation = new BacktestMetrics { Sharpe = 0.71, NetTStatistic = 0.9, Trades = 85, MaxDrawdown = 0.031 },
    };

    [Fact]
    public void Learn_AResult_KeepsTheNumbersAndTheBlocks()
    {
        var lesson = Learner.Learn(Campaign, Experiment, "document");

        Assert.Equal(
            "rsi_reversion_e1 on EURUSD 1h: net Sharpe +0.71, t +0.90, 85 trades, drawdown 3.10 % on validation. This supports: On EURUSD 1h, stretches revert.", lesson.Claim);
        Assert.Equal(("e", "scope", "h", "abc", "document"), (lesson.ExperimentId, lesson.MemoryScope, lesson.HypothesisId, lesson.StrategyHash, lesson.Document));
        Assert.Equal(Experiment.Blocks, lesson.Blocks);
        Assert.Equal(0.9, lesson.TStatistic);
        Assert.Null(lesson.SavedAt);
    }

    public static TheoryData<double?, string, bool, string> Relations => new()
    {
        { 0.9, "unproven", false, "supports" },
        { 0.9, "survives", false, "supports" },
        { 0.9, "rejected", false, "contradicts" },
        { -0.1, "unproven", false, "contradicts" },
        { 0, "unproven", false, "contradicts" },
        { null, "rejected", true, "contradicts" },
    };

    [Theory]
    [MemberData(nameof(Relations))]
    public void Learn_Relation_FollowsFromWhatTheRunEarned(double? tStatistic, string verdict, bool gated, string relation)
    {
        var experiment = Experiment with
        {
            Verdict = verdict,
            Validation = gated ? null : Experiment.Validation! with { NetTStatistic = tStatistic },
            Gate = gated ? new GateOutcome("training", false, "one class") : null,
        };

        Assert.Equal(relation, Learner.Learn(Campaign, experiment, null).Relation);
    }

    [Fact]
    public void Learn_ADocumentThatTheMemoryKnows_SupersedesItsLesson()
    {
        var known = Learner.Learn(Campaign, Experiment with { Id = "old", Validation = new BacktestMetrics { NetTStatistic = -1.5 } }, "document");
        var campaign = Campaign with { Memory = new MemorySnapshot([known with { StrategyHash = "other" }, known]) };

        var lesson = Learner.Learn(campaign, Experiment, "document");

        Assert.Equal("supersedes", lesson.Relation);
        Assert.EndsWith("It replaces what was known of the same document (t -1.50).", lesson.Claim, StringComparison.Ordinal);
        Assert.Equal("supports", Learner.Learn(campaign, Experiment with { StrategyHash = "new" }, "document").Relation);
    }
}
