using System.Text.Json;
using Ktrdr.Agents;
using Ktrdr.Agents.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Xunit;

namespace Ktrdr.Tests.Agents.Research;

public sealed class ResearchLoopTests
{
    [Fact]
    public async Task Run_Campaign_TakesEveryExperimentThroughEveryPhaseAndCloses()
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 3));

        var result = await RunAsync(research);

        Assert.Equal(3, result.Experiments);
        Assert.Equal(3, result.Verdicts.Values.Sum());
        Assert.Equal(CampaignStatus.Closed, research.Campaign.Status);
        Assert.All(research.Experiments, e => Assert.Equal(ExperimentPhase.Done, e.Phase));
        Assert.All(research.Experiments, e => Assert.NotNull(e.Lesson));
        Assert.All(research.Experiments, e => Assert.All([e.DesignOperationId, e.TrainingOperationId, e.BacktestOperationId, e.AssessmentOperationId, e.LearningOperationId], Assert.NotNull));
        for (var number = 1; number <= 3; number++)
        {
            Assert.Equal(
                ["Designing → Training", "Training → Backtesting", "Backtesting → Assessing", "Assessing → Learning", "Learning → Done"],
                research.Transitions.Where(t => t.StartsWith($"{number}:", StringComparison.Ordinal)).Select(t => t[3..]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Run_Lag_BoundsWhatRunsAtOnceAndWhatIsKnown(int lag)
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 7, lag: lag), slowness: 5) { HoldUntilCreated = lag };

        await RunAsync(research);

        Assert.Equal(lag, research.MostAtOnce);
        Assert.All(research.Designs, d => Assert.Equal(Enumerable.Range(1, Math.Max(0, d.Key - lag)), d.Value.Outcomes.Select(o => o.Number)));
        Assert.All(research.Designs.Values, d => Assert.False(d.HasVolume));
    }

    [Fact]
    public async Task Run_AtAnySpeed_GivesTheSameExperiments()
    {
        var expected = await OutcomeAsync(0);
        for (var slowness = 1; slowness <= 12; slowness++)
        {
            Assert.Equal(expected, await OutcomeAsync(slowness));
        }

        static async Task<string> OutcomeAsync(int slowness)
        {
            var research = new ScriptedResearch(CampaignOf(cycles: 6, lag: 3), slowness);
            await RunAsync(research);
            return Content(research);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_KilledAtAnyCall_GoesOnToTheSameEnd(bool afterEffect)
    {
        var unbroken = Gated(new ScriptedResearch(CampaignOf(cycles: 3)));
        var whole = ScriptedApi.For(unbroken);
        await RunAsync(unbroken, whole);
        var expected = Content(unbroken);

        for (var killAt = 1; killAt <= ScriptedApi.CallsOf(whole); killAt++)
        {
            var research = Gated(new ScriptedResearch(CampaignOf(cycles: 3)));
            await Assert.ThrowsAsync<KilledException>(() => RunAsync(research, ScriptedApi.For(research, killAt, afterEffect)));

            await RunAsync(research);

            Assert.True(expected == Content(research), $"killed {(afterEffect ? "after" : "before")} call {killAt}:\n{Content(research)}\ninstead of\n{expected}");
            Assert.Equal(unbroken.Operations.Count, research.Operations.Count);
        }

        static ScriptedResearch Gated(ScriptedResearch research)
        {
            research.OneClass.Add(2);
            return research;
        }
    }

    [Fact]
    public async Task Run_DrivenOnByAnotherOperation_GoesOnToTheSameEnd()
    {
        var unbroken = new ScriptedResearch(CampaignOf(cycles: 2));
        var whole = ScriptedApi.For(unbroken);
        await RunAsync(unbroken, whole);

        for (var killAt = 1; killAt <= ScriptedApi.CallsOf(whole); killAt++)
        {
            var research = new ScriptedResearch(CampaignOf(cycles: 2));
            await Assert.ThrowsAsync<KilledException>(() => RunAsync(research, ScriptedApi.For(research, killAt, afterEffect: true)));

            await RunAsync(research, driver: "op_other");

            Assert.Equal(Content(unbroken), Content(research));
        }
    }

    [Fact]
    public async Task Run_StatisticsThatFail_AreTriedOnceMore()
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 1));
        research.Failing[0] = OperationTypes.CampaignStatistics;

        await RunAsync(research);

        Assert.Equal(CampaignStatus.Closed, research.Campaign.Status);
    }

    [Fact]
    public async Task Run_GatesThatDoNotPass_GoStraightToAssessingWithTheReason()
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 2));
        research.OneClass.Add(1);
        research.WithoutTrade.Add(2);

        await RunAsync(research);

        Assert.Contains("1: Training → Assessing", research.Transitions);
        Assert.Contains("2: Backtesting → Assessing", research.Transitions);
        Assert.All(research.Experiments, e => Assert.Equal((ExperimentPhase.Done, "rejected", false), (e.Phase, e.Verdict!, e.Gate!.Passed)));
        Assert.All(research.Experiments, e => Assert.Null(e.Validation));
        Assert.All(research.Experiments, e => Assert.Equal([e.Gate!.Reason], e.VerdictReasons));
        Assert.All(research.Experiments, e => Assert.Equal("contradicts", e.Lesson!.Relation));
    }

    [Fact]
    public async Task Run_TrainingThatDiverges_IsStoppedAtTheGate()
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 1)) { FailureCode = "training_diverged" };
        research.Failing[1] = OperationTypes.Training;

        await RunAsync(research);

        var experiment = research.Experiments.Single();
        Assert.Equal(ExperimentPhase.Done, experiment.Phase);
        Assert.Equal(("training", false), (experiment.Gate!.Gate, experiment.Gate.Passed));
        Assert.Contains("the worker broke three times", experiment.Gate.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OperationTypes.AgentDesign)]
    [InlineData(OperationTypes.Training)]
    [InlineData(OperationTypes.Backtest)]
    [InlineData(OperationTypes.AgentLearning)]
    public async Task Run_AFailedOperation_FailsItsExperimentAndTheCampaignGoesOn(string type)
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 4, lag: 1));
        research.Failing[2] = type;

        var result = await RunAsync(research);

        var failed = research.Experiments.Single(e => e.Number == 2);
        Assert.Equal(ExperimentPhase.Failed, failed.Phase);
        Assert.Equal($"{type} failed: the worker broke three times", failed.Failure);
        Assert.Equal(3, research.Experiments.Count(e => e.Phase == ExperimentPhase.Done));
        Assert.Equal(4, result.Experiments);
        Assert.Equal(CampaignStatus.Closed, research.Campaign.Status);
    }

    [Fact]
    public async Task Run_Nominated_AreScoredOnceOnTest()
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 6));

        await RunAsync(research);

        var nominated = research.Campaign.Statistics!.Experiments.Where(e => e.Nominated).Select(e => e.ExperimentId).ToArray();
        Assert.NotEmpty(nominated);
        Assert.Equal(nominated, research.Experiments.Where(e => e.Test is not null).Select(e => e.Id));
        Assert.Equal(nominated.Length, research.Operations.Count(o => o.Request.GetRawText().Contains("\"window\":\"test\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_CampaignThatStaysOpen_IsNotClosed()
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 1) with { CloseWhenDone = false });

        await RunAsync(research);

        Assert.Equal(CampaignStatus.Open, research.Campaign.Status);
        Assert.DoesNotContain(research.Operations, o => o.Type == OperationTypes.CampaignStatistics);
    }

    [Fact]
    public async Task Run_CampaignThatIsClosing_StartsNoFurtherExperiment()
    {
        var research = new ScriptedResearch(CampaignOf(cycles: 5) with { Status = CampaignStatus.Closing });
        research.CreateExperimentAsync("campaign", new CreateExperimentRequest(1));

        var result = await RunAsync(research);

        Assert.Equal(1, result.Experiments);
        Assert.Equal(CampaignStatus.Closed, research.Campaign.Status);
    }

    [Fact]
    public void TrainingSeed_FollowsFromCampaignSeedAndNumber()
    {
        var campaign = CampaignOf(cycles: 1);
        var seeds = Enumerable.Range(1, 50).Select(n => ExperimentRun.TrainingSeed(campaign, n)).ToArray();

        Assert.Equal(50, seeds.Distinct().Count());
        Assert.All(seeds, s => Assert.True(s >= 0));
        Assert.NotEqual(seeds[0], ExperimentRun.TrainingSeed(campaign with { Seed = 2 }, 1));
    }

    private static Campaign CampaignOf(int cycles, int lag = 2) => new()
    {
        Id = "campaign",
        Goal = "find a strategy that survives",
        Symbol = "EURUSD",
        Timeframe = "1h",
        Dataset = "data",
        Cycles = cycles,
        Seed = 1,
        Lag = lag,
        CloseWhenDone = true,
        MemoryScope = "campaign",
        Status = CampaignStatus.Open,
        Memory = MemorySnapshot.Empty,
    };

    private static async Task<AgentResearchResult> RunAsync(ScriptedResearch research, IKtrdrApi? api = null, string driver = "op_research")
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var patient = new PatientApi(api ?? ScriptedApi.For(research), TimeSpan.Zero, TimeSpan.Zero);
        var loop = new ResearchLoop(patient, new OperationWaiter(patient, TimeSpan.Zero, TimeSpan.Zero), _ => { });
        return await loop.RunAsync("campaign", driver, deadline.Token);
    }

    /// <summary>All that an experiment says, without the ids of operations, which depend on the order of their starts.</summary>
    private static string Content(ScriptedResearch research) => string.Join('\n', research.Experiments.Select(e => JsonSerializer.Serialize(
        e with { DesignOperationId = null, TrainingOperationId = null, BacktestOperationId = null, AssessmentOperationId = null, LearningOperationId = null, TestOperationId = null },
        KtrdrJson.Options))) + $"\n{research.Campaign.Status}";
}
