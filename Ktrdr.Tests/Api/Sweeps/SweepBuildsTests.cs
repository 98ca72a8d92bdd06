using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Api.Sweeps;

/// <summary>Parts of a sweep on workers of several engine builds.</summary>
public sealed class SweepBuildsTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private const string Reason = "it is of engine build 1+aa, this worker's is 1+bb";

    private IKtrdrApi Api => fixture.Api.Admin;

    [PostgresFact]
    public async Task Part_BeginsAnewOnAnotherBuild_CountsEveryVariantOnceAndTheSweepNamesEveryBuild()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "builds-done", [WorkerKinds.Backtest]);
        var (id, part) = await BegunAnewAsync(worker, "SWBUILD");
        Assert.Equal(2L, await LedgerRowsAsync(part));

        await worker.Reports.ReportResultAsync(part.OperationId, part.Attempt, part.AttemptToken, Report("1+bb", new SweepPartResult { From = 0, To = 3, Variants = [.. Enumerable.Range(0, 3).Select(n => SweepPlay.Variant(part, n))] }));
        Assert.Equal(3L, await LedgerRowsAsync(part));

        var summary = await worker.NextAsync();
        await worker.Reports.ReportResultAsync(summary.OperationId, summary.Attempt, summary.AttemptToken, Report("1+aa", new SweepResult { StrategyName = "s", Dataset = "d", Window = "validation", Variants = 3, Failed = 0, Trials = 3, EffectiveTrials = 3, Leaders = [] }));

        Assert.Equal("1+bb", (await Api.GetOperationAsync(part.OperationId)).EngineBuild);
        Assert.Equal("1+aa, 1+bb", (await Api.GetOperationAsync(id)).EngineBuild);
    }

    [PostgresFact]
    public async Task Part_BeginsAnewAndIsCancelled_StillCountsWhatTheOtherBuildHadComputed()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "builds-cancelled", [WorkerKinds.Backtest]);
        var (id, part) = await BegunAnewAsync(worker, "SWBUILDC");
        await SaveAsync(worker, part, 1, "1+bb");

        await Api.CancelOperationAsync(id, "enough");
        await worker.Reports.ReportCancelledAsync(part.OperationId, part.Attempt, part.AttemptToken, new CancelledReport());

        Assert.Equal(2L, await LedgerRowsAsync(part));
        Assert.Equal([0, 1], (await Api.ListSweepVariantsAsync(id)).Items.Select(v => v.Number));
    }

    /// <summary>A part of three variants: build aa had saved two when it gave it back, and build bb has started it again.</summary>
    private async Task<(string Id, OperationDispatch Part)> BegunAnewAsync(FakeWorker worker, string symbol)
    {
        var id = await SweepPlay.StartAsync(Api, worker, symbol, SweepPlay.Request(symbol, "decisions.confidence_threshold", "0.34", "0.36", "0.38"));
        var first = await worker.NextAsync();
        await SaveAsync(worker, first, 2, "1+aa");
        worker.StartAtOnce = false;
        await worker.Reports.ReportReleasedAsync(first.OperationId, first.Attempt, first.AttemptToken, new ReleaseReport("an update"));
        var second = await worker.NextAsync();
        await worker.Reports.ReportStartedAsync(second.OperationId, second.Attempt, second.AttemptToken, new StartedReport(Reason));
        return (id, second);
    }

    private static async Task SaveAsync(FakeWorker worker, OperationDispatch part, int computed, string build)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(0, computed).Select(n => SweepPlay.Variant(part, n)).ToList(), KtrdrJson.Options);
        var saved = new CheckpointReference(await worker.PutAsync(bytes), $"{computed} variants") { EngineBuild = build };
        await worker.Reports.ReportCheckpointAsync(part.OperationId, part.Attempt, part.AttemptToken, saved);
    }

    private static ResultReport Report<T>(string build, T result)
    {
        var json = KtrdrJson.ToElement(result);
        return new ResultReport(json) { ResultHash = FakeWorker.HashOf(json), EngineBuild = build };
    }

    private async Task<long> LedgerRowsAsync(OperationDispatch part) => (long)(await fixture.SqlAsync($"select count(*) from ledger where operation_id = '{part.OperationId}'"))!;
}
