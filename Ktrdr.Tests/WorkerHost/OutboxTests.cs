using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.Tests.Support;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.WorkerHost;

public sealed class OutboxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Result_FinishedWhileTheApiIsAway_IsDeliveredWhenItIsBack()
    {
        await using var api = await ApiStub.StartAsync();
        var release = new TaskCompletionSource();
        await using var worker = await StartAsync(api, release.Task);
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("started", "op_1")), "a start");

        await api.CloseAsync();
        release.SetResult();
        await Eventually.TrueAsync(() => Stored().Length == 1, "an outcome on disk");
        await api.OpenAsync();

        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("result", "op_1")), "the result");
        await Eventually.TrueAsync(() => Stored().Length == 0, "an empty outbox");
    }

    [Fact]
    public async Task Result_OfAWorkerThatDied_IsAnnouncedAndDeliveredByTheNext()
    {
        await using var api = await ApiStub.StartAsync();
        api.Refuse = call => call.Is("result", "op_1") ? (503, ErrorCodes.Unavailable) : null;
        await using (var first = await StartAsync(api, Task.CompletedTask))
        {
            await first.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
            await Eventually.TrueAsync(() => Stored().Length == 1, "an outcome on disk");
        }

        api.Calls.Clear();
        api.Refuse = _ => null;
        await using var second = await StartAsync(api, Task.CompletedTask);

        Assert.Equal([new AttemptReference("op_1", 1)], api.Registrations.First().Read<WorkerRegistration>().FinishedUnreported);
        var result = await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("result", "op_1")), "the result");
        Assert.Equal("token-op_1-1", result.AttemptToken);
        Assert.Equal("done", result.Read<ResultReport>().Result.GetString());
    }

    [Fact]
    public async Task Result_Superseded_IsDropped()
    {
        await using var api = await ApiStub.StartAsync();
        api.Refuse = call => call.Is("result", "op_1") ? (409, ErrorCodes.Superseded) : null;
        await using var worker = await StartAsync(api, Task.CompletedTask);

        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));

        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("result", "op_1")), "the result");
        await Eventually.TrueAsync(() => Stored().Length == 0, "an empty outbox");
    }

    [Fact]
    public async Task Result_WhereTheDiskTakesNothing_IsDeliveredAllTheSame()
    {
        await using var api = await ApiStub.StartAsync();
        var release = new TaskCompletionSource();
        await using var worker = await StartAsync(api, release.Task);
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("started", "op_1")), "a start");
        Directory.Delete(_folder.File("outbox"));
        await File.WriteAllTextAsync(_folder.File("outbox"), "no folder any more: nothing can be written into it");
        api.Refuse = call => call.Is("result", "op_1") ? (503, ErrorCodes.Unavailable) : null;

        release.SetResult();
        await Eventually.TrueAsync(() => api.Calls.Any(c => c.Is("result", "op_1")), "a first try");
        var tries = api.Calls.Count(c => c.Is("result", "op_1"));
        api.Refuse = _ => null;

        await Eventually.TrueAsync(() => api.Calls.Count(c => c.Is("result", "op_1")) > tries, "the result");
        Assert.DoesNotContain(api.Calls, c => c.Is("failure", "op_1"));
    }

    [Fact]
    public async Task Result_RefusedForGood_BecomesAFailure()
    {
        await using var api = await ApiStub.StartAsync();
        api.Refuse = call => call.Is("result", "op_1") ? (422, ErrorCodes.InvalidField) : null;
        await using var worker = await StartAsync(api, Task.CompletedTask);

        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));

        var failure = (await Eventually.GetAsync(() => api.Calls.FirstOrDefault(c => c.Is("failure", "op_1")), "a failure")).Read<OperationFailure>();
        Assert.Equal("result_refused", failure.Code);
        await Eventually.TrueAsync(() => Stored().Length == 0, "an empty outbox");
    }

    private string[] Stored() => Directory.GetFiles(_folder.File("outbox"), "*.json");

    private async Task<TestWorker> StartAsync(ApiStub api, Task release)
    {
        var before = api.Heartbeats.Count();
        var worker = await TestWorker.StartAsync(api, _folder.Path, async context =>
        {
            await release.WaitAsync(context.Cancellation);
            return OperationOutcome.Of("done", "hash");
        });
        await Eventually.TrueAsync(() => api.Heartbeats.Count() > before, "a registered worker");
        return worker;
    }
}
