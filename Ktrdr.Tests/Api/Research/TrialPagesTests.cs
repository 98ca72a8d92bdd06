using System.Net;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Workers;
using Ktrdr.Tests.Api.Sweeps;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Api.Research;

/// <summary>What a verdict counts is read a page at a time, and is one count all the same.</summary>
public sealed class TrialPagesTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private IKtrdrApi Api => fixture.Api.Admin;

    [PostgresFact]
    public async Task Trials_ReadInPagesWhileOthersAreAdded_AreThoseOfTheFirstMoment()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "trial-pages", [WorkerKinds.Backtest]);
        await SweepPlay.PrepareAsync(Api, worker, "SWPAGES");
        await RunAsync(worker, "SWPAGES", "7", "14", "21");
        var second = await RunAsync(worker, "SWPAGES", "28", "35", "42");
        var whole = await Api.GetSweepTrialsAsync(second);
        Assert.Equal((6, 6, null), (whole.Total, whole.Trials.Count, whole.Next));
        Assert.Equal(3, whole.Trials.Count(t => t.Own));

        List<CampaignTrials> pages = [await Api.GetSweepTrialsAsync(second, limit: 4)];
        await RunAsync(worker, "SWPAGES", "49", "56");

        // One replica remembers the order of the first page, the other one has to find it.
        var other = await fixture.StartReplicaAsync();
        while (pages[^1].Next is { } next)
        {
            var remembered = await Api.GetSweepTrialsAsync(second, next, 1);
            pages.Add(await other.Admin.GetSweepTrialsAsync(second, next, 1));
            Assert.Equal(KtrdrJson.ToElement(remembered).GetRawText(), KtrdrJson.ToElement(pages[^1]).GetRawText());
        }

        Assert.Equal([4, 1, 1], pages.Select(p => p.Trials.Count));
        Assert.All(pages, p => Assert.Equal((whole.LedgerHead, 6), (p.LedgerHead, p.Total)));
        Assert.Equal(KtrdrJson.ToElement(whole.Trials).GetRawText(), KtrdrJson.ToElement(pages.SelectMany(p => p.Trials)).GetRawText());
        Assert.All(whole.Trials, t => Assert.Equal(3, t.DailyReturns!.Count));
        Assert.Equal(8, (await Api.GetSweepTrialsAsync(second)).Total);
    }

    [PostgresFact]
    public async Task Trials_AskedForPacked_BringTheSameBitsAsListed()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "trial-bytes", [WorkerKinds.Backtest]);
        await SweepPlay.PrepareAsync(Api, worker, "SWBYTES");
        var sweep = await RunAsync(worker, "SWBYTES", "7", "14", "21");
        var listed = (await Api.GetSweepTrialsAsync(sweep)).Trials;
        List<CampaignTrials> pages = [await Api.GetSweepTrialsAsync(sweep, limit: 2, packed: true)];
        pages.Add(await Api.GetSweepTrialsAsync(sweep, pages[0].Next, 2, true));
        var packed = pages.SelectMany(p => p.Trials).ToList();

        Assert.Equal([2, 1], pages.Select(p => p.Trials.Count));
        Assert.All(packed, t => Assert.Null(t.DailyReturns));
        Assert.All(listed, t => Assert.Equal((null, 40), (t.PackedReturns, t.Trades)));
        Assert.Equal([0, 0.1, 0.2], listed.Select(t => t.Sharpe!.Value));
        Assert.Equal(
            KtrdrJson.ToElement(listed).GetRawText(),
            KtrdrJson.ToElement(packed.Select(t => t with { DailyReturns = PackedReturns.Read(t.PackedReturns), PackedReturns = null })).GetRawText());
    }

    [PostgresFact]
    public async Task Trials_PackedIsNeitherTrueNorFalse_IsRefusedByName()
    {
        using var refused = await fixture.Api.Http(fixture.Secrets.Read("reader.token")).GetAsync("/api/v1/campaigns/any/trials?packed=perhaps");

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("packed", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [PostgresTheory]
    [InlineData("x", null, "after")]
    [InlineData("7", null, "after")]
    [InlineData("7.-1", null, "after")]
    [InlineData(null, 0, "limit")]
    [InlineData(null, 1_001, "limit")]
    public async Task Trials_WrongPage_IsRefusedByName(string? after, int? limit, string field)
    {
        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.GetCampaignTrialsAsync("any", after, limit));

        Assert.Equal((400, field), ((int)refused.Status!, refused.Problem.Field));
    }

    private async Task<string> RunAsync(FakeWorker worker, string symbol, params string[] periods)
    {
        var accepted = await Api.StartSweepAsync(SweepPlay.OfPeriods(symbol, periods));
        await SweepPlay.FinishAsync(worker, periods.Length);
        return accepted.OperationId;
    }
}
