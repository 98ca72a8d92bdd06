using System.Security.Cryptography;
using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Contracts.Workers;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Sweeps;

/// <summary>What a part had computed before it failed or was cancelled stands in the ledger.</summary>
public sealed class SweepRemainsTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private IKtrdrApi Api => fixture.Api.Admin;

    [PostgresFact]
    public async Task Part_FailsAfterASavedState_CountsWhatItHadComputedAndResumeCountsItOnce()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "remains-failed", [WorkerKinds.Backtest]);
        var (id, part) = await StartAsync(worker, "SWREM");
        await SaveAsync(worker, part, 2);
        Assert.Equal(0L, await LedgerRowsAsync(part));
        await FailAsync(worker, part);

        Assert.Equal(2L, await LedgerRowsAsync(part));
        Assert.Equal(2L, await fixture.SqlAsync($"select count(*) from ledger where operation_id = '{part.OperationId}' and outcome = 'completed' and result_hash is null and data_window = 'validation'"));
        Assert.Equal([0, 1], (await Api.ListSweepVariantsAsync(id)).Items.Select(v => v.Number));
        var trials = (await Api.GetSweepTrialsAsync(id)).Trials;
        Assert.Equal([0, 1], trials.Select(t => t.ExperimentNumber));
        Assert.All(trials, t => Assert.Equal(3, t.DailyReturns!.Count));

        await Api.ResumeOperationAsync(id);
        var resumed = await worker.NextAsync();
        Assert.NotNull(resumed.Checkpoint);
        await SweepPlay.FinishPartAsync(worker, resumed);

        Assert.Equal(3L, await LedgerRowsAsync(part));
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from ledger where operation_id = '{part.OperationId}' and result_hash is not null"));
        Assert.Equal([0, 1, 2], (await Api.GetSweepTrialsAsync(id)).Trials.Select(t => t.ExperimentNumber));
        await SweepPlay.FinishSummaryAsync(worker, await worker.NextAsync());
        Assert.Equal(OperationStatus.Succeeded, (await Api.GetOperationAsync(id)).Status);
    }

    [PostgresFact]
    public async Task Part_CancelledWhileItRunsOrWaits_CountsWhatItHadComputed()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "remains-cancelled", [WorkerKinds.Backtest]);
        var (running, part) = await StartAsync(worker, "SWREMRUN");
        await SaveAsync(worker, part, 1);
        await Api.CancelOperationAsync(running, "enough");
        await SaveAsync(worker, part, 2);
        Assert.Equal(0L, await LedgerRowsAsync(part));
        await worker.Reports.ReportCancelledAsync(part.OperationId, part.Attempt, part.AttemptToken, new CancelledReport());
        Assert.Equal(2L, await LedgerRowsAsync(part));

        var (waiting, released) = await StartAsync(worker, "SWREMWAIT");
        await SaveAsync(worker, released, 1);
        worker.Refuse = "not now";
        await worker.Reports.ReportReleasedAsync(released.OperationId, released.Attempt, released.AttemptToken, new ReleaseReport("leaving"));
        Assert.Equal(0L, await LedgerRowsAsync(released));
        await Api.CancelOperationAsync(waiting, "enough");
        await ApiFixture.UntilAsync(async () => (await Api.GetOperationAsync(released.OperationId)).IsFinished, "the part is cancelled");
        Assert.Equal(1L, await LedgerRowsAsync(released));
    }

    [PostgresFact]
    public async Task Part_StateGoneOrDamaged_CountsEveryVariantThatMayHaveBeenTried()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "remains-damaged", [WorkerKinds.Backtest]);
        var folder = fixture.Api.Services.GetRequiredService<ArtifactFolder>();
        foreach (var (symbol, harm) in ((string, Action<string>)[])[("SWREMGONE", File.Delete), ("SWREMBAD", path => File.WriteAllText(path, "[]"))])
        {
            var (id, part) = await StartAsync(worker, symbol);
            harm(folder.PathOf(await SaveAsync(worker, part, 1)));
            await FailAsync(worker, part);

            Assert.Equal(OperationStatus.Failed, (await Api.GetOperationAsync(id)).Status);
            Assert.Equal(3L, await fixture.SqlAsync($"select count(distinct strategy_hash) from ledger where operation_id = '{part.OperationId}' and outcome = 'failed'"));
            Assert.All((await Api.GetSweepTrialsAsync(id)).Trials, t => Assert.Equal(("failed", null), (t.Outcome, t.DailyReturns)));
        }
    }

    [PostgresFact]
    public async Task Part_FailsAgainWithItsStateDamaged_KeepsTheResultsItHad()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "remains-twice", [WorkerKinds.Backtest]);
        var (id, part) = await StartAsync(worker, "SWREMTWICE");
        var asked = Assert.Single(KtrdrJson.Read<SweepPartRequest>(part.Request).Sweep.Parameters);
        var grid = new StrategyGrid(StrategyReader.Parse((await Api.GetStrategyAsync("sweep_SWREMTWICE")).Document), [new GridAxis(asked.Path, asked.Values)]);
        await SaveAsync(worker, part, [.. Enumerable.Range(0, 2).Select(n => SweepPlay.Variant(part, n) with { StrategyHash = StrategyHash.Of(grid.At(n).Document) })]);
        await FailAsync(worker, part);
        await Api.ResumeOperationAsync(id);
        var resumed = await worker.NextAsync();
        var state = await SaveAsync(worker, resumed, 3);
        File.WriteAllText(fixture.Api.Services.GetRequiredService<ArtifactFolder>().PathOf(state), "[]");
        await FailAsync(worker, resumed);

        Assert.Equal([true, true, false], (await Api.ListSweepVariantsAsync(id)).Items.Select(v => v.Failure is null));
        Assert.Equal(2L, await fixture.SqlAsync($"select count(*) from ledger where operation_id = '{part.OperationId}' and outcome = 'completed'"));
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from ledger where operation_id = '{part.OperationId}' and outcome = 'failed'"));
        var own = (await Api.GetSweepTrialsAsync(id)).Trials.Where(t => t.Own);
        Assert.Equal([(0, "completed", 3), (1, "completed", 3), (2, "failed", null)], own.Select(t => (t.ExperimentNumber!.Value, t.Outcome, t.DailyReturns?.Count)));
    }

    [PostgresFact]
    public async Task Part_FailsAgainWithAVariantThatHadAResult_LeavesNoSecondRowOfIt()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "remains-worse", [WorkerKinds.Backtest]);
        var (id, part) = await StartAsync(worker, "SWREMWORSE");
        await SaveAsync(worker, part, 2);
        await FailAsync(worker, part);
        await Api.ResumeOperationAsync(id);
        var resumed = await worker.NextAsync();
        await SaveAsync(worker, resumed, [SweepPlay.Variant(part, 0) with { Failure = "Not this time." }, SweepPlay.Variant(part, 1), SweepPlay.Variant(part, 2) with { Failure = "Never." }]);
        await FailAsync(worker, resumed);

        Assert.Equal([true, true, false], (await Api.ListSweepVariantsAsync(id)).Items.Select(v => v.Failure is null));
        Assert.Equal(3L, await LedgerRowsAsync(part));
    }

    [PostgresFact]
    public async Task Part_StateOfOtherVariants_IsNotBelieved()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "remains-odd", [WorkerKinds.Backtest]);
        var (_, part) = await StartAsync(worker, "SWREMODD");
        await SaveAsync(worker, part, [SweepPlay.Variant(part, 0) with { Number = 7 }]);
        await FailAsync(worker, part);

        Assert.Equal(3L, await LedgerRowsAsync(part));
    }

    [PostgresFact]
    public async Task Reproduction_CancelledAfterASavedState_LeavesNoTrial()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "remains-again", [WorkerKinds.Backtest]);
        var (_, part) = await StartAsync(worker, "SWREMAGAIN");
        await SweepPlay.FinishPartAsync(worker, part);
        await SweepPlay.FinishSummaryAsync(worker, await worker.NextAsync());
        await Api.ReproduceOperationAsync(part.OperationId);
        var again = await worker.NextAsync();
        await SaveAsync(worker, again, 2);
        await Api.CancelOperationAsync(again.OperationId, "enough");
        await worker.Reports.ReportCancelledAsync(again.OperationId, again.Attempt, again.AttemptToken, new CancelledReport());

        Assert.Equal(0L, await LedgerRowsAsync(again));
        Assert.Equal(3L, await LedgerRowsAsync(part));
    }

    /// <summary>A sweep of three variants in one part, which runs.</summary>
    private async Task<(string Id, OperationDispatch Part)> StartAsync(FakeWorker worker, string symbol)
    {
        var id = await SweepPlay.StartAsync(Api, worker, symbol, SweepPlay.Request(symbol, "decisions.confidence_threshold", "0.34", "0.36", "0.38"));
        var part = await worker.NextAsync();
        Assert.Equal((0, 3), (KtrdrJson.Read<SweepPartRequest>(part.Request).From, KtrdrJson.Read<SweepPartRequest>(part.Request).To));
        return (id, part);
    }

    private static Task FailAsync(FakeWorker worker, OperationDispatch part)
        => worker.Reports.ReportFailureAsync(part.OperationId, part.Attempt, part.AttemptToken, new OperationFailure("disk_full", "the disk is full"));

    private static Task<string> SaveAsync(FakeWorker worker, OperationDispatch part, int computed) => SaveAsync(worker, part, [.. Enumerable.Range(0, computed).Select(n => SweepPlay.Variant(part, n))]);

    private static async Task<string> SaveAsync(FakeWorker worker, OperationDispatch part, SweepVariant[] computed)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(computed, KtrdrJson.Options);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await worker.Reports.PutArtifactAsync(sha256, new MemoryStream(bytes));
        await worker.Reports.ReportCheckpointAsync(part.OperationId, part.Attempt, part.AttemptToken, new CheckpointReference(sha256, $"{computed.Length} variants"));
        return sha256;
    }

    private async Task<long> LedgerRowsAsync(OperationDispatch part) => (long)(await fixture.SqlAsync($"select count(*) from ledger where operation_id = '{part.OperationId}'"))!;
}
