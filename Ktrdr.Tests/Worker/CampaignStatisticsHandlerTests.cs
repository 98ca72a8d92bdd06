using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Research;
using Ktrdr.Engine.Statistics;
using Ktrdr.Worker.Statistics;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class CampaignStatisticsHandlerTests
{
    private static readonly DateOnly FirstDay = new(2020, 1, 1);

    [Fact]
    public void Judge_Nominate_CountsOwnForeignFailedAndGatedTrials()
    {
        var trials = Market(
            Trial(1, "a", mean: 0.002),
            Trial(2, "b", mean: -0.002),
            Trial(3, "c", mean: 0) with { Outcome = "gated", Reason = "never trades", PackedReturns = null, Trades = 0 },
            Trial(4, "d", mean: 0) with { Outcome = "failed", PackedReturns = null, Trades = 0 },
            Trial(1, "z", mean: 0.001) with { Own = false, ExperimentId = "other" },
            Trial(null, "m", mean: 0.001) with { ExperimentId = null, Window = "custom" },
            Trial(null, "p", mean: 0.001) with { Own = false, ExperimentId = null, Window = "test" });

        var result = CampaignStatisticsHandler.Judge(new CampaignStatisticsRequest("campaign", "nominate"), trials, VerdictRules.Default);

        Assert.Equal(7, result.Trials);
        Assert.Equal([1, 2, 3, 4], result.Experiments.Select(e => e.Number));
        Assert.Equal(["unproven", "rejected", "rejected", "unproven"], result.Experiments.Select(e => e.Verdict));
        Assert.Equal([true, false, false, false], result.Experiments.Select(e => e.Nominated));
        Assert.Equal("experiment-3", result.Experiments[2].ExperimentId);
        Assert.Contains("never trades", result.Experiments[2].Reasons[0], StringComparison.Ordinal);
        Assert.Equal((VerdictRules.Default.Hash, "head"), (result.RulesHash, result.LedgerHead));
    }

    [Fact]
    public void Judge_OwnTrials_SaysWhatChoosingAmongThemIsWorth()
    {
        var trials = Market(Trial(1, "a", 0.003), Trial(2, "b", -0.002), Trial(3, "c", -0.001), Trial(9, "z", 0.005) with { Own = false });

        var result = CampaignStatisticsHandler.Judge(new CampaignStatisticsRequest("campaign", "nominate"), trials, VerdictRules.Default);

        var universe = Assert.Single(result.Overfitting);
        Assert.Equal(("dataset", "validation", 3, 3, 250), (universe.Dataset, universe.Window, universe.Trials, universe.TrialsUsed, universe.Days));
        Assert.Equal((FirstDay, FirstDay.AddDays(249)), (universe.FirstDay, universe.LastDay));
        Assert.Equal((0.0, 0.0, 16), (universe.ProbabilityOfOverfitting, universe.ProbabilityOfLoss, universe.Blocks));
        Assert.Equal("a", universe.BestStrategyHash);
        Assert.Equal(1.0 / 2001, universe.SpaPValue);
        Assert.Equal(1.0 / 2001, universe.RealityCheckPValue);
        Assert.Equal(2000, universe.Replications);
    }

    [Fact]
    public void Judge_Conclude_ScoresNomineesOnTestOnly()
    {
        var test = Trial(1, "a", mean: 0.003) with { Window = "test", SharpeAtDoubleCosts = 1.5 };
        var trials = Market(Trial(1, "a", mean: 0.002), Trial(2, "b", mean: -0.002), test);

        var result = CampaignStatisticsHandler.Judge(new CampaignStatisticsRequest("campaign", "conclude"), trials, VerdictRules.Default);

        Assert.Equal(2, result.Trials);
        Assert.NotNull(result.Experiments[0].TestSharpe);
        Assert.Equal(50, result.Experiments[0].TestTrades);
        Assert.Null(result.Experiments[1].TestSharpe);
    }

    [Fact]
    public void Judge_OrderOfRows_ChangesNothing()
    {
        LedgerTrial[] rows = [Trial(1, "a", 0.002), Trial(2, "b", 0.001), Trial(3, "c", -0.001), Trial(9, "z", 0.001) with { Own = false }];
        var request = new CampaignStatisticsRequest("campaign", "nominate");

        var forward = CampaignStatisticsHandler.Judge(request, Market(rows), VerdictRules.Default);
        var backward = CampaignStatisticsHandler.Judge(request, Market([.. rows.Reverse()]), VerdictRules.Default);

        Assert.Equal(Ktrdr.Contracts.KtrdrJson.ToElement(forward).GetRawText(), Ktrdr.Contracts.KtrdrJson.ToElement(backward).GetRawText());
    }

    [Fact]
    public void Of_RunThatFailedAndWasRepeated_IsJudgedByTheRunThatEnded()
    {
        var failed = Trial(1, "a", 0) with { Outcome = "failed", PackedReturns = null };

        var evidence = LedgerEvidence.Of(Market(failed, Trial(1, "a", 0.001)).Trials);

        Assert.Equal(TrialStatus.Completed, Assert.Single(evidence.Own).Status);
        Assert.Equal(TrialStatus.Failed, Assert.Single(evidence.Foreign).Status);
    }

    [Fact]
    public void Of_UnknownOutcome_IsNamed()
        => Assert.Contains("'mysterious'", Assert.Throws<OperationFailedException>(() => Market(Trial(1, "a", 0) with { Outcome = "mysterious" })).Message, StringComparison.Ordinal);

    [Fact]
    public void Judge_TrialsInPages_GivesTheSameBits()
    {
        LedgerTrial[] rows = [.. Enumerable.Range(1, 7).Select(i => Trial(i, $"s{i}", 0.0004 * (i - 3))), Trial(9, "z", 0.001) with { Own = false }];
        rows[3] = rows[3] with { PackedReturns = PackedReturns.Of([.. PackedReturns.Read(rows[3].PackedReturns).Skip(9)]) };
        var request = new CampaignStatisticsRequest("campaign", "nominate");
        var whole = Ktrdr.Contracts.KtrdrJson.ToElement(CampaignStatisticsHandler.Judge(request, Market(rows), VerdictRules.Default)).GetRawText();

        foreach (var size in (int[])[1, 3, 8])
        {
            var read = MarketTrials.Of([.. rows.Chunk(size).Select(page => new CampaignTrials("head", page, rows.Length))]);
            Assert.Equal(whole, Ktrdr.Contracts.KtrdrJson.ToElement(CampaignStatisticsHandler.Judge(request, read, VerdictRules.Default)).GetRawText());
            Assert.Equal(2, read.Trials.Select(t => t.Evidence.Daily!.Days).Distinct(ReferenceEqualityComparer.Instance).Count());
        }
    }

    [Fact]
    public void Of_PagesOfDifferentLedgers_AreRefused()
        => Assert.Contains("different rows", Assert.Throws<OperationFailedException>(() => MarketTrials.Of(new CampaignTrials("one", [], 0), new CampaignTrials("other", [], 0))).Message, StringComparison.Ordinal);

    private static MarketTrials Market(params LedgerTrial[] trials) => MarketTrials.Of(new CampaignTrials("head", trials, trials.Length));

    /// <summary>A year of daily returns around a mean, alternating by 1 %.</summary>
    private static LedgerTrial Trial(int? number, string strategy, double mean) => new()
    {
        Own = true,
        ExperimentId = $"experiment-{number}",
        ExperimentNumber = number,
        StrategyHash = strategy,
        Dataset = "dataset",
        Window = "validation",
        Outcome = "completed",
        Trades = 50,
        PackedReturns = PackedReturns.Of([.. Enumerable.Range(0, 250).Select(day => new DailyReturn(FirstDay.AddDays(day), mean + (day % 2 == 0 ? 0.01 : -0.01)))]),
    };
}
