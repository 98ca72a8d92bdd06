using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

public sealed class DispatchTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static readonly string Hash = new('a', 64);

    [PostgresFact]
    public async Task Operation_AcceptedThenReported_GoesFromHandToHand()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "hand", [WorkerKinds.Agent], slots: 2);
        var id = await AcceptAsync(OperationTypes.AgentDesign, """{"hello": "world"}""");

        var dispatch = await worker.NextAsync();
        Assert.Equal((id, 1, OperationTypes.AgentDesign), (dispatch.OperationId, dispatch.Attempt, dispatch.Type));
        Assert.Equal("world", dispatch.Request.GetProperty("hello").GetString());

        var running = await fixture.Api.Admin.GetOperationAsync(id);
        Assert.Equal((OperationStatus.Running, "hand"), (running.Status, running.WorkerId));
        Assert.Equal("pulled", running.Progress?.Step);
        await fixture.Api.Admin.GetOperationAsync(id);
        Assert.Equal(1, worker.Pulls);

        await worker.Reports.ReportProgressAsync(id, 1, dispatch.AttemptToken, new ProgressReport(new OperationProgress(50, "half")) { Metrics = [new OperationMetric(0, "loss", 1, 0.5), new OperationMetric(0, "loss", 1, 0.25)] });
        await worker.Reports.ReportResultAsync(id, 1, dispatch.AttemptToken, Result("""{"answer": 42}"""));

        var done = await fixture.Api.Admin.GetOperationAsync(id);
        Assert.Equal(OperationStatus.Succeeded, done.Status);
        Assert.Equal(42, done.Result!.Value.GetProperty("answer").GetInt32());
        Assert.Equal(0.25, Assert.Single(await fixture.Api.Admin.GetOperationMetricsAsync(id)).Value);
        Assert.Equal(["accepted", "claimed", "started", "result"], (await fixture.Api.Admin.GetOperationEventsAsync(id)).Select(e => e.Event));
        Assert.Equal(0, (await fixture.Api.Admin.GetWorkerAsync("hand")).BusySlots);
    }

    [PostgresFact]
    public async Task Result_SentTwice_IsCommittedOnceAndOtherwiseRefused()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "twice", [WorkerKinds.Agent]);
        var id = await AcceptAsync(OperationTypes.AgentLearning, "{}");
        var dispatch = await worker.NextAsync();

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => worker.Reports.ReportResultAsync(id, 1, dispatch.AttemptToken, Result("""{"n": 1}"""))));
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from results where operation_id = '{id}'"));
        Assert.Equal(1L, await fixture.SqlAsync($"select count(*) from operation_events where operation_id = '{id}' and event = 'result'"));

        var other = Result("""{"n": 2}""") with { ResultHash = new string('b', 64) };
        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.ReportResultAsync(id, 1, dispatch.AttemptToken, other));
        Assert.Equal((409, ErrorCodes.WrongState), ((int)refused.Status!, refused.Code));
    }

    [PostgresFact]
    public async Task Register_WithoutTheAttemptItRan_LosesItAtOnceAndRunsItAgain()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "restarted", [WorkerKinds.Agent]);
        var id = await AcceptAsync(OperationTypes.AgentDesign, "{}");
        var first = await worker.NextAsync();

        await worker.RegisterAsync([WorkerKinds.Agent], 1, worker.Reports);
        var second = await worker.NextAsync();

        Assert.Equal((id, 2), (second.OperationId, second.Attempt));
        var late = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.ReportResultAsync(id, 1, first.AttemptToken, Result("{}")));
        Assert.Equal(ErrorCodes.Superseded, late.Code);
        await worker.Reports.ReportResultAsync(id, 2, second.AttemptToken, Result("{}"));
        Assert.Equal(["accepted", "claimed", "started", "lease_expired", "requeued", "claimed", "started", "result"], (await fixture.Api.Admin.GetOperationEventsAsync(id)).Select(e => e.Event));
    }

    [PostgresFact]
    public async Task Worker_LostThreeTimesInARow_FailsTheOperation()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "crashing", [WorkerKinds.Agent]);
        var id = await AcceptAsync(OperationTypes.AgentDesign, "{}");
        for (var i = 0; i < 3; i++)
        {
            await worker.NextAsync();
            await worker.RegisterAsync([WorkerKinds.Agent], 1, worker.Reports);
        }

        var failed = await fixture.Api.Admin.GetOperationAsync(id);
        Assert.Equal((OperationStatus.Failed, "lost_too_often"), (failed.Status, failed.Failure?.Code));
    }

    [PostgresFact]
    public async Task Worker_Refuses_OperationIsQueuedAgainWithoutCounting()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "refusing", [WorkerKinds.Agent]);
        worker.Refuse = "no room";
        var id = await AcceptAsync(OperationTypes.AgentDesign, "{}");
        await ApiFixture.UntilAsync(async () => (await fixture.Api.Admin.GetOperationEventsAsync(id)).Any(e => e is { Event: "refused", Note: "no room" }), "a refusal");
        worker.Refuse = null;

        var dispatch = await worker.NextAsync();
        await worker.Reports.ReportResultAsync(id, dispatch.Attempt, dispatch.AttemptToken, Result("{}"));
        Assert.Equal(0, await fixture.SqlAsync($"select losses from operations where id = '{id}'"));
    }

    [PostgresFact]
    public async Task Cancel_WhileTheWorkerRefuses_EndsAtOnce()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "cancelled-refusing", [WorkerKinds.Agent]);
        var answer = new TaskCompletionSource();
        worker.Refuse = "no room";
        worker.Answer = answer.Task;
        var id = await AcceptAsync(OperationTypes.AgentDesign, "{}");
        await ApiFixture.UntilAsync(async () => (await fixture.Api.Admin.GetOperationAsync(id)).Status == OperationStatus.Dispatched, "a dispatch");

        Assert.Equal(OperationStatus.Cancelling, (await fixture.Api.Admin.CancelOperationAsync(id, "enough")).Status);
        answer.SetResult();

        // The lease is minutes long here: nothing else can end it.
        await ApiFixture.UntilAsync(async () => (await fixture.Api.Admin.GetOperationAsync(id)).Status == OperationStatus.Cancelled, "the cancel");
        Assert.Equal(0, (await fixture.Api.Admin.GetWorkerAsync(worker.Id)).BusySlots);
    }

    [PostgresFact]
    public async Task Cancel_Running_TellsTheWorkerAtOnceAndAgainWithTheHeartbeat()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "cancelled", [WorkerKinds.Agent]);
        var id = await AcceptAsync(OperationTypes.AgentDesign, "{}");
        var dispatch = await worker.NextAsync();

        var cancelling = await fixture.Api.Admin.CancelOperationAsync(id, "enough");
        Assert.Equal(OperationStatus.Cancelling, cancelling.Status);
        await ApiFixture.UntilAsync(() => Task.FromResult(worker.Cancelled.Contains(id)), "the DELETE");
        var beat = await worker.BeatAsync(dispatch);
        Assert.Equal(("enough", id), (Assert.Single(beat.Cancel).Reason, beat.Cancel[0].OperationId));

        await worker.Reports.ReportCancelledAsync(id, 1, dispatch.AttemptToken, new CancelledReport());
        await worker.Reports.ReportCancelledAsync(id, 1, dispatch.AttemptToken, new CancelledReport());
        Assert.Equal(OperationStatus.Cancelled, (await fixture.Api.Admin.GetOperationAsync(id)).Status);

        Assert.Equal(OperationStatus.Queued, (await fixture.Api.Admin.RetryOperationAsync(id)).Status);
        var again = await worker.NextAsync();
        await worker.Reports.ReportResultAsync(id, again.Attempt, again.AttemptToken, Result("{}"));
    }

    [PostgresFact]
    public async Task Checkpoint_Released_IsHandedToTheNextAttempt()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "draining", [WorkerKinds.Agent]);
        var id = await AcceptAsync(OperationTypes.AgentDesign, "{}");
        var dispatch = await worker.NextAsync();

        var missing = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.ReportCheckpointAsync(id, 1, dispatch.AttemptToken, new CheckpointReference(Hash, "epoch 1")));
        Assert.Equal(("sha256", 400), (missing.Problem.Field, (int)missing.Status!));

        var bytes = "saved state"u8.ToArray();
        var sha256 = await worker.PutAsync(bytes);
        await worker.Reports.ReportCheckpointAsync(id, 1, dispatch.AttemptToken, new CheckpointReference(sha256, "epoch 1"));
        await worker.Reports.ReportReleasedAsync(id, 1, dispatch.AttemptToken, new ReleaseReport("drain"));

        var next = await worker.NextAsync();
        Assert.Equal((sha256, "epoch 1", 1), (next.Checkpoint?.Sha256, next.Checkpoint?.Step, next.Checkpoint?.Attempt));
        using var stored = await worker.Reports.GetArtifactAsync(sha256);
        Assert.Equal(bytes, await stored.Content.ReadAsByteArrayAsync());
        await worker.Reports.ReportResultAsync(id, 2, next.AttemptToken, Result("{}"));
    }

    [PostgresFact]
    public async Task Heartbeat_UnknownAttempt_IsToldToStop()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "confused", [WorkerKinds.Data]);
        var answer = await worker.Reports.HeartbeatAsync("confused", new WorkerHeartbeat { Running = [new RunningAttempt("op_unknown", 3)] });
        Assert.Equal(new AttemptReference("op_unknown", 3), Assert.Single(answer.Stop));
    }

    [PostgresFact]
    public async Task TwoReplicas_ManyOperations_NoneIsGivenOutTwice()
    {
        await fixture.StartReplicaAsync();
        await using var first = await FakeWorker.StartAsync(fixture.Api, "pair-1", [WorkerKinds.Backtest], slots: 8);
        await using var second = await FakeWorker.StartAsync(fixture.Api, "pair-2", [WorkerKinds.Backtest], slots: 8);
        var ids = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            ids.Add(await AcceptAsync(OperationTypes.CampaignStatistics, "{}"));
        }

        var seen = new List<string>();
        await ApiFixture.UntilAsync(
            async () =>
            {
                foreach (var worker in new[] { first, second })
                {
                    while (worker.Received.TryDequeue(out var dispatch))
                    {
                        seen.Add(dispatch.OperationId);
                        await fixture.SqlAsync($"update operations set type = 'agent_design' where id = '{dispatch.OperationId}'");
                        await worker.Reports.ReportResultAsync(dispatch.OperationId, dispatch.Attempt, dispatch.AttemptToken, Result("{}"));
                    }
                }

                return seen.Count >= ids.Count;
            },
            "all operations done");
        Assert.Equal(ids.Order(), seen.Order());
        Assert.Equal(0L, await fixture.SqlAsync("select count(*) from operations where kind = 'backtest' and attempt <> 1"));
    }

    [PostgresFact]
    public async Task Stream_UntilFinished_SendsEveryChange()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "streamed", [WorkerKinds.Training]);
        var id = await AcceptAsync(OperationTypes.Training, "{}");
        var dispatch = await worker.NextAsync();
        using var response = await fixture.Api.Admin.StreamOperationAsync(id);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("event: operation", await reader.ReadLineAsync());
        Assert.Contains("\"running\"", await reader.ReadLineAsync());

        await worker.Reports.ReportFailureAsync(id, 1, dispatch.AttemptToken, new OperationFailure("broken", "it broke") { Detail = "secret detail" });
        var rest = await reader.ReadToEndAsync();
        Assert.Contains("\"failed\"", rest);
        Assert.Contains("it broke", rest);
    }

    private static ResultReport Result(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new ResultReport(document.RootElement.Clone()) { ResultHash = Hash };
    }

    private async Task<string> AcceptAsync(string type, string request)
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        using var document = JsonDocument.Parse(request);
        var accepted = await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(type, document.RootElement.Clone(), "test"), CancellationToken.None);
        return accepted.OperationId;
    }
}
