using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Worker;

/// <summary>Workers that are updated while they run something: every result is of one build.</summary>
public sealed class BuildsEndToEndTests(SandboxOfWorkers sandbox) : IClassFixture<SandboxOfWorkers>
{
    [PostgresFact]
    public async Task Training_WorkerUpdatedInTheMiddle_BeginsAnewAndIsOfOneBuild()
    {
        using var build = new OtherBuild();
        Assert.NotEqual(EngineBuild.Identity, build.Identity);
        var worker = sandbox.RestartTraining();
        var id = await sandbox.TrainAsync(SandboxOfWorkers.Long, seed: 5);
        await sandbox.CheckpointedAsync(id);
        worker.Kill();
        var next = sandbox.RestartTraining(build);

        var result = await sandbox.ResultAsync<TrainingResult>(id);

        var operation = await sandbox.Client.GetOperationAsync(id);
        Assert.Equal(build.Identity, operation.EngineBuild);
        Assert.EndsWith($"it is of engine build {EngineBuild.Identity}, this worker's is {build.Identity}", operation.BeganAnew, StringComparison.Ordinal);
        Assert.Equal(operation.BeganAnew, (await sandbox.Client.GetOperationEventsAsync(id)).Last(e => e.Event == "started").Note);
        Assert.True(next.Said("begins anew"));
        Assert.False(next.Said("goes on from"));
        Assert.Equal(1500, result.EpochsTrained);
        Assert.Contains("begins anew", (await sandbox.CliAsync("operations", "show", id)).Output, StringComparison.Ordinal);

        // Every epoch is of the build that gave the result: there is one point of each, and the run from zero gives the same bits.
        Assert.Equal(1500L, await sandbox.SqlAsync($"select count(*) from operation_metrics where operation_id = '{id}' and name = 'train_loss'"));
        var again = await sandbox.ResultAsync<Reproduction>((await sandbox.Client.ReproduceOperationAsync(id)).OperationId);
        Assert.Equal($"same bits; the same engine build {build.Identity}", again.Summary);
    }
}
