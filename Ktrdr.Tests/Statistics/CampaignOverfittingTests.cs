using Ktrdr.Engine.Statistics;
using Xunit;

namespace Ktrdr.Tests.Statistics;

public sealed class CampaignOverfittingTests
{
    private static readonly BootstrapOptions Options = new() { Replications = 100 };

    [Fact]
    public void LargestCommonWindow_HasTheMostTrialDays_FlatDaysZero()
    {
        var panel = DailyPanel.LargestCommonWindow(
        [
            Series("d", 0, 100), Series("a", 10, 90), Series("b", 10, 100), Series("short", 95, 5),
            new TrialSeries(Key("c"), new DailyReturns([5, 20, 99], [0.1, 0.2, 0.3])),
        ]);

        // Four trials from day 10 to 99; "short" would cost more days than it adds.
        Assert.Equal(["a", "b", "c", "d"], panel.Keys.Select(k => k.StrategyHash));
        Assert.Equal(Enumerable.Range(10, 90), panel.Days);
        Assert.Equal([0.2, 0.3], panel.Columns[2].Where(r => r != 0));
        Assert.Equal(0.2, panel.Columns[2][10]);
    }

    [Fact]
    public void Select_TooManyTrials_KeepsTheBestAndASeededSample()
    {
        var all = PboTests.Panel([.. Enumerable.Range(0, 60).Select(k => SharpeStatisticsTests.Series((ulong)k, 50, 0))]);
        var ranked = all.Keys.Zip(all.Columns).OrderByDescending(c => ReturnMoments.Of(c.Second)!.TStatistic).Select(c => c.First).ToArray();

        var some = all.Select(30, 10, 1);

        Assert.Equal(30, some.Trials);
        Assert.All(ranked[..10], key => Assert.Contains(key, some.Keys));
        Assert.Equal(some.Keys, all.Select(30, 10, 1).Keys);
        Assert.NotEqual(some.Keys, all.Select(30, 10, 2).Keys);
        Assert.Same(all, all.Select(60, 10, 1));
    }

    [Fact]
    public void Of_SeedsOfATrial_AreAveraged_UniversesStayApart_OrderIsOfNoMatter()
    {
        TrialEvidence[] evidence =
        [
            Evidence("a", 1), Evidence("a", 2), Evidence("b", 3), Evidence("c", 4) with { Status = TrialStatus.Gated },
            Evidence("d", 5) with { Status = TrialStatus.Failed, Daily = null },
            Evidence("a", 6) with { Key = new TrialKey("a", "other data", "validation") },
        ];

        var reports = CampaignOverfitting.Of(evidence, Options);
        var reversed = CampaignOverfitting.Of(evidence.Reverse(), Options);

        Assert.Equal([("data", 3), ("other data", 1)], reports.Select(r => (r.DatasetVersion, r.TrialsUsed)));
        Assert.NotNull(reports[0].Pbo);
        Assert.Equal((0, 199), (reports[0].FirstDay, reports[0].LastDay));
        Assert.Equal(reports[0].DataSnooping, reversed[0].DataSnooping);
        Assert.Equal(reports[0].Pbo!.Outcomes, reversed[0].Pbo!.Outcomes);
        Assert.Null(reports[1].Pbo);
        Assert.NotNull(reports[1].DataSnooping);
        Assert.Contains("1 trial: at least 2", Assert.Single(reports[1].Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FlatAndUncoveredTrials_AreLeftOutAndNamed()
    {
        var flat = Evidence("flat", 1) with { Daily = new DailyReturns([.. Enumerable.Range(0, 200)], new double[200]) };
        var late = Evidence("late", 2) with { Daily = new DailyReturns([300, 301], [0.1, 0.2]) };

        var report = Assert.Single(CampaignOverfitting.Of([flat, late, Evidence("a", 3), Evidence("b", 4)], Options));

        Assert.Equal((4, 3, 2), (report.TrialsWithReturns, report.TrialsInWindow, report.TrialsUsed));
        Assert.Equal(2, report.Notes.Count);
        Assert.Empty(CampaignOverfitting.Of([], Options));
    }

    private static TrialKey Key(string name) => new(name, "data", "validation");

    private static TrialSeries Series(string name, int firstDay, int count) =>
        new(Key(name), new DailyReturns([.. Enumerable.Range(firstDay, count)], SharpeStatisticsTests.Series(1, count, 0)));

    private static TrialEvidence Evidence(string name, ulong seed) => new()
    {
        Experiment = 1,
        Key = Key(name),
        Status = TrialStatus.Completed,
        Daily = new DailyReturns([.. Enumerable.Range(0, 200)], SharpeStatisticsTests.Series(seed, 200, 0)),
        Trades = 100,
    };
}
