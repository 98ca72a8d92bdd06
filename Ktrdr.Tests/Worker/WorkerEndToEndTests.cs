using System.Diagnostics;
using System.Net;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Tests.Api;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Worker;

/// <summary>Operations from hand to hand: client, Api, database, worker process and back.</summary>
public sealed class WorkerEndToEndTests(SandboxOfWorkers sandbox) : IClassFixture<SandboxOfWorkers>
{
    [PostgresFact]
    public async Task Training_ThenBacktest_GiveTheSameNumbersTwice()
    {
        sandbox.RestartTraining();

        var first = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick, seed: 2));
        var second = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick, seed: 2));
        var run = await sandbox.BacktestAsync(first.ModelId!);
        var backtest = await sandbox.ResultAsync<BacktestResult>(run);
        var again = await sandbox.ResultAsync<BacktestResult>(await sandbox.BacktestAsync(second.ModelId!));
        var trades = await sandbox.Client.GetBacktestTradesAsync(run);

        Assert.Equal(6, first.EpochsTrained);
        Assert.Equal(first.WeightsHash, second.WeightsHash);
        Assert.Equal(first.ManifestSha256, second.ManifestSha256);
        Assert.NotEqual(first.ModelId, second.ModelId);
        Assert.True(backtest.Metrics.Trades > 10, $"{backtest.Metrics.Trades} trades");
        Assert.Equal(backtest.Metrics.Trades, trades.Count);
        Assert.Equal(backtest.TradeListHash, again.TradeListHash);
        Assert.Equal(backtest.Metrics, again.Metrics);
        Assert.Empty(backtest.Leaks);
        Assert.Equal(1800, backtest.Bars);
    }

    [PostgresFact]
    public async Task Lookahead_StoredStrategy_NamesEveryNodeAndFindsNoLeak()
    {
        var document = (await sandbox.Client.GetStrategyAsync(SandboxOfWorkers.Quick)).Document;
        var accepted = await sandbox.Client.CheckLookaheadAsync(new LookaheadRequest(document) { CutPoints = 3 });
        var result = await sandbox.ResultAsync<LookaheadResult>(accepted.OperationId);

        Assert.Empty(result.Leaks);
        Assert.Equal((3, 9600), (result.CutPoints.Count, result.Bars));
        Assert.Equal(["decision", "feature", "fill", "indicator", "normalization", "window"], result.Nodes.Select(n => n.Kind).Distinct().Order());
        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => sandbox.Client.CheckLookaheadAsync(new LookaheadRequest(document) { CutPoints = 0 }));
        Assert.Contains("cut_points", refused.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Cancel_RunningTraining_FreesTheSlotQuickly()
    {
        sandbox.RestartTraining();
        var id = await sandbox.TrainAsync(SandboxOfWorkers.Long);
        await sandbox.RunningAsync(id);

        await sandbox.Client.CancelOperationAsync(id, "enough");
        var cancelled = await sandbox.FinishedAsync(id, seconds: 5);

        Assert.Equal(OperationStatus.Cancelled, cancelled.Status);
        var next = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick));
        Assert.Equal(6, next.EpochsTrained);
    }

    [PostgresFact]
    public async Task Kill_WorkerInTheMiddle_ResumesToTheSameBits()
    {
        var worker = sandbox.RestartTraining();
        var undisturbed = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Long, seed: 3));

        var id = await sandbox.TrainAsync(SandboxOfWorkers.Long, seed: 3);
        await sandbox.CheckpointedAsync(id);
        worker.Kill();
        var next = sandbox.RestartTraining();
        var resumed = await sandbox.ResultAsync<TrainingResult>(id);

        Assert.Equal(2, (await sandbox.Client.GetOperationEventsAsync(id)).Count(e => e.Event == "started"));
        Assert.True(next.Said("goes on from epoch"));
        Assert.Equal(undisturbed.WeightsHash, resumed.WeightsHash);
        Assert.Equal(undisturbed.History, resumed.History);
        Assert.Equal(undisturbed.ManifestSha256, resumed.ManifestSha256);
    }

    [PostgresFact]
    public async Task Cache_ByteFlippedBehindItsLengthAndTime_IsFetchedAgain()
    {
        var worker = sandbox.RestartTraining();
        var first = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick, seed: 3));
        worker.Kill();
        var cached = Assert.Single(Directory.EnumerateFiles(Path.Combine(sandbox.StateOf("training-1"), "cache"), "*.bars"));
        var (sound, written) = (await File.ReadAllBytesAsync(cached), File.GetLastWriteTimeUtc(cached));
        var damaged = (byte[])sound.Clone();
        damaged[damaged.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(cached, damaged);
        File.SetLastWriteTimeUtc(cached, written);

        sandbox.RestartTraining();
        var again = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick, seed: 3));

        Assert.Equal(first.WeightsHash, again.WeightsHash);
        Assert.Equal(sound, await File.ReadAllBytesAsync(cached));
    }

    [PostgresFact]
    public async Task Outage_ApiReplicaGone_ResultGoesToTheOther()
    {
        var dying = await sandbox.StartReplicaAsync();
        sandbox.RestartTraining(dying.Url, sandbox.Api.Url);
        var id = await sandbox.TrainAsync(SandboxOfWorkers.Long, seed: 4);
        await sandbox.RunningAsync(id);

        await dying.DisposeAsync();

        var result = await sandbox.ResultAsync<TrainingResult>(id);
        Assert.Equal(1500, result.EpochsTrained);
        Assert.Single(await sandbox.Client.GetOperationEventsAsync(id), e => e.Event == "started");
    }

    [PostgresFact]
    public async Task Trace_OfATraining_RunsFromTheClientToTheWorker()
    {
        sandbox.RestartTraining();
        using var client = new Activity("test client").SetIdFormat(ActivityIdFormat.W3C);
        client.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        client.Start();
        var trace = client.TraceId.ToHexString();
        var id = await sandbox.TrainAsync(SandboxOfWorkers.Quick);
        client.Stop();
        await sandbox.FinishedAsync(id);

        IReadOnlyList<TraceSpan> spans = [];
        await ApiFixture.UntilAsync(async () => (spans = await sandbox.Client.GetOperationTraceAsync(id)).Any(s => s.Name == "run training"), "the worker's span is stored");

        Assert.Equal(trace, (await sandbox.Client.GetOperationAsync(id)).TraceId);
        Assert.All(spans, span => Assert.Equal(trace, span.TraceId));
        Assert.Contains(spans, span => span is { Service: "api", Name: "POST /api/v1/trainings/start" });
        var run = Assert.Single(spans, span => span is { Service: "worker-training", Name: "run training" });
        Assert.Contains(spans, span => span is { Service: "api", Name: "dispatch training" } && span.SpanId == run.ParentSpanId);
        Assert.Contains(spans, span => span is { Service: "worker-training", Name: "POST /training/start" });
    }

    [PostgresFact]
    public async Task Find_TheDigitsThatTablesShow_IsWhatTheyStandFor()
    {
        sandbox.RestartTraining();
        var model = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick));

        Assert.Equal(model.Dataset, (await sandbox.Client.GetDatasetAsync(model.Dataset[..12])).Id);
        Assert.Equal(model.StrategyHash, (await sandbox.Client.GetStrategyAsync(model.StrategyHash[..12])).Hash);
        var run = await sandbox.Client.StartBacktestAsync(new BacktestRequest { Model = model.ModelId, Dataset = model.Dataset[..12], Window = DataWindows.Validation });
        Assert.Equal(model.Dataset, (await sandbox.ResultAsync<BacktestResult>(run.OperationId)).Dataset);

        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<KtrdrApiException>(() => sandbox.Client.GetDatasetAsync(model.Dataset[..11]))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<KtrdrApiException>(() => sandbox.Client.GetStrategyAsync(model.StrategyHash[..11]))).Status);
    }

    [PostgresFact]
    public async Task Backtest_DatesInsideAWindow_AreTheSameWindowInResultAndLedger()
    {
        sandbox.RestartTraining();
        var model = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick));
        var windows = (await sandbox.Client.GetDatasetAsync(model.Dataset)).Windows;

        foreach (var (inside, expected) in ((DataWindow, string)[])[(windows[0], DataWindows.Train), (windows[1], DataWindows.Custom)])
        {
            var run = await sandbox.Client.StartBacktestAsync(new BacktestRequest { Model = model.ModelId, Start = inside.Start, End = inside.Start.AddHours(500) });
            Assert.Equal(expected, (await sandbox.ResultAsync<BacktestResult>(run.OperationId)).Window);
            Assert.Equal(expected, await sandbox.SqlAsync($"select data_window from ledger where operation_id = '{run.OperationId}'"));
            Assert.Equal(expected, await sandbox.SqlAsync($"select data_window from backtests where operation_id = '{run.OperationId}'"));
        }
    }

    [PostgresFact]
    public async Task Backtest_IntoSealedBars_FailsOrIsRefusedByName()
    {
        sandbox.RestartTraining();
        var model = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick));
        var dataset = await sandbox.Client.GetDatasetAsync(model.Dataset);

        var refused = await Assert.ThrowsAsync<Ktrdr.Contracts.Client.KtrdrApiException>(() => sandbox.Client.StartBacktestAsync(new BacktestRequest
        {
            Model = model.ModelId,
            Start = dataset.Windows[2].Start,
            End = dataset.SealedFrom.AddHours(5),
        }));

        Assert.Equal("sealed", refused.Code);
    }

    [Fact]
    public void Start_WrongEnvironment_SaysOneLineAndEndsWith2()
    {
        using var folder = new TemporaryFolder();
        using var worker = WorkerProcess.Start("gardening", "worker-1", [new Uri("http://127.0.0.1:1")], folder.File("join.token"), folder.Path);

        Assert.Equal(2, worker.ExitCode);
        Assert.Equal(["WORKER_KINDS is 'gardening'; allowed: backtest, training, data, agent."], worker.Output);
    }

    [Fact]
    public async Task Start_ParentGone_EndsByItself()
    {
        using var folder = new TemporaryFolder();
        using var parent = WorkerProcess.Start(WorkerKinds.Backtest, "parent", [new Uri("http://127.0.0.1:1")], folder.File("join.token"), folder.File("parent"));
        using var worker = WorkerProcess.Start(WorkerKinds.Backtest, "worker-1", [new Uri("http://127.0.0.1:1")], folder.File("join.token"), folder.File("worker"), parent.Id);
        await Eventually.TrueAsync(() => worker.Said("Application started"), "a running worker");

        parent.Kill();

        Assert.Equal(0, worker.ExitCode);
        Assert.True(worker.Said($"The parent process {parent.Id} is gone"));
    }
}
