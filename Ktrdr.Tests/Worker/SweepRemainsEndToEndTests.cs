using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Api;
using Ktrdr.Tests.Runs;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Worker;

/// <summary>A sweep that is stopped in the middle of a part, with real workers: what was computed stays counted.</summary>
public sealed class SweepRemainsEndToEndTests(SandboxOfWorkers sandbox) : IClassFixture<SandboxOfWorkers>
{
    [PostgresTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancel_InTheMiddleOfAPart_CountsEveryVariantThatWasSaved(bool isKilledBefore)
    {
        // Ninety-six variants make parts of three, each with a training of its own: two are soon done, the third would take minutes.
        var worker = sandbox.RestartBacktest("backtest-1");
        var document = await sandbox.WriteAsync("sweep.yaml", RunDocuments.Reversion.Replace("epochs: 4", "epochs: 4\n  early_stopping: false", StringComparison.Ordinal));
        var sweep = (await sandbox.CliJsonAsync("sweep", document, "--vary", "indicators.rsi_14.period=5..36:1", "--vary", "training.epochs=40,50,100000", "--seed", isKilledBefore ? "2" : "1")).GetProperty("operation_id").GetString()!;
        await ApiFixture.UntilAsync(
            async () => await sandbox.SqlAsync($"select exists (select 1 from operations where parent_id = '{sweep}' and checkpoint is not null and status = 'running')") is true, "a part has saved what it computed", 120);
        if (isKilledBefore)
        {
            worker.Kill();
        }

        await sandbox.Client.CancelOperationAsync(sweep, "enough");
        await ApiFixture.UntilAsync(async () => (await sandbox.Client.GetOperationChildrenAsync(sweep)).All(c => c.IsFinished), "every part has ended", 60);

        var unfinished = $"from operations o where o.parent_id = '{sweep}' and o.status = 'cancelled' and o.checkpoint is not null";
        Assert.NotEqual(0L, await sandbox.SqlAsync($"select count(*) {unfinished}"));
        Assert.Equal(0L, await sandbox.SqlAsync($"select count(*) {unfinished} and not exists (select 1 from ledger l where l.operation_id = o.id and l.outcome = 'completed')"));
        Assert.Equal(
            await sandbox.SqlAsync($"select count(*) from sweep_variants where sweep_id = '{sweep}'"),
            await sandbox.SqlAsync($"select count(*) from ledger where operation_id in (select id from operations where parent_id = '{sweep}')"));
        Assert.Equal(OperationStatus.Cancelled, (await sandbox.Client.GetOperationAsync(sweep)).Status);
    }
}
