using Ktrdr.Api.Operations;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

/// <summary>An attempt that does not go on from the checkpoint it was given, as its worker reports it.</summary>
public sealed class AnewTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private const string Reason = "attempt 2 begins anew, not from the checkpoint at epoch 1: it is of engine build 1+aa, this worker's is 1+bb";

    [PostgresFact]
    public async Task Started_BeginsAnew_LeavesNothingOfTheOtherBuildAndSaysSo()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "anew", [WorkerKinds.Agent]);
        var id = await AcceptAsync();
        var first = await worker.NextAsync();
        await worker.Reports.ReportProgressAsync(id, 1, first.AttemptToken, new ProgressReport(new OperationProgress(50, "half")) { Metrics = [new OperationMetric(0, "loss", 1, 0.5)] });
        await worker.Reports.ReportCheckpointAsync(id, 1, first.AttemptToken, new CheckpointReference(await worker.PutAsync("a state"u8.ToArray()), "epoch 1") { EngineBuild = "1+aa" });
        worker.StartAtOnce = false;
        await worker.Reports.ReportReleasedAsync(id, 1, first.AttemptToken, new ReleaseReport("drain"));
        var second = await worker.NextAsync();
        Assert.Equal("1+aa", second.Checkpoint?.EngineBuild);

        await worker.Reports.ReportStartedAsync(id, 2, second.AttemptToken, new StartedReport(Reason));
        await worker.Reports.ReportStartedAsync(id, 2, second.AttemptToken, new StartedReport(Reason));

        var running = await fixture.Api.Admin.GetOperationAsync(id);
        Assert.Equal((OperationStatus.Running, Reason), (running.Status, running.BeganAnew));
        Assert.Empty(await fixture.Api.Admin.GetOperationMetricsAsync(id));
        Assert.Equal(Reason, Assert.Single(await fixture.Api.Admin.GetOperationEventsAsync(id), e => e is { Event: "started", Attempt: 2 }).Note);

        // Nothing is left to go on from, until this attempt saves something.
        await worker.Reports.ReportReleasedAsync(id, 2, second.AttemptToken, new ReleaseReport("drain"));
        var third = await worker.NextAsync();
        Assert.Null(third.Checkpoint);
        await worker.Reports.ReportStartedAsync(id, 3, third.AttemptToken, new StartedReport());
        await worker.Reports.ReportResultAsync(id, 3, third.AttemptToken, new ResultReport(KtrdrJson.ToElement(new { })) { ResultHash = new string('c', 64), EngineBuild = "1+bb" });
        var done = await fixture.Api.Admin.GetOperationAsync(id);
        Assert.Equal(("1+bb", Reason), (done.EngineBuild, done.BeganAnew));
    }

    [PostgresFact]
    public async Task Report_FieldsTooLong_AreRefusedByName()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "long-winded", [WorkerKinds.Agent]);
        worker.StartAtOnce = false;
        var id = await AcceptAsync();
        var dispatch = await worker.NextAsync();

        var started = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.ReportStartedAsync(id, 1, dispatch.AttemptToken, new StartedReport(new string('x', 1001))));
        Assert.Equal("begins_anew", started.Problem.Field);
        await worker.Reports.ReportStartedAsync(id, 1, dispatch.AttemptToken, new StartedReport());
        var saved = new CheckpointReference(await worker.PutAsync([7]), "epoch 1") { EngineBuild = new string('x', 101) };
        Assert.Equal("engine_build", (await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.ReportCheckpointAsync(id, 1, dispatch.AttemptToken, saved))).Problem.Field);
        await worker.Reports.ReportFailureAsync(id, 1, dispatch.AttemptToken, new OperationFailure("enough", "enough"));
    }

    private async Task<string> AcceptAsync()
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(OperationTypes.AgentDesign, KtrdrJson.ToElement(new { }), "test"), CancellationToken.None)).OperationId;
    }
}
