using Ktrdr.Engine;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class CampaignStatisticsTests
{
    private const int Days = 250;
    private static readonly VerdictRules Rules = VerdictRules.Default;

    private static TrialEvidence Trial(
        int experiment, double drift = 0, int trades = 100, TrialStatus status = TrialStatus.Completed, double? stressed = null, ulong? seed = null, string window = "validation") => new()
        {
            Experiment = experiment,
            Key = new TrialKey($"strategy-{experiment}", "data", window),
            Status = status,
            GateReason = status == TrialStatus.Gated ? "no trades" : null,
            Daily = status is TrialStatus.Failed or TrialStatus.Cancelled ? null : Daily(seed ?? (ulong)experiment, drift),
            Trades = trades,
            StressedSharpe = stressed,
        };

    /// <summary>Gaussian returns with exactly the mean asked for.</summary>
    private static DailyReturns Daily(ulong seed, double drift, int firstDay = 0)
    {
        var returns = SharpeStatisticsTests.Series(seed, Days, 0);
        var mean = returns.Sum() / Days;
        return new DailyReturns([.. Enumerable.Range(firstDay, Days)], [.. returns.Select(r => r - mean + drift)]);
    }

    private static TrialEvidence Test(int experiment, double drift = 0.003, int trades = 100, double? stressed = 1, TrialStatus status = TrialStatus.Completed) =>
        Trial(experiment, drift, trades, status, stressed, seed: (ulong)(experiment + 500), window: "test");

    [Fact]
    public void Provisional_WhileRunning_IsRejectedOrUnprovenFromValidation()
    {
        TrialEvidence[] own =
        [
            Trial(1, drift: 0.01), Trial(2, drift: -0.001), Trial(3, drift: 0.01, trades: 29), Trial(4, drift: 0.01, trades: 30),
            Trial(5, status: TrialStatus.Gated), Trial(6, status: TrialStatus.Failed), Trial(7, status: TrialStatus.Cancelled),
        ];

        var verdicts = CampaignStatistics.Provisional(own, [], Rules);

        Assert.Equal(
            [Verdict.Unproven, Verdict.Rejected, Verdict.Rejected, Verdict.Unproven, Verdict.Rejected, Verdict.Unproven, Verdict.Unproven],
            verdicts.Select(v => v.Verdict));
        Assert.Contains("loses money", verdicts[1].Reasons[0], StringComparison.Ordinal);
        Assert.Contains("29 trades", verdicts[2].Reasons[0], StringComparison.Ordinal);
        Assert.Contains("gate on validation: no trades", verdicts[4].Reasons[0], StringComparison.Ordinal);
        Assert.All(verdicts, v => Assert.Equal(7, v.Trials));
        Assert.All(verdicts, v => Assert.NotEmpty(v.Reasons));
        Assert.All(verdicts, v => Assert.Equal(Rules.Hash, v.RulesHash));
    }

    [Fact]
    public void Provisional_NoDailyReturnVaries_IsRejectedAsUndefined()
    {
        var flat = Trial(1) with { Daily = new DailyReturns([1, 2, 3], [0, 0, 0]) };

        var verdict = Assert.Single(CampaignStatistics.Provisional([flat], [], Rules));

        Assert.Equal(Verdict.Rejected, verdict.Verdict);
        Assert.Null(verdict.NetSharpe);
        Assert.Null(verdict.DeflatedSharpe);
    }

    [Fact]
    public void Provisional_EveryThingTried_CountsOnceInN()
    {
        TrialEvidence[] own = [Trial(1, 0.001), Trial(2, status: TrialStatus.Failed)];
        var repeated = Trial(9, 0.001, seed: 1) with { Key = own[0].Key };
        var elsewhere = Trial(1, 0.001, seed: 77) with { Key = new TrialKey("strategy-1", "other data", "validation") };

        var verdict = CampaignStatistics.Provisional(own, [repeated, Trial(3, status: TrialStatus.Cancelled), elsewhere], Rules)[0];

        Assert.Equal(4, verdict.Trials);
    }

    [Fact]
    public void Provisional_FailedTrial_RaisesTheHurdleButNotTheVariance()
    {
        TrialEvidence[] own = [Trial(1, 0.001), Trial(2, 0.0005), Trial(3, -0.001)];
        var without = CampaignStatistics.Provisional(own, [], Rules)[0];
        var with = CampaignStatistics.Provisional(own, [Trial(90, status: TrialStatus.Failed), Trial(91, status: TrialStatus.Failed)], Rules)[0];

        Assert.Equal((3, 5), (without.Trials, with.Trials));
        Assert.Equal(without.SharpeVariance, with.SharpeVariance);
        Assert.True(with.Hurdle > without.Hurdle);
        Assert.True(with.DeflatedSharpe < without.DeflatedSharpe);
        Assert.True(with.DeflatedSharpe <= with.ProbabilisticSharpe);
    }

    [Fact]
    public void Provisional_Variance_IsTheLargerOfItsFloorAndTheSpreadOfOtherEdges()
    {
        var candidate = Trial(1, 0.001);
        var twin = Trial(2) with { Daily = new DailyReturns(candidate.Daily!.Days, [.. candidate.Daily.Returns.Select(r => (2 * r) + 0.01)]) };
        TrialEvidence[] others = [Trial(3, 0.004), Trial(4, -0.004), Trial(5, 0.002)];

        var alone = CampaignStatistics.Provisional([candidate], [], Rules)[0];
        var spread = CampaignStatistics.Provisional([candidate, .. others], [], Rules)[0];
        var withTwin = CampaignStatistics.Provisional([candidate, twin, .. others], [], Rules)[0];

        Assert.Equal(1.0 / (Days - 1), alone.SharpeVariance);
        Assert.Equal(0, alone.Hurdle);
        Assert.Equal(alone.ProbabilisticSharpe, alone.DeflatedSharpe);
        var sharpes = others.Select(o => ReturnMoments.Of(o.Daily!.Returns)!.Sharpe!.Value).ToArray();
        var expected = Math.Pow(ReturnMoments.Of(sharpes)!.Deviation, 2);
        Assert.True(expected > 1.0 / (Days - 1));
        Assert.Equal(expected, spread.SharpeVariance!.Value, 1e-12);
        Assert.Equal(spread.SharpeVariance, withTwin.SharpeVariance);
    }

    [Fact]
    public void Provisional_CorrelatedTrials_CountForLess()
    {
        var first = Trial(1, 0.001);
        TrialEvidence[] same = [.. Enumerable.Range(2, 9).Select(i => Trial(i) with { Daily = first.Daily })];
        TrialEvidence[] different = [.. Enumerable.Range(2, 9).Select(i => Trial(i, 0.001))];

        var correlated = CampaignStatistics.Provisional([first, .. same], [], Rules)[0];
        var independent = CampaignStatistics.Provisional([first, .. different], [], Rules)[0];

        Assert.Equal(1, correlated.EffectiveTrials, 1e-9);
        Assert.Equal(10, correlated.Trials);
        Assert.True(independent.EffectiveTrials > 9);
    }

    [Fact]
    public void Provisional_AnyOrderOfEvidence_GivesTheSameBits()
    {
        TrialEvidence[] own = [.. Enumerable.Range(1, 12).Select(i => Trial(i, 0.0002 * i, status: i % 5 == 0 ? TrialStatus.Failed : TrialStatus.Completed))];
        TrialEvidence[] foreign = [.. Enumerable.Range(30, 6).Select(i => Trial(i, seed: (ulong)i) with { Key = new TrialKey($"foreign-{i % 2}", "data", "validation") })];
        var expected = CampaignStatistics.Provisional(own, foreign, Rules);
        var generator = new Generator(1, "order");
        for (var repetition = 0; repetition < 5; repetition++)
        {
            int[] order = [.. Enumerable.Range(0, own.Length)];
            generator.Shuffle(order);
            var shuffled = CampaignStatistics.Provisional([.. order.Select(i => own[i])], [.. foreign.Reverse()], Rules);

            Assert.Equal(expected.Select(v => v with { Reasons = [] }), shuffled.Select(v => v with { Reasons = [] }));
            Assert.Equal(expected.Select(v => v.Reasons[0]), shuffled.Select(v => v.Reasons[0]));
        }
    }

    [Fact]
    public void Provisional_SameExperimentTwice_IsRefused()
        => Assert.Contains("Experiment 1", Assert.Throws<InvalidInputException>(() => CampaignStatistics.Provisional([Trial(1), Trial(1)], [], Rules)).Message, StringComparison.Ordinal);

    [Fact]
    public void Nominate_ManyUnproven_TakesTheFiveHighestTiesToTheLowerNumber()
    {
        TrialEvidence[] own =
        [
            Trial(1, 0.001), Trial(2, 0.006), Trial(3, 0.002), Trial(4, 0.005), Trial(5, 0.003), Trial(6, 0.004),
            Trial(7, 0.009, trades: 3), Trial(8, status: TrialStatus.Failed), Trial(9, 0.0021),
        ];
        own[8] = own[8] with { Daily = own[2].Daily };

        var nominated = CampaignStatistics.Nominate(own, [], Rules);

        Assert.Equal([2, 4, 6, 5, 3], nominated.Select(n => n.Experiment));
    }

    [Fact]
    public void Nominate_SameStrategyTwice_IsNominatedOnce()
    {
        TrialEvidence[] own = [Trial(1, 0.004), Trial(2, 0.004, seed: 1) with { Key = Trial(1).Key }];

        Assert.Equal([1], CampaignStatistics.Nominate(own, [], Rules).Select(n => n.Experiment));
    }

    [Fact]
    public void Conclude_EverythingHolds_Survives()
    {
        var verdicts = CampaignStatistics.Conclude([Trial(1, 0.004), Trial(2, -0.001)], [], [Test(1)], Rules);

        Assert.Equal([Verdict.Survives, Verdict.Rejected], verdicts.Select(v => v.Verdict));
        Assert.NotNull(verdicts[0].Test);
        Assert.Null(verdicts[1].Test);
        Assert.Equal(2, verdicts[0].Reasons.Count);
    }

    [Fact]
    public void Conclude_OneConditionMissing_IsNotEnough()
    {
        Verdict Of(TrialEvidence own, TrialEvidence test, params TrialEvidence[] foreign) => CampaignStatistics.Conclude([own], foreign, [test], Rules)[0].Verdict;
        var good = Trial(1, 0.004);

        Assert.Equal(Verdict.Survives, Of(good, Test(1)));
        Assert.Equal(Verdict.Rejected, Of(good, Test(1, drift: -0.0001)));
        Assert.Equal(Verdict.Rejected, Of(good, Test(1, trades: 29)));
        Assert.Equal(Verdict.Rejected, Of(good, Test(1, status: TrialStatus.Gated)));
        Assert.Equal(Verdict.Unproven, Of(good, Test(1, drift: 0.0005)));
        Assert.Equal(Verdict.Unproven, Of(good, Test(1, stressed: 0)));
        Assert.Equal(Verdict.Unproven, Of(good, Test(1, stressed: null)));
        Assert.Equal(Verdict.Unproven, Of(good, Test(1, status: TrialStatus.Failed)));
        Assert.Equal(Verdict.Unproven, Of(Trial(1, 0.0008), Test(1)));
        Assert.Equal(Verdict.Unproven, CampaignStatistics.Conclude([good], [], [], Rules)[0].Verdict);

        // What others tried on the same data raises the bar of validation.
        var modest = Trial(1, 0.0016);
        Assert.Equal(Verdict.Survives, Of(modest, Test(1)));
        Assert.Equal(Verdict.Unproven, Of(modest, Test(1), [.. Enumerable.Range(2, 200).Select(i => Trial(i, status: TrialStatus.Failed))]));
    }

    [Fact]
    public void Conclude_OneLuckyDayMakesTheResult_DoesNotSurvive()
    {
        var lucky = new DailyReturns([.. Enumerable.Range(0, Days)], [.. new double[Days - 1], 0.02]);
        var good = Trial(1, 0.004);

        var onTest = CampaignStatistics.Conclude([good], [], [Test(1) with { Daily = lucky }], Rules)[0];
        var onValidation = CampaignStatistics.Conclude([good with { Daily = lucky }], [], [Test(1)], Rules)[0];

        Assert.True(onTest.Test!.AdjustedProbability >= Rules.MinimumProbability);
        Assert.True(onValidation.DeflatedSharpe >= Rules.MinimumProbability);
        Assert.All([onTest, onValidation], v => Assert.Equal(Verdict.Unproven, v.Verdict));
        Assert.Contains("A few days", Assert.Single(onTest.Reasons), StringComparison.Ordinal);
        Assert.Contains("A few days", Assert.Single(onValidation.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void Conclude_SeveralNominees_AreHolmAdjusted()
    {
        // p of about 0.03 passes alone, not among five.
        const double drift = 0.0012;
        TrialEvidence[] own = [.. Enumerable.Range(1, 5).Select(i => Trial(i, 0.004))];

        var alone = CampaignStatistics.Conclude([own[0]], [], [Test(1, drift)], Rules)[0];
        var among = CampaignStatistics.Conclude(own, [], [.. own.Select(o => Test(o.Experiment, drift))], Rules)[0];

        Assert.Equal(Verdict.Survives, alone.Verdict);
        Assert.Equal(Verdict.Unproven, among.Verdict);
        Assert.Equal(alone.Test!.ProbabilisticSharpe, among.Test!.ProbabilisticSharpe);
        Assert.True(among.Test.AdjustedProbability < 0.95);
        Assert.Contains("Holm", among.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Conclude_NotNominated_StaysUnproven()
    {
        TrialEvidence[] own = [.. Enumerable.Range(1, 6).Select(i => Trial(i, 0.002 + (0.001 * i)))];

        var verdicts = CampaignStatistics.Conclude(own, [], [.. own.Skip(1).Select(o => Test(o.Experiment))], Rules);

        Assert.Equal(Verdict.Unproven, verdicts[0].Verdict);
        Assert.Contains("Not nominated", verdicts[0].Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Conclude_TestEvidenceThatIsNotDue_IsRefused()
    {
        TrialEvidence[] own = [Trial(1, 0.004), Trial(2, -0.004)];

        Assert.Contains("not nominated", Assert.Throws<InvalidInputException>(() => CampaignStatistics.Conclude(own, [], [Test(2)], Rules)).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<InvalidInputException>(() => CampaignStatistics.Conclude(own, [], [Test(1), Test(1)], Rules)).Message, StringComparison.Ordinal);
        var swapped = Test(1) with { Key = new TrialKey("another", "data", "test") };
        Assert.Contains("another", Assert.Throws<InvalidInputException>(() => CampaignStatistics.Conclude(own, [], [swapped], Rules)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void VerdictRules_AnyOtherNumber_HasAnotherHash()
    {
        string[] hashes =
        [
            Rules.Hash, (Rules with { MinimumTrades = 29 }).Hash, (Rules with { MinimumProbability = 0.9 }).Hash, (Rules with { MaximumNominees = 6 }).Hash,
            (Rules with { SameEdgeCorrelation = 0.6 }).Hash, (Rules with { CostStress = 3 }).Hash,
        ];

        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.Equal(Rules.Hash, new VerdictRules().Hash);
    }

    /// <summary>Campaigns of twenty strategies without any edge: hardly one may survive, and selection alone must not pass the deflated hurdle.</summary>
    [Fact]
    public void Conclude_CampaignsWithoutAnEdge_FindNothing()
    {
        const int campaigns = 200;
        const int trials = 20;
        var survivors = 0;
        var passedDeflation = 0;
        for (var c = 0; c < campaigns; c++)
        {
            DailyReturns Null(string stream, int i) => new(
                [.. Enumerable.Range(0, Days)], SharpeStatisticsTests.Series(Generator.Derive((ulong)c, $"{stream}-{i}"), Days, 0));
            TrialEvidence[] own = [.. Enumerable.Range(1, trials).Select(i => Trial(i) with { Daily = Null("validation", i) })];
            TrialEvidence[] test = [.. CampaignStatistics.Nominate(own, [], Rules).Select(n => Test(n.Experiment) with { Daily = Null("test", n.Experiment) })];

            var verdicts = CampaignStatistics.Conclude(own, [], test, Rules);

            survivors += verdicts.Any(v => v.Verdict == Verdict.Survives) ? 1 : 0;
            passedDeflation += verdicts.Any(v => v.DeflatedSharpe >= 0.95) ? 1 : 0;
        }

        Assert.True(survivors <= 2, $"{survivors} of {campaigns}");
        Assert.True(passedDeflation <= campaigns * (0.05 + (2 * Math.Sqrt(0.05 * 0.95 / campaigns))), $"{passedDeflation} of {campaigns}");
    }
}
