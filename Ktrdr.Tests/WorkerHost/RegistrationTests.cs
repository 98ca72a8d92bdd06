using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.Tests.Support;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.WorkerHost;

public sealed class RegistrationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_NewWorker_RegistersWithTheJoinTokenAndKeepsItsSecret()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, Nothing);

        var call = await Eventually.GetAsync(() => api.Registrations.FirstOrDefault(), "a registration");
        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a heartbeat");

        var registration = call.Read<WorkerRegistration>();
        Assert.Equal(TestWorker.JoinToken, call.Bearer);
        Assert.Equal("worker-1", registration.WorkerId);
        Assert.Equal(worker.Url, new Uri(registration.EndpointUrl));
        Assert.Equal([WorkerKinds.Training], registration.Kinds);
        Assert.Equal("test-engine", registration.Capabilities.EngineVersion);
        Assert.Equal("first-secret", await File.ReadAllTextAsync(_folder.File("secret")));
        Assert.Equal("first-secret", api.Calls.First(c => c.Path.EndsWith("/heartbeat", StringComparison.Ordinal)).Bearer);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("secret")));
        }
    }

    [Fact]
    public async Task Start_KnownWorker_RegistersWithItsOwnSecret()
    {
        await using var api = await ApiStub.StartAsync();
        await File.WriteAllTextAsync(_folder.File("secret"), "kept-secret");
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, Nothing);

        var call = await Eventually.GetAsync(() => api.Registrations.FirstOrDefault(), "a registration");

        Assert.Equal("kept-secret", call.Bearer);
    }

    [Fact]
    public async Task Start_SecretOfAnotherDatabase_FallsBackToTheJoinToken()
    {
        await using var api = await ApiStub.StartAsync();
        api.Refuse = call => call.Path.EndsWith("/register", StringComparison.Ordinal) && call.Bearer != TestWorker.JoinToken ? (401, "unauthorized") : null;
        await File.WriteAllTextAsync(_folder.File("secret"), "secret-of-a-database-that-was-reset");
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, Nothing);

        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a heartbeat");

        Assert.Equal(TestWorker.JoinToken, api.Registrations.Last().Bearer);
        Assert.Equal("first-secret", await File.ReadAllTextAsync(_folder.File("secret")));
    }

    [Fact]
    public async Task Start_ApiAway_RegistersWhenItComes()
    {
        await using var api = await ApiStub.StartAsync();
        await api.CloseAsync();
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, Nothing);

        await api.OpenAsync();

        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a heartbeat after the Api came");
    }

    [Fact]
    public async Task Start_FirstReplicaAway_RegistersWithTheNextOne()
    {
        await using var away = await ApiStub.StartAsync();
        await away.CloseAsync();
        await using var api = await ApiStub.StartAsync();
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, Nothing, away: away.Url);

        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a heartbeat at the replica that answers");

        Assert.Equal(TestWorker.JoinToken, api.Registrations.First().Bearer);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    public async Task Heartbeat_ApiForgotTheWorker_RegistersAgain(int status)
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, Nothing);
        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a heartbeat");

        var refused = 0;
        api.Refuse = call => call.Path.EndsWith("/heartbeat", StringComparison.Ordinal) && Interlocked.Increment(ref refused) == 1 ? (status, "not_found") : null;

        await Eventually.TrueAsync(() => api.Registrations.Count() == 2, "a second registration");
    }

    [Fact]
    public async Task Heartbeat_AfterAnOutage_RegistersAgainWithWhatRuns()
    {
        await using var api = await ApiStub.StartAsync();
        var release = new TaskCompletionSource();
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, async context =>
        {
            await release.Task.WaitAsync(context.Cancellation);
            return OperationOutcome.Of(1, "hash");
        });
        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a heartbeat");
        await worker.Api.StartTrainingAsync(TestWorker.Dispatch("op_1"));
        await Eventually.TrueAsync(() => api.Heartbeats.Any(h => h.Running.Any(r => r.OperationId == "op_1")), "a heartbeat with the running attempt");

        await api.CloseAsync();
        using var client = new HttpClient { BaseAddress = worker.Url };
        await Eventually.TrueAsync(() => (int)client.GetAsync("/ready").GetAwaiter().GetResult().StatusCode == 503, "a worker that has noticed");
        await api.OpenAsync();

        var again = await Eventually.GetAsync(() => api.Registrations.Skip(1).FirstOrDefault(), "a second registration");
        Assert.Equal([new AttemptReference("op_1", 1)], again.Read<WorkerRegistration>().Running);
        release.SetResult();
    }

    [Fact]
    public async Task Endpoints_WithoutTheSecret_AreRefused()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, Nothing);
        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a heartbeat");
        using var stranger = new HttpClient { BaseAddress = worker.Url };

        Assert.Equal(401, (int)(await stranger.GetAsync("/api/v1/operations")).StatusCode);
        stranger.DefaultRequestHeaders.Authorization = new("Bearer", TestWorker.JoinToken);
        Assert.Equal(401, (int)(await stranger.PostAsync("/training/start", null)).StatusCode);
        Assert.Equal(200, (int)(await stranger.GetAsync("/health")).StatusCode);
        Assert.Equal(200, (int)(await stranger.GetAsync("/metrics")).StatusCode);
        Assert.Equal("idle", (await worker.Api.GetHealthAsync()).WorkerStatus);
    }

    [Fact]
    public async Task Start_MalformedDispatch_AnswersOneLineThatNamesTheField()
    {
        await using var api = await ApiStub.StartAsync();
        await using var worker = await TestWorker.StartAsync(api, _folder.Path, Nothing);
        await Eventually.TrueAsync(() => api.Heartbeats.Any(), "a heartbeat");

        var wrongType = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Api.StartBacktestAsync(TestWorker.Dispatch("op_1")));
        var wrongId = await Assert.ThrowsAsync<KtrdrApiException>(() => worker.Api.StartOperationAsync(TestWorker.Dispatch("../../etc/passwd")));

        Assert.Equal("type is 'training'; allowed here: backtest.", wrongType.Message);
        Assert.StartsWith("operation_id is '../../etc/passwd'; allowed:", wrongId.Message, StringComparison.Ordinal);
    }

    private static Task<OperationOutcome> Nothing(OperationContext context) => Task.FromResult(OperationOutcome.Of(1, "hash"));
}
