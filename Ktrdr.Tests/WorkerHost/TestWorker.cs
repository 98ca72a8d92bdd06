using System.Collections.Concurrent;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.ServiceDefaults.Http;
using Ktrdr.WorkerHost;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Registration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ktrdr.Tests.WorkerHost;

/// <summary>A real worker process's host inside the test, with a handler that does what the test says.</summary>
internal sealed class TestWorker : IAsyncDisposable
{
    public const string JoinToken = "the-join-token";

    private readonly WebApplication _app;
    private readonly RestConnection _connection;

    private TestWorker(WebApplication app, string secret)
    {
        _app = app;
        Url = new Uri(app.Urls.Single());
        _connection = new RestConnection(Url, app.Services.GetRequiredService<ServiceTransports>().Create(), ServiceHttp.Timeout, secret);
        Api = _connection.Of<IWorkerApi>();
    }

    public Uri Url { get; }

    /// <summary>The worker's endpoints with the secret that the stub gives.</summary>
    public IWorkerApi Api { get; }

    /// <param name="api">The Api that answers.</param>
    /// <param name="state">The worker's folder.</param>
    /// <param name="work">What the handler does.</param>
    /// <param name="slots">How many operations run at once.</param>
    /// <param name="away">A replica of the Api that is named first and does not answer.</param>
    public static async Task<TestWorker> StartAsync(ApiStub api, string state, Func<OperationContext, Task<OperationOutcome>> work, int slots = 1, Uri? away = null)
    {
        Directory.CreateDirectory(state);
        var joinToken = Path.Combine(state, "join.token");
        await File.WriteAllTextAsync(joinToken, JoinToken);
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddWorkerHost(
            new WorkerOptions
            {
                WorkerId = "worker-1",
                Kinds = [WorkerKinds.Training],
                Port = 0,
                Slots = slots,
                ApiUrls = away is null ? [api.Url] : [away, api.Url],
                State = state,
                Cache = Path.Combine(state, "cache"),
                JoinTokenFile = joinToken,
            },
            "test-engine");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new ScriptedWork(work));
        builder.Services.AddOperationHandler<ScriptedHandler>(OperationTypes.Training);
        var app = builder.Build();
        app.MapWorkerEndpoints();
        await app.StartAsync();
        return new TestWorker(app, api.Secret);
    }

    public static OperationDispatch Dispatch(string id, int attempt = 1, CheckpointReference? checkpoint = null, string? traceParent = null) => new()
    {
        OperationId = id,
        Type = OperationTypes.Training,
        Attempt = attempt,
        AttemptToken = $"token-{id}-{attempt}",
        Request = KtrdrJson.ToElement(new { word = "hello" }),
        Checkpoint = checkpoint,
        TraceParent = traceParent,
    };

    /// <summary>As SIGTERM does.</summary>
    public Task LeaveAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public sealed record ScriptedWork(Func<OperationContext, Task<OperationOutcome>> Work);

    public sealed class ScriptedHandler(ScriptedWork script) : IOperationHandler
    {
        public Task<OperationOutcome> RunAsync(OperationContext context) => script.Work(context);
    }
}
