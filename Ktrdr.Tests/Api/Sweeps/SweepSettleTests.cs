using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Api.Sweeps;

/// <summary>What an Api that was killed left half done of a sweep.</summary>
public sealed class SweepSettleTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresFact]
    public async Task Settle_WholeEndedAndItsPartsDidNot_EndsThemWithoutWaitingForLeases()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "settled", [WorkerKinds.Backtest]);
        var id = await SweepPlay.StartAsync(fixture.Api.Admin, worker, "SWSETTLE", SweepPlay.OfPeriods("SWSETTLE", "7", "8", "9"));
        var running = await worker.NextAsync();

        // Killed between the end of the whole and that of its parts.
        await fixture.SqlAsync($"update operations set status = 'cancelled', finished_at = now() where id = '{id}'");

        await ApiFixture.UntilAsync(
            async () => (await fixture.Api.Admin.GetOperationChildrenAsync(id)).All(c => c.Status == (c.Id == running.OperationId ? OperationStatus.Cancelling : OperationStatus.Cancelled)), "the parts are stopped");
        await ApiFixture.UntilAsync(() => Task.FromResult(worker.Cancelled.Contains(running.OperationId)), "the worker is told");
        await worker.Reports.ReportCancelledAsync(running.OperationId, running.Attempt, running.AttemptToken, new CancelledReport());
    }
}
