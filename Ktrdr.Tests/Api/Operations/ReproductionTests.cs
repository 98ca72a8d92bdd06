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

public sealed class ReproductionTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static readonly string First = new('a', 64);
    private static readonly string Other = new('b', 64);

    [PostgresFact]
    public async Task Reproduce_AnotherHash_SaysWhereTheResultsDiffer()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "again", [WorkerKinds.Backtest], slots: 2);
        var original = await AcceptAsync(OperationTypes.Backtest);
        await worker.NextAsync();
        await fixture.SqlAsync($$"""
            with done as (update operations set status = 'succeeded' where id = '{{original}}' returning id)
            insert into results (operation_id, attempt, result, result_hash, engine_build)
            select id, 1, '{"model": "m", "metrics": {"sharpe": 1.5, "trades": 7}, "trades": []}', '{{First}}', '0.1.0+aaaa' from done
            """);

        var accepted = await fixture.Api.Admin.ReproduceOperationAsync(original);
        var dispatch = await worker.NextAsync();
        Assert.Equal((accepted.OperationId, "1h"), (dispatch.OperationId, dispatch.Request.GetProperty("timeframe").GetString()));
        await worker.Reports.ReportResultAsync(
            accepted.OperationId, 1, dispatch.AttemptToken, Result("""{"model": "m", "metrics": {"sharpe": 1.25, "trades": 7}, "trades": [1, 2]}""", Other));

        var again = await fixture.Api.Admin.GetOperationAsync(accepted.OperationId);
        Assert.Equal((OperationStatus.Succeeded, original), (again.Status, again.Reproduces));
        var reproduction = KtrdrJson.Read<Reproduction>(again.Result!.Value);
        Assert.Equal((original, false, First, Other), (reproduction.Reproduces, reproduction.IsEqual, reproduction.ExpectedHash, reproduction.ResultHash));
        Assert.Equal(new ResultDifference("metrics.sharpe", "1.5", "1.25"), Assert.Single(reproduction.Differences));
        Assert.Equal("differs; engine build 0.1.0+aaaa then, 0.1.0+bbbb now", reproduction.Summary);
        Assert.Equal(("0.1.0+aaaa", "0.1.0+bbbb"), ((await fixture.Api.Admin.GetOperationAsync(original)).EngineBuild, again.EngineBuild));
        Assert.Equal(0L, await fixture.SqlAsync($"select count(*) from backtests where operation_id = '{accepted.OperationId}'"));
    }

    [PostgresFact]
    public async Task Reproduce_WhatCannotBe_IsRefusedWithTheReason()
    {
        var running = await AcceptAsync(OperationTypes.Training);
        var unfinished = await Assert.ThrowsAsync<KtrdrApiException>(() => fixture.Api.Admin.ReproduceOperationAsync(running));
        Assert.Equal(409, (int)unfinished.Status!);
        Assert.Contains("queued", unfinished.Message, StringComparison.Ordinal);

        var agent = await AcceptAsync(OperationTypes.AgentDesign);
        var wrongType = await Assert.ThrowsAsync<KtrdrApiException>(() => fixture.Api.Admin.ReproduceOperationAsync(agent));
        Assert.Contains("agent_design", wrongType.Message, StringComparison.Ordinal);
        Assert.Equal(404, (int)(await Assert.ThrowsAsync<KtrdrApiException>(() => fixture.Api.Admin.ReproduceOperationAsync("op_nothing"))).Status!);
    }

    private static ResultReport Result(string json, string hash)
    {
        using var document = JsonDocument.Parse(json);
        return new ResultReport(document.RootElement.Clone()) { ResultHash = hash, EngineBuild = "0.1.0+bbbb" };
    }

    private async Task<string> AcceptAsync(string type)
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        using var document = JsonDocument.Parse("""{"timeframe": "1h"}""");
        return (await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(new NewOperation(type, document.RootElement.Clone(), "test"), CancellationToken.None)).OperationId;
    }
}
