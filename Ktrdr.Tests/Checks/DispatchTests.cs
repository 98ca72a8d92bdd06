using Ktrdr.Api.Operations;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.Tests.Api;
using Ktrdr.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>Twenty operations at once on three workers, one of which dies while the service restarts. Leases are shortened, so that the test waits two seconds instead of fifteen.</summary>
public sealed class DispatchTests : IAsyncLifetime
{
    private const int Operations = 20;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly ApiFixture _fixture = new() { Leases = new Leases { Running = Lease, Dispatched = TimeSpan.FromSeconds(4), WorkerSilent = Lease } };

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [PostgresFact]
    public async Task TwentyAtOnce_WorkerKilledAndServiceRestarted_EachRunsOnceAndNoneIsLost()
    {
        var api = _fixture.Api;
        var workers = new List<FakeWorker>();
        for (var i = 0; i < 3; i++)
        {
            workers.Add(await FakeWorker.StartAsync(api, $"check-{i}", [WorkerKinds.Agent]));
        }

        var ids = await Task.WhenAll(Enumerable.Range(0, Operations).Select(i => Task.Run(() => AcceptAsync(api, i))));
        var (held, done) = (new Dictionary<FakeWorker, OperationDispatch>(), new List<string>());
        (string Operation, DateTime At)? lost = null;
        var restarted = false;
        await ApiFixture.UntilAsync(
            async () =>
            {
                foreach (var worker in workers)
                {
                    if (held.Remove(worker, out var finished))
                    {
                        await worker.BeatAsync(finished);
                        await worker.Reports.ReportResultAsync(finished.OperationId, finished.Attempt, finished.AttemptToken, Result(finished.OperationId));
                        done.Add(finished.OperationId);
                    }

                    if (worker.Received.TryDequeue(out var dispatch))
                    {
                        Assert.DoesNotContain(dispatch.OperationId, done);
                        Assert.DoesNotContain(held.Values, other => other.OperationId == dispatch.OperationId);
                        Assert.True(lost?.Operation != dispatch.OperationId || DateTime.UtcNow - lost.Value.At > TimeSpan.FromSeconds(1), "given out again while its lease ran");
                        held.Add(worker, dispatch);
                    }

                    await worker.BeatAsync([.. held.Where(h => h.Key == worker).Select(h => h.Value)]);
                }

                if (lost is null && done.Count >= 5 && held.Keys.FirstOrDefault() is { } victim)
                {
                    await victim.KillAsync();
                    workers.Remove(victim);
                    lost = (held[victim].OperationId, DateTime.UtcNow);
                    held.Remove(victim);
                }

                if (!restarted && lost is not null && done.Count >= 9)
                {
                    restarted = true;
                    await api.DisposeAsync();
                    api = await _fixture.StartReplicaAsync();
                    workers.ForEach(w => w.MoveTo(api));
                }

                return done.Count == Operations;
            },
            "all operations done",
            60);

        Assert.True(restarted);
        Assert.Equal(ids.Order(), done.Order());
        var listed = (await api.Admin.ListOperationsAsync(limit: 50)).Items;
        Assert.Equal(ids.Order(), listed.Select(o => o.Id).Order());
        Assert.All(listed, o => Assert.Equal((OperationStatus.Succeeded, o.Id), (o.Status, o.Result?.GetProperty("operation").GetString() ?? o.Id)));
        foreach (var id in ids)
        {
            var events = (await api.Admin.GetOperationEventsAsync(id)).Select(e => e.Event).ToList();
            Assert.Single(events, "result");
            Assert.Equal("result", events[^1]);

            // Given out again only after the attempt before it had ended, be it that the worker could not be reached.
            var claims = Enumerable.Range(0, events.Count).Where(i => events[i] == "claimed").ToList();
            Assert.All(claims.Zip(claims.Skip(1)), pair => Assert.Contains(events[pair.First..pair.Second], e => e is "lease_expired" or "refused" or "requeued"));
        }

        Assert.Equal((long)Operations, await _fixture.SqlAsync("select count(*) from results"));
        var orphan = await api.Admin.GetOperationEventsAsync(lost!.Value.Operation);
        var expired = Assert.Single(orphan, e => e.Event == "lease_expired");
        Assert.InRange((expired.At - orphan.First(e => e.Event == "started").At).TotalSeconds, 1, 20);
        Assert.Equal(2, orphan.Max(e => e.Attempt));
        foreach (var worker in workers)
        {
            await worker.DisposeAsync();
        }
    }

    private static ResultReport Result(string operation) => new(KtrdrJson.ToElement(new { operation })) { ResultHash = new string('d', 64) };

    private static async Task<string> AcceptAsync(ApiReplica api, int number)
    {
        await using var scope = api.Services.CreateAsyncScope();
        var accepted = await scope.ServiceProvider.GetRequiredService<OperationService>().AcceptAsync(
            new NewOperation(OperationTypes.AgentDesign, KtrdrJson.ToElement(new { number }), "test"), CancellationToken.None);
        return accepted.OperationId;
    }
}
