using Ktrdr.Api.Operations;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Contracts.Workers;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Sweeps;

/// <summary>A sweep in parts, with the workers' part played by the test.</summary>
public sealed class SweepTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private IKtrdrApi Api => fixture.Api.Admin;

    [PostgresFact]
    public async Task Sweep_PartsThenSummary_BecomesTheResultWithOneLedgerRowPerVariant()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-flow", [WorkerKinds.Backtest]);
        var id = await StartAsync(worker, "SWFLOW", "7", "14", "21");
        Assert.Equal(OperationStatus.Queued, (await Api.GetOperationAsync(id)).Status);

        for (var part = 0; part < 3; part++)
        {
            var dispatch = await worker.NextAsync();
            Assert.Equal(OperationTypes.SweepPart, dispatch.Type);
            Assert.Equal(OperationStatus.Running, (await Api.GetOperationAsync(id)).Status);
            await SweepPlay.FinishPartAsync(worker, dispatch);
            var progress = (await Api.GetOperationAsync(id)).Progress!;
            Assert.Equal((part + 1, 3, 25.0 * (part + 1)), (progress.ItemsDone, progress.ItemsTotal, progress.Percent));
        }

        var summary = await worker.NextAsync();
        Assert.Equal((OperationTypes.SweepSummary, id), (summary.Type, KtrdrJson.Read<SweepSummaryRequest>(summary.Request).SweepId));
        var trials = await Api.GetSweepTrialsAsync(id);
        Assert.Equal([0, 1, 2], trials.Trials.Where(t => t.Own).Select(t => t.ExperimentNumber));
        Assert.All(trials.Trials.Where(t => t.Own), t => Assert.Equal(3, t.DailyReturns!.Count));
        await SweepPlay.FinishSummaryAsync(worker, summary);

        var done = await Api.GetOperationAsync(id);
        Assert.Equal((OperationStatus.Succeeded, 3), (done.Status, KtrdrJson.Read<SweepResult>(done.Result!.Value).Variants));
        Assert.Equal(["accepted", "part_begun", "result"], (await Api.GetOperationEventsAsync(id)).Select(e => e.Event));
        Assert.Equal(3L, await fixture.SqlAsync($"select count(*) from ledger where operation_id in (select id from operations where parent_id = '{id}')"));
        Assert.Equal([0.0, 0.1, 0.2], (await Api.ListSweepVariantsAsync(id)).Items.Select(v => v.Metrics!.Sharpe));
        Assert.Equal([2, 1], (await Api.ListSweepVariantsAsync(id, "sharpe", limit: 2)).Items.Select(v => v.Number));

        // The same document, tried by hand: its trials and the sweep's are one count.
        var campaign = await Api.GetSweepTrialsAsync(id);
        Assert.Equal(3, campaign.Trials.Count);
    }

    [PostgresFact]
    public async Task Part_Fails_TheWholeFailsWithItsReasonAndResumeRunsWhatIsMissing()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-failing", [WorkerKinds.Backtest]);
        var id = await StartAsync(worker, "SWFAIL", "7", "14", "21");
        await SweepPlay.FinishPartAsync(worker, await worker.NextAsync());
        var broken = await worker.NextAsync();

        // The slot that the failure frees may be given to the next part before that is cancelled.
        worker.Refuse = "no more";
        await worker.Reports.ReportFailureAsync(broken.OperationId, broken.Attempt, broken.AttemptToken, new OperationFailure("disk_full", "the disk is full"));

        var failed = await Api.GetOperationAsync(id);
        Assert.Equal((OperationStatus.Failed, "disk_full", "the disk is full"), (failed.Status, failed.Failure!.Code, failed.Failure.Message));
        await ApiFixture.UntilAsync(
            async () => (await Api.GetOperationChildrenAsync(id)).Select(c => c.Status).Order().SequenceEqual([OperationStatus.Succeeded, OperationStatus.Failed, OperationStatus.Cancelled]), "the third part is cancelled");

        var alone = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.RetryOperationAsync(broken.OperationId));
        Assert.Contains(id, alone.Message, StringComparison.Ordinal);
        worker.Refuse = null;
        Assert.Equal(OperationStatus.Queued, (await Api.ResumeOperationAsync(id)).Status);
        var seen = new List<string>();
        for (var part = 0; part < 2; part++)
        {
            var dispatch = await worker.NextAsync();
            seen.Add(dispatch.OperationId);
            await SweepPlay.FinishPartAsync(worker, dispatch);
        }

        Assert.Contains(broken.OperationId, seen);
        await SweepPlay.FinishSummaryAsync(worker, await worker.NextAsync());
        Assert.Equal(OperationStatus.Succeeded, (await Api.GetOperationAsync(id)).Status);
        Assert.Equal(3, (await Api.ListSweepVariantsAsync(id)).Items.Count);
        Assert.Equal(3L, await fixture.SqlAsync($"select count(*) from ledger where operation_id in (select id from operations where parent_id = '{id}')"));
    }

    [PostgresFact]
    public async Task Cancel_Running_StopsThePartsAndResumeWaitsForThem()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-cancelled", [WorkerKinds.Backtest]);
        var id = await StartAsync(worker, "SWCANCEL", "7", "14");
        var running = await worker.NextAsync();

        Assert.Equal(OperationStatus.Cancelled, (await Api.CancelOperationAsync(id, "enough")).Status);
        var children = await Api.GetOperationChildrenAsync(id);
        Assert.Equal([OperationStatus.Cancelling, OperationStatus.Cancelled], children.Select(c => c.Status).Order());
        var early = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.ResumeOperationAsync(id));
        Assert.Contains(running.OperationId, early.Message, StringComparison.Ordinal);
        Assert.Equal(OperationStatus.Cancelled, (await Api.GetOperationAsync(id)).Status);

        await worker.Reports.ReportCancelledAsync(running.OperationId, running.Attempt, running.AttemptToken, new CancelledReport());
        await Api.RetryOperationAsync(id);
        await SweepPlay.FinishPartAsync(worker, await worker.NextAsync());
        await SweepPlay.FinishPartAsync(worker, await worker.NextAsync());

        // Cancelled once more, when only the summary is missing: resuming makes it.
        var summary = await worker.NextAsync();
        await Api.CancelOperationAsync(id, "enough");
        await worker.Reports.ReportCancelledAsync(summary.OperationId, summary.Attempt, summary.AttemptToken, new CancelledReport());
        await Api.ResumeOperationAsync(id);
        await SweepPlay.FinishSummaryAsync(worker, await worker.NextAsync());
        Assert.Equal(OperationStatus.Succeeded, (await Api.GetOperationAsync(id)).Status);
    }

    [PostgresFact]
    public async Task Cancel_WhileTheSummaryComesIn_ResumeMakesAnother()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-late", [WorkerKinds.Backtest]);
        var id = await StartAsync(worker, "SWLATE", "7");
        await SweepPlay.FinishPartAsync(worker, await worker.NextAsync());
        var summary = await worker.NextAsync();
        await Api.CancelOperationAsync(id, "enough");
        await SweepPlay.FinishSummaryAsync(worker, summary);
        Assert.Equal(OperationStatus.Cancelled, (await Api.GetOperationAsync(id)).Status);

        await Api.ResumeOperationAsync(id);
        await SweepPlay.FinishSummaryAsync(worker, await worker.NextAsync());

        Assert.Equal(OperationStatus.Succeeded, (await Api.GetOperationAsync(id)).Status);
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from results where operation_id = '{id}'"));
    }

    [PostgresFact]
    public async Task Part_CancelledByItself_EndsTheWhole()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-one-cancelled", [WorkerKinds.Backtest]);
        var id = await StartAsync(worker, "SWONE", "7", "14");
        await worker.NextAsync();
        var waiting = (await Api.GetOperationChildrenAsync(id)).Single(c => c.Status == OperationStatus.Queued);

        await Api.CancelOperationAsync(waiting.Id, "not this one");

        var failed = await Api.GetOperationAsync(id);
        Assert.Equal((OperationStatus.Failed, "part_cancelled"), (failed.Status, failed.Failure?.Code));
        Assert.Contains(waiting.Id, failed.Failure!.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Settle_WhatAKilledProcessLeft_IsMended()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-left", [WorkerKinds.Backtest]);
        var id = await StartAsync(worker, "SWLEFT", "7", "14");
        var running = await worker.NextAsync();

        // The process died after the part's failure was written and before its whole was ended.
        await fixture.SqlAsync($$"""update operations set status = 'failed', failure = '{"code": "gone", "message": "it is gone"}' where id = '{{running.OperationId}}'""");
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<OperationService>().SettlePartsAsync(CancellationToken.None);

        Assert.Equal((OperationStatus.Failed, "gone"), ((await Api.GetOperationAsync(id)).Status, (await Api.GetOperationAsync(id)).Failure?.Code));
        Assert.DoesNotContain(await Api.GetOperationChildrenAsync(id), c => !c.IsFinished);

        // And the other way round: the whole ended, its parts were not told.
        await fixture.SqlAsync($"update worker_slots set operation_id = null where worker_id = 'sweep-left'; update operations set status = 'queued' where parent_id = '{id}' and id <> '{running.OperationId}'");
        await scope.ServiceProvider.GetRequiredService<OperationService>().SettlePartsAsync(CancellationToken.None);
        Assert.DoesNotContain(await Api.GetOperationChildrenAsync(id), c => c.Status is OperationStatus.Queued);
    }

    [PostgresFact]
    public async Task TwoReplicas_LastPartsAtOnce_BringOneSummary()
    {
        var other = await fixture.StartReplicaAsync();
        await using var first = await FakeWorker.StartAsync(fixture.Api, "sweep-pair-1", [WorkerKinds.Backtest], slots: 4);
        await using var second = await FakeWorker.StartAsync(other, "sweep-pair-2", [WorkerKinds.Backtest], slots: 4);
        var id = await StartAsync(first, "SWPAIR", [.. Enumerable.Range(0, 8).Select(i => $"{7 + i}")], second);
        var dispatches = new List<(FakeWorker Worker, OperationDispatch Dispatch)>();
        await ApiFixture.UntilAsync(
            () =>
            {
                foreach (var worker in new[] { first, second })
                {
                    while (worker.Received.TryDequeue(out var dispatch))
                    {
                        Assert.Equal(OperationTypes.SweepPart, dispatch.Type);
                        dispatches.Add((worker, dispatch));
                    }
                }

                return Task.FromResult(dispatches.Count == 8);
            },
            "all parts run");

        await Task.WhenAll(dispatches.Select(d => SweepPlay.FinishPartAsync(d.Worker, d.Dispatch)));

        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from operations where parent_id = '{id}' and type = 'sweep_summary'"));
        Assert.Equal((8L, 8L), ((await Api.GetOperationAsync(id)).Progress!.ItemsDone, (await Api.GetOperationAsync(id)).Progress!.ItemsTotal));
        Assert.Equal(8L, await fixture.SqlAsync($"select count(*) from ledger where operation_id in (select id from operations where parent_id = '{id}')"));
        OperationDispatch? summary = null;
        FakeWorker? chosen = null;
        await ApiFixture.UntilAsync(() => Task.FromResult((chosen = new[] { first, second }.FirstOrDefault(w => w.Received.TryDequeue(out summary))) is not null), "the summary runs");
        await SweepPlay.FinishSummaryAsync(chosen!, summary!);
        Assert.Equal(OperationStatus.Succeeded, (await Api.GetOperationAsync(id)).Status);
    }

    [PostgresFact]
    public async Task Trials_OfAnotherSweepOnTheSameData_CountEachVariantOnce()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-counted", [WorkerKinds.Backtest]);
        var first = await StartAsync(worker, "SWCOUNT", "7", "14");
        await SweepPlay.FinishAsync(worker, 2);

        var again = await Api.StartSweepAsync(SweepPlay.OfPeriods("SWCOUNT", "14", "21", "28"));
        for (var part = 0; part < 3; part++)
        {
            await SweepPlay.FinishPartAsync(worker, await worker.NextAsync());
        }

        var trials = (await Api.GetSweepTrialsAsync(again.OperationId)).Trials;
        Assert.Equal([0, 1, 2], trials.Where(t => t.Own).Select(t => t.ExperimentNumber));
        var foreign = Assert.Single(trials, t => !t.Own);
        Assert.Equal((await Api.ListSweepVariantsAsync(first)).Items[0].StrategyHash, foreign.StrategyHash);
        Assert.Equal(3, foreign.DailyReturns!.Count);
        await SweepPlay.FinishSummaryAsync(worker, await worker.NextAsync());
    }

    [PostgresFact]
    public async Task Start_SameKeyTwice_IsOneSweep()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-key", [WorkerKinds.Backtest]);
        await SweepPlay.PrepareAsync(Api, worker, "SWKEY");
        var request = SweepPlay.OfPeriods("SWKEY", "7", "14");

        var both = await Task.WhenAll(Api.StartSweepAsync(request, "sweep-key"), Api.StartSweepAsync(request, "sweep-key"));
        Assert.Equal(both[0], both[1]);
        Assert.Equal(2, (await Api.GetOperationChildrenAsync(both[0].OperationId)).Count);
        var other = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.StartSweepAsync(request with { Seed = 5 }, "sweep-key"));
        Assert.Equal(ErrorCodes.Conflict, other.Code);
        await Api.CancelOperationAsync(both[0].OperationId);
    }

    [PostgresFact]
    public async Task Start_WrongInput_IsRefusedByName()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-wrong", [WorkerKinds.Backtest]);
        await SweepPlay.PrepareAsync(Api, worker, "SWWRONG");
        async Task Refused(SweepRequest request, params string[] words)
        {
            var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.StartSweepAsync(request));
            Assert.True((int)refused.Status! is 400 or 403 or 404 or 422, $"{refused.Status}");
            Assert.All(words, word => Assert.Contains(word, refused.Message, StringComparison.Ordinal));
        }

        var good = SweepPlay.OfPeriods("SWWRONG", "7");
        SweepRequest With(string path, params string[] values) => good with { Parameters = [SweepPlay.Parameter(path, values)] };
        await Refused(With("indicators.rsi_41.period", "7"), "rsi_41", "rsi_14");
        await Refused(With("indicators.rsi_14.perod", "7"), "perod");
        await Refused(With("indicators.rsi_14.period", "7", "-3"), "-3");
        await Refused(With("indicators.rsi_14.period", "\"seven\""), "seven");
        await Refused(With("nn_inputs[9].normalization", "\"zscore\""), "nn_inputs");
        await Refused(With("indicators.rsi_14.period"), "no value");
        await Refused(good with { Parameters = [] }, "parameters");
        await Refused(good with { Parameters = [good.Parameters[0], good.Parameters[0]] }, "twice");
        await Refused(With("training.epochs", [.. Enumerable.Range(1, 2_001).Select(i => $"{i}")]), "2000");
        await Refused(With("training.epochs", [.. Enumerable.Range(1, 1_001).Select(i => $"{i}")]), "1000");
        await Refused(good with { Sample = 0 }, "sample");
        await Refused(good with { Window = "sealed" }, "window", "validation, test");
        await Refused(good with { Strategy = "nobody" }, "nobody");
        await Refused(good with { Epochs = 0 }, "epochs");
        await Refused(good with { Commission = 2 }, "commission");
        await Refused(good with { Seed = -1 }, "seed");
        var sampled = With("training.epochs", [.. Enumerable.Range(1, 900).Select(i => $"{i}")]);
        var taken = await Api.StartSweepAsync(sampled with { Sample = 3, Parameters = [.. sampled.Parameters, SweepPlay.Parameter("training.batch_size", "32", "64", "128", "256")] });
        Assert.Equal(3, (await Api.GetOperationChildrenAsync(taken.OperationId)).Count);
        await Api.CancelOperationAsync(taken.OperationId);
        await Assert.ThrowsAsync<KtrdrApiException>(() => Api.ListSweepVariantsAsync("op_none"));
        await Assert.ThrowsAsync<KtrdrApiException>(() => Api.ReproduceOperationAsync(taken.OperationId));
    }

    [PostgresFact]
    public async Task Result_OfOtherVariantsThanAsked_IsRefused()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-odd", [WorkerKinds.Backtest]);
        var id = await StartAsync(worker, "SWODD", "7");
        var dispatch = await worker.NextAsync();
        var result = KtrdrJson.ToElement(new SweepPartResult { From = 0, To = 1, Variants = [] });

        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.ReportResultAsync(dispatch.OperationId, 1, dispatch.AttemptToken, new ResultReport(result) { ResultHash = FakeWorker.HashOf(result) }));

        Assert.Contains("variants", refused.Message, StringComparison.Ordinal);
        Assert.Empty((await Api.ListSweepVariantsAsync(id)).Items);
        await SweepPlay.FinishPartAsync(worker, dispatch);
        await SweepPlay.FinishSummaryAsync(worker, await worker.NextAsync());
    }

    [PostgresFact]
    public async Task Reproduce_Part_ComparesAndLeavesNoTrial()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "sweep-again", [WorkerKinds.Backtest]);
        var id = await StartAsync(worker, "SWAGAIN", "7");
        var part = await worker.NextAsync();
        await SweepPlay.FinishPartAsync(worker, part);
        await SweepPlay.FinishSummaryAsync(worker, await worker.NextAsync());

        var again = await Api.ReproduceOperationAsync(part.OperationId);
        await SweepPlay.FinishPartAsync(worker, await worker.NextAsync());

        Assert.True(KtrdrJson.Read<Reproduction>((await Api.GetOperationAsync(again.OperationId)).Result!.Value).IsEqual);
        Assert.Single((await Api.GetSweepTrialsAsync(id)).Trials);
        Assert.Equal(2, (await Api.GetOperationChildrenAsync(id)).Count);
    }

    private Task<string> StartAsync(FakeWorker worker, string symbol, params string[] periods) => StartAsync(worker, symbol, periods, null);

    private Task<string> StartAsync(FakeWorker worker, string symbol, string[] periods, FakeWorker? other) => SweepPlay.StartAsync(Api, worker, symbol, SweepPlay.OfPeriods(symbol, periods), other);
}
