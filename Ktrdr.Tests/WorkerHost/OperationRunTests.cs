using System.Text;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.Tests.Support;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.WorkerHost;

public sealed class OperationRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_Dispatch_ReportsStartProgressMetricsAndResult()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, context =>
        {
            context.Report(new OperationProgress(50, "half"));
            context.ReportMetric("loss", 1, 0.5);
            context.ReportMetric("loss", 2, double.NaN);
            return Task.FromResult(OperationOutcome.Of(new { answer = 42 }, "the-hash"));
        });

        var answer = await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));

        var call = await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("result", "op_1")), "a result");
        var report = call.Read<ResultReport>();
        Assert.True(answer.Accepted);
        Assert.Contains(api.Calls, c => c.Is("started", "op_1"));
        Assert.Equal("token-op_1-1", call.AttemptToken);
        Assert.Equal(("the-hash", "test-engine"), (report.ResultHash, report.EngineBuild));
        Assert.Equal(42, report.Result.GetProperty("answer").GetInt32());
        Assert.Equal([new OperationMetric(1, "loss", 1, 0.5)], report.Metrics!);
        await Eventually.TrueAsync(() => !Directory.EnumerateFiles(_folder.File("outbox")).Any(), "an empty outbox");
    }

    [Fact]
    public async Task Start_SameAttemptTwice_RunsItOnce()
    {
        await using var api = await ApiStub.StartAsync();
        var runs = 0;
        var release = new TaskCompletionSource();
        await using var worker = await StartAsync(api, async context =>
        {
            Interlocked.Increment(ref runs);
            await release.Task.WaitAsync(context.Cancellation);
            return OperationOutcome.Of(1, "hash");
        });

        Assert.True((await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"))).Accepted);
        Assert.True((await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"))).Accepted);
        release.SetResult();
        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("result", "op_1")), "a result");
        await Eventually.TrueAsync(() => Idle(worker), "an idle worker");
        Assert.True((await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"))).Accepted);

        Assert.Equal(1, runs);
        Assert.Single(api.Calls, c => c.Is("result", "op_1"));
    }

    [Fact]
    public async Task Start_AllSlotsTaken_IsRefusedWithTheReason()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, UntilStopped);

        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        var answer = await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_2"));

        Assert.False(answer.Accepted);
        Assert.Equal("all 1 slots are taken", answer.Reason);
    }

    [Fact]
    public async Task Start_TypeWithoutHandler_IsRefusedWithWhatRunsHere()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, UntilStopped);

        var answer = await worker.Api.StartOperationAsync(TestWorker.Dispatch("op_1") with { Type = OperationTypes.DataLoad });

        Assert.Equal("type 'data_load' does not run here; this worker runs training", answer.Reason);
    }

    [Fact]
    public async Task Cancel_RunningAttempt_SavesItsStateAndFreesTheSlotQuickly()
    {
        await using var api = await ApiStub.StartAsync();
        var offered = new TaskCompletionSource();
        await using var worker = await StartAsync(api, async context =>
        {
            context.OfferCheckpoint(() => Encoding.UTF8.GetBytes("state 7"), "step 7");
            offered.SetResult();
            await Task.Delay(Timeout.Infinite, context.Cancellation);
            return OperationOutcome.Of(1, "hash");
        });
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await offered.Task;

        await worker.Api.CancelOperationAsync("op_1", 1, "changed my mind");
        var cancelled = await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("cancelled", "op_1")), "the word that it stopped", TimeSpan.FromSeconds(5));

        Assert.Equal("changed my mind", cancelled.Read<CancelledReport>().Reason);
        var checkpoint = api.Calls.Last(c => c.Is("checkpoint", "op_1")).Read<CheckpointReference>();
        Assert.Equal(("step 7", "test-engine"), (checkpoint.Step, checkpoint.EngineBuild));
        Assert.Equal("state 7", Encoding.UTF8.GetString(api.Artifacts[checkpoint.Sha256]));
        await Eventually.TrueAsync(() => Idle(worker), "an idle worker");
        await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Api.CancelOperationAsync("op_1", 1));
    }

    [Fact]
    public async Task OfferCheckpoint_OfferedManyTimes_IsTurnedIntoBytesOncePerSave()
    {
        await using var api = await ApiStub.StartAsync();
        var (offers, serialised) = (0, 0);
        await using var worker = await StartAsync(api, async context =>
        {
            while (true)
            {
                var step = ++offers;
                context.OfferCheckpoint(() => Encoding.UTF8.GetBytes($"state {step}, taken {Interlocked.Increment(ref serialised)}"), $"step {step}");
                await Task.Yield();
                context.Cancellation.ThrowIfCancellationRequested();
            }
        });
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await Eventually.TrueAsync(() => Saved().Length >= 2, "two periodic saves");

        // An Api that is away makes the host try the last save again; the state is not serialised again for it.
        var refused = 0;
        api.Refuse = call => call.Is("checkpoint", "op_1") && call.Read<CheckpointReference>().Kind == CheckpointKinds.Cancellation && ++refused <= 2 ? (503, "unavailable") : null;
        await worker.Api.CancelOperationAsync("op_1", 1);
        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("cancelled", "op_1")), "the word that it stopped");

        var saved = Saved();
        Assert.Equal(3, refused);
        Assert.Equal($"step {offers}", saved[^1].Step);
        Assert.Equal(saved.Select((s, i) => $"state {s.Step![5..]}, taken {i + 1}"), saved.Select(s => Encoding.UTF8.GetString(api.Artifacts[s.Sha256])));
        Assert.Equal(saved.Length, serialised);
        Assert.True(offers > 10 * serialised, $"{offers} offers, {serialised} saves");

        CheckpointReference[] Saved() => [.. api.Calls.Where(c => c.Is("checkpoint", "op_1")).Select(c => c.Read<CheckpointReference>()).DistinctBy(c => c.Sha256)];
    }

    [Fact]
    public async Task Heartbeat_AnswersCancel_StopsTheAttempt()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, UntilStopped);
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));

        api.Answer = new HeartbeatAnswer([new CancelledAttempt("op_1", 1, "by heartbeat")], [], false);

        var cancelled = await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("cancelled", "op_1")), "the word that it stopped");
        Assert.Equal("by heartbeat", cancelled.Read<CancelledReport>().Reason);
    }

    [Fact]
    public async Task Heartbeat_AnswersStop_EndsTheAttemptWithoutAWord()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, UntilStopped);
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("started", "op_1")), "a start");

        api.Answer = new HeartbeatAnswer([], [new AttemptReference("op_1", 1)], false);

        await Eventually.TrueAsync(() => Idle(worker), "an idle worker");
        Assert.DoesNotContain(api.Calls, c => c.Is("result", "op_1") || c.Is("failure", "op_1") || c.Is("cancelled", "op_1") || c.Is("released", "op_1"));
    }

    [Fact]
    public async Task Heartbeat_AnswersStopWhenTheWorkIsDone_TheResultIsOffered()
    {
        // The lease ended while the worker was cut off, and nobody else has begun: the Api takes the result.
        await using var api = await ApiStub.StartAsync();
        var finish = new TaskCompletionSource();
        await using var worker = await StartAsync(api, async context =>
        {
            await finish.Task;
            return OperationOutcome.Of(context.Cancellation.IsCancellationRequested, "hash");
        });
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("started", "op_1")), "a start");
        api.Answer = new HeartbeatAnswer([], [new AttemptReference("op_1", 1)], false);
        await Eventually.TrueAsync(() => worker.Api.ListOperationsAsync().GetAwaiter().GetResult().Any(o => o.Status == "stopping"), "the word that it shall stop");

        finish.SetResult();

        var result = await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("result", "op_1")), "a result");
        Assert.True(result.Read<ResultReport>().Result.GetBoolean());
    }

    [Fact]
    public async Task Heartbeat_AnswersDrain_RefusesNewWork()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, UntilStopped);

        api.Answer = new HeartbeatAnswer([], [], Drain: true);
        await Eventually.TrueAsync(() => api.Heartbeats.Any(h => h.Draining), "a draining worker");

        Assert.Equal("the worker is draining", (await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"))).Reason);
        Assert.Equal("draining", (await worker.Api.GetHealthAsync()).WorkerStatus);
    }

    [Fact]
    public async Task Leave_RunningAttempt_IsReleasedAfterItsCheckpoint()
    {
        await using var api = await ApiStub.StartAsync();
        var offered = new TaskCompletionSource();
        await using var worker = await StartAsync(api, async context =>
        {
            context.OfferCheckpoint(() => [1, 2, 3], "step 3");
            offered.SetResult();
            await Task.Delay(Timeout.Infinite, context.Cancellation);
            return OperationOutcome.Of(1, "hash");
        });
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await offered.Task;

        await worker.LeaveAsync();

        var calls = api.Calls.ToList();
        var saved = calls.FindIndex(c => c.Is("checkpoint", "op_1"));
        var released = calls.FindIndex(c => c.Is("released", "op_1"));
        Assert.InRange(saved, 0, released);
        Assert.Equal(CheckpointKinds.Shutdown, calls[saved].Read<CheckpointReference>().Kind);
    }

    [Fact]
    public async Task Start_WithCheckpoint_GivesItToTheHandler()
    {
        await using var api = await ApiStub.StartAsync();
        var bytes = Encoding.UTF8.GetBytes("where we were");
        var sha256 = Ktrdr.WorkerHost.Storage.Artifacts.HashOf(bytes);
        api.Artifacts[sha256] = bytes;
        await using var worker = await StartAsync(api, context => Task.FromResult(OperationOutcome.Of(Encoding.UTF8.GetString(context.Checkpoint!.Value.Span), "hash")));

        await worker.Api.ResumeTrainingAsync(TestWorker.Dispatch("op_1", 2, new CheckpointReference(sha256, "step 5") { EngineBuild = "test-engine" }));

        var result = await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("result", "op_1", 2)), "a result");
        Assert.Equal("where we were", result.Read<ResultReport>().Result.GetString());
        Assert.Null(api.Calls.Single(c => c.Is("started", "op_1", 2)).Read<StartedReport>().BeginsAnew);
    }

    [Theory]
    [InlineData("other-engine", "it is of engine build other-engine, this worker's is test-engine")]
    [InlineData(null, "its engine build was not recorded, this worker's is test-engine")]
    public async Task Start_CheckpointOfAnotherBuild_BeginsAnewAndSaysWhy(string? build, string reason)
    {
        await using var api = await ApiStub.StartAsync();
        var bytes = Encoding.UTF8.GetBytes("where they were");
        var sha256 = Ktrdr.WorkerHost.Storage.Artifacts.HashOf(bytes);
        api.Artifacts[sha256] = bytes;
        await using var worker = await StartAsync(api, context => Task.FromResult(OperationOutcome.Of(context.Checkpoint is null ? "from zero" : "a mixture", "hash")));

        await worker.Api.ResumeTrainingAsync(TestWorker.Dispatch("op_1", 2, new CheckpointReference(sha256, "step 5") { EngineBuild = build }));

        var result = (await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("result", "op_1", 2)), "a result")).Read<ResultReport>();
        Assert.Equal(("from zero", "test-engine"), (result.Result.GetString(), result.EngineBuild));
        Assert.Equal($"attempt 2 begins anew, not from the checkpoint at step 5: {reason}", api.Calls.Single(c => c.Is("started", "op_1", 2)).Read<StartedReport>().BeginsAnew);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("damaged")]
    [InlineData("its bytes are missing")]
    public async Task Start_CheckpointGoneOrDamaged_StartsFromZero(string? stored)
    {
        await using var api = await ApiStub.StartAsync();
        api.Refuse = call => stored == "its bytes are missing" && call is { Method: "GET", Path: var path } && path.StartsWith("/api/v1/artifacts/", StringComparison.Ordinal) ? (410, ErrorCodes.NotFound) : null;
        var sha256 = Ktrdr.WorkerHost.Storage.Artifacts.HashOf([1]);
        if (stored is not null)
        {
            api.Artifacts[sha256] = Encoding.UTF8.GetBytes(stored);
        }

        await using var worker = await StartAsync(api, context => Task.FromResult(OperationOutcome.Of(context.Checkpoint is null ? "from zero" : "resumed", "hash")));
        await worker.Api.ResumeTrainingAsync(TestWorker.Dispatch("op_1", 2, new CheckpointReference(sha256, "step 5") { EngineBuild = "test-engine" }));

        var result = await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("result", "op_1", 2)), "a result");
        Assert.Equal("from zero", result.Read<ResultReport>().Result.GetString());
        Assert.StartsWith("attempt 2 begins anew, not from the checkpoint at step 5: ", api.Calls.Single(c => c.Is("started", "op_1", 2)).Read<StartedReport>().BeginsAnew, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_HandlerFails_ReportsTheNamedFailure()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, _ => throw new OperationFailedException("too_few_bars", "12 bars; allowed: 20.") { Suggestion = "take more" });

        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));

        var failure = (await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("failure", "op_1")), "a failure")).Read<OperationFailure>();
        Assert.Equal(("too_few_bars", "12 bars; allowed: 20.", "take more", false), (failure.Code, failure.Message, failure.Suggestion, failure.Retryable));
    }

    [Fact]
    public async Task Run_HandlerThrowsOurError_ShowsNoStackTrace()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, _ => throw new InvalidOperationException("secret detail"));

        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));

        var failure = (await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("failure", "op_1")), "a failure")).Read<OperationFailure>();
        Assert.DoesNotContain("secret detail", failure.Message, StringComparison.Ordinal);
        Assert.Contains("secret detail", failure.Detail, StringComparison.Ordinal);
        Assert.True(failure.Retryable);
    }

    [Fact]
    public async Task Run_WithTraceParent_ContinuesThatTrace()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, context => Task.FromResult(OperationOutcome.Of(context.Activity?.TraceId.ToHexString(), "hash")));

        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1", traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

        var result = await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("result", "op_1")), "a result");
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", result.Read<ResultReport>().Result.GetString());
        await Eventually.TrueAsync(
            () => api.Calls.Where(c => c.Path == "/api/v1/telemetry/spans").SelectMany(c => c.Read<List<TraceSpan>>())
                .Any(s => s is { Name: "run training", TraceId: "0af7651916cd43dd8448eb211c80319c", ParentSpanId: "b7ad6b7169203331" }),
            "the span at the Api");
    }

    [Fact]
    public async Task Metrics_OfARunningAttempt_AreServedAfterTheCursor()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await StartAsync(api, async context =>
        {
            context.ReportMetric("loss", 1, 0.5);
            context.ReportMetric("loss", 2, 0.25);
            context.Report(new OperationProgress(10, "step 2"));
            await Task.Delay(Timeout.Infinite, context.Cancellation);
            return OperationOutcome.Of(1, "hash");
        });
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await Eventually.TrueAsync(() => api.Heartbeats.Any(h => h.Running.Any(r => r.Progress?.Step == "step 2")), "progress in a heartbeat");

        Assert.Equal([new OperationMetric(2, "loss", 2, 0.25)], await worker.Api.GetOperationMetricsAsync("op_1", cursor: 1));
        Assert.Equal("step 2", (await worker.Api.GetOperationAsync("op_1")).Progress?.Step);
        Assert.Equal("busy", (await worker.Api.GetHealthAsync()).WorkerStatus);
    }

    private async Task<TestWorker> StartAsync(ApiStub api, Func<OperationContext, Task<OperationOutcome>> work)
    {
        var worker = await TestWorker.StartAsync(api, _folder.Path, work);
        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a registered worker");
        return worker;
    }

    private static bool Idle(TestWorker worker) => worker.Api.ListOperationsAsync().GetAwaiter().GetResult().Count == 0;

    private static async Task<OperationOutcome> UntilStopped(OperationContext context)
    {
        await Task.Delay(Timeout.Infinite, context.Cancellation);
        return OperationOutcome.Of(1, "hash");
    }
}
