using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

/// <summary>What workers say too late, or of what is not there any more.</summary>
public sealed class LateWordTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failure_RepeatedAfterTheOperationWasQueuedAgain_DoesNotEndItASecondTime(bool fromCheckpoint)
    {
        // The answer to the first report was lost: the worker sends it again, and by then a client has queued the operation again.
        await using var worker = await FakeWorker.StartAsync(fixture.Api, $"late-{fromCheckpoint}".ToLowerInvariant(), [WorkerKinds.Agent]);
        var id = await AcceptAsync(OperationTypes.AgentDesign);
        var first = await worker.NextAsync();
        var failure = new OperationFailure("broken", "it broke");
        await worker.Reports.ReportFailureAsync(id, 1, first.AttemptToken, failure);

        // Nobody takes it yet: a newer attempt would refuse the old word by itself.
        await fixture.Api.Admin.DrainWorkerAsync(worker.Id);
        await (fromCheckpoint ? fixture.Api.Admin.ResumeOperationAsync(id) : fixture.Api.Admin.RetryOperationAsync(id));

        var saved = new CheckpointReference(await worker.PutAsync([1, 2, 3]), "epoch 9");
        foreach (var late in new Func<Task>[]
        {
            () => worker.Reports.ReportFailureAsync(id, 1, first.AttemptToken, failure),
            () => worker.Reports.ReportCheckpointAsync(id, 1, first.AttemptToken, saved),
            () => worker.Reports.ReportResultAsync(id, 1, first.AttemptToken, new ResultReport(KtrdrJson.ToElement(new { })) { ResultHash = new string('c', 64) }),
        })
        {
            Assert.Equal(ErrorCodes.Superseded, (await Assert.ThrowsAsync<KtrdrApiException>(late)).Code);
        }

        await worker.RegisterAsync([WorkerKinds.Agent], 1, worker.Reports);
        var again = await worker.NextAsync();
        Assert.Null(again.Checkpoint);
        await worker.Reports.ReportResultAsync(id, again.Attempt, again.AttemptToken, new ResultReport(KtrdrJson.ToElement(new { })) { ResultHash = new string('c', 64) });
        Assert.Equal(OperationStatus.Succeeded, (await fixture.Api.Admin.GetOperationAsync(id)).Status);
    }

    [PostgresFact]
    public async Task Result_WhoseFilesAreGone_IsNotWantedAndLeavesTheOperationRunning()
    {
        // It waited at the worker for longer than files that nothing needs are kept.
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "gone", [WorkerKinds.Backtest]);
        var load = (await fixture.Api.Admin.GenerateDataAsync(new GenerateRequest { Symbol = "GONE", Bars = 1_000 })).OperationId;
        var dispatch = await worker.NextAsync();
        var bars = SyntheticMarket.Null(3, 1_000, "GONE");
        var sha256 = await worker.PutAsync(bars.ToBytes());
        await fixture.SqlAsync($"delete from artifacts where sha256 = '{sha256}'");
        var said = new DataLoadResult(
            new DatasetVersion
            {
                Id = bars.ContentHash,
                Symbol = "GONE",
                Timeframe = "1h",
                Bars = 1_000,
                FirstTime = default,
                LastTime = default,
                SealedFrom = default,
                UnsealedBars = 1,
                Windows = [],
                Source = "generator",
            },
            sha256);

        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.FinishAsync(dispatch, said));

        Assert.Equal((410, "bars_sha256"), ((int)refused.Status!, refused.Problem.Field));
        Assert.Equal(OperationStatus.Running, (await fixture.Api.Admin.GetOperationAsync(load)).Status);
        await worker.FinishLoadAsync(dispatch, bars);
        Assert.Equal(OperationStatus.Succeeded, (await fixture.Api.Admin.GetOperationAsync(load)).Status);
    }

    [PostgresFact]
    public async Task Artifact_BytesGoneFromTheDisk_SaysSo()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "bytes-gone", [WorkerKinds.Data]);
        var sha256 = await worker.PutAsync("here today"u8.ToArray());
        File.Delete(fixture.Api.Services.GetRequiredService<ArtifactFolder>().PathOf(sha256));

        var gone = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Reports.GetArtifactAsync(sha256));

        Assert.Equal(410, (int)gone.Status!);
        Assert.Contains(sha256, gone.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Register_WithFewerSlotsWhileAllAreTaken_GetsNoMoreThanItHas()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "smaller", [WorkerKinds.Training], slots: 2);
        await AcceptAsync(OperationTypes.Training);
        await AcceptAsync(OperationTypes.Training);
        var (first, second) = (await worker.NextAsync(), await worker.NextAsync());
        await worker.RegisterAsync([WorkerKinds.Training], 1, worker.Reports, [new AttemptReference(first.OperationId, 1), new AttemptReference(second.OperationId, 1)]);
        var waiting = await AcceptAsync(OperationTypes.Training);
        foreach (var dispatch in new[] { first, second })
        {
            await worker.Reports.ReportFailureAsync(dispatch.OperationId, 1, dispatch.AttemptToken, new OperationFailure("enough", "enough"));
        }

        Assert.Equal(waiting, (await worker.NextAsync()).OperationId);

        // In a transaction of the test's own, so that no dispatcher claims the next one first.
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        await using var transaction = await services.GetRequiredService<KtrdrDatabase>().Database.BeginTransactionAsync();
        await services.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(OperationTypes.Training, KtrdrJson.ToElement(new { }), "test"), CancellationToken.None);
        Assert.Empty(await services.GetRequiredService<ClaimStore>().ClaimAsync(WorkerKinds.Training, CancellationToken.None));
    }

    private async Task<string> AcceptAsync(string type)
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(type, KtrdrJson.ToElement(new { }), "test"), CancellationToken.None)).OperationId;
    }
}
