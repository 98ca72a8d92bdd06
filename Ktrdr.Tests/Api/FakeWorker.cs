using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Contracts.Workers;
using Ktrdr.Engine.MarketData;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ktrdr.Tests.Api;

/// <summary>A worker by the contract alone: it keeps what it was sent, and the test decides what becomes of it.</summary>
internal sealed class FakeWorker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private ApiReplica _api;
    private readonly ConcurrentQueue<OperationDispatch> _dispatches = new();

    private FakeWorker(string id, ApiReplica api)
    {
        (Id, _api) = (id, api);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.ConfigureHttpJsonOptions(o => KtrdrJson.Configure(o.SerializerOptions));
        _app = builder.Build();
        foreach (var route in new[] { "/training/start", "/training/resume", "/backtests/start", "/backtests/resume", "/operations/start", "/operations/resume" })
        {
            _app.MapPost(route, async (OperationDispatch dispatch, HttpContext context) =>
            {
                if (context.Request.Headers.Authorization != $"Bearer {Secret}")
                {
                    return Results.StatusCode(401);
                }

                await Answer;
                if (Refuse is not null)
                {
                    return Results.Ok(new DispatchAnswer(dispatch.OperationId, dispatch.Attempt, false, Refuse));
                }

                if (StartAtOnce)
                {
                    await Reports.ReportStartedAsync(dispatch.OperationId, dispatch.Attempt, dispatch.AttemptToken, new StartedReport());
                }

                _dispatches.Enqueue(dispatch);
                Received.Enqueue(dispatch);
                return Results.Ok(new DispatchAnswer(dispatch.OperationId, dispatch.Attempt, true));
            });
        }

        _app.MapGet("/api/v1/operations/{id}", (string id) =>
        {
            Interlocked.Increment(ref _pulls);
            var dispatch = _dispatches.Last(d => d.OperationId == id);
            return new WorkerOperation(id, dispatch.Attempt, dispatch.Type, "running") { Progress = new OperationProgress(42, "pulled") };
        });
        _app.MapDelete("/api/v1/operations/{id}/cancel", (string id) =>
        {
            Cancelled.Enqueue(id);
            return Results.NoContent();
        });
    }

    private int _pulls;

    public string Id { get; }

    public string Secret { get; private set; } = "";

    public string? Refuse { get; set; }

    /// <summary>Dispatches are answered after this.</summary>
    public Task Answer { get; set; } = Task.CompletedTask;

    public bool StartAtOnce { get; set; } = true;

    public int Pulls => _pulls;

    public string Url { get; private set; } = "";

    public ConcurrentQueue<OperationDispatch> Received { get; } = new();

    public ConcurrentQueue<string> Cancelled { get; } = new();

    /// <summary>The Api as this worker calls it.</summary>
    public IKtrdrApi Reports { get; private set; } = null!;

    public static async Task<FakeWorker> StartAsync(ApiReplica api, string id, string[] kinds, int slots = 1, WorkerCapabilities? capabilities = null)
    {
        var worker = new FakeWorker(id, api);
        await worker._app.StartAsync();
        worker.Url = worker._app.Urls.Single();
        await worker.RegisterAsync(kinds, slots, api.As(SandboxSecrets.JoinToken), capabilities: capabilities);
        return worker;
    }

    public async Task<WorkerRegistered> RegisterAsync(string[] kinds, int slots, IKtrdrApi by, IReadOnlyList<AttemptReference>? running = null, WorkerCapabilities? capabilities = null)
    {
        var answer = await by.RegisterWorkerAsync(new WorkerRegistration
        {
            WorkerId = Id,
            EndpointUrl = Url,
            Kinds = kinds,
            Slots = slots,
            Running = running ?? [],
            Capabilities = capabilities ?? new WorkerCapabilities(),
        });
        Secret = answer.Secret;
        Reports = _api.WithToken(Secret);
        return answer;
    }

    /// <summary>Goes on with another replica, with the secret it has.</summary>
    public void MoveTo(ApiReplica api)
    {
        _api = api;
        Reports = api.WithToken(Secret);
    }

    /// <summary>Gone from one moment to the next, without a word to anyone.</summary>
    public Task KillAsync() => _app.StopAsync();

    public async Task<OperationDispatch> NextAsync()
    {
        OperationDispatch? dispatch = null;
        await ApiFixture.UntilAsync(() => Task.FromResult(Received.TryDequeue(out dispatch)), $"a dispatch to {Id}");
        Assert.NotNull(dispatch);
        return dispatch;
    }

    public Task<HeartbeatAnswer> BeatAsync(params OperationDispatch[] running)
        => Reports.HeartbeatAsync(Id, new WorkerHeartbeat { Running = [.. running.Select(r => new RunningAttempt(r.OperationId, r.Attempt) { Progress = new OperationProgress(10, "beating") })] });

    /// <summary>Stores a file under the hash that is returned.</summary>
    public async Task<string> PutAsync(byte[] bytes)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await Reports.PutArtifactAsync(sha256, new MemoryStream(bytes));
        return sha256;
    }

    /// <summary>Reports bars as the result of a data load; what it says of them besides is wrong, which the Api must not take over.</summary>
    public async Task FinishLoadAsync(OperationDispatch dispatch, BarSeries bars)
    {
        var said = new DatasetVersion
        {
            Id = "said by the worker",
            Symbol = bars.Symbol,
            Timeframe = bars.Timeframe.Name,
            Bars = 1,
            FirstTime = default,
            LastTime = default,
            SealedFrom = default,
            UnsealedBars = 1,
            Windows = [],
            Source = "generator",
        };
        await FinishAsync(dispatch, new DataLoadResult(said, await PutAsync(bars.ToBytes())));
    }

    /// <summary>Reports a result under its own hash.</summary>
    public async Task FinishAsync<T>(OperationDispatch dispatch, T result)
    {
        var json = KtrdrJson.ToElement(result);
        await Reports.ReportResultAsync(dispatch.OperationId, dispatch.Attempt, dispatch.AttemptToken, new ResultReport(json) { ResultHash = HashOf(json) });
    }

    public static string HashOf(JsonElement result) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(result.GetRawText())));

    /// <summary>Takes no more and is gone; what it runs stays with it until the lease ends.</summary>
    public async Task LeaveAsync()
    {
        await _api.Admin.DrainWorkerAsync(Id);
        await _app.StopAsync();
    }

    /// <summary>Leaves nothing behind: later tests of the class are not given to it, and what a test that failed did not finish is not given to them.</summary>
    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        foreach (var held in _dispatches.GroupBy(d => d.OperationId).Select(attempts => attempts.Last()))
        {
            var operation = await _api.Admin.GetOperationAsync(held.OperationId);
            var whole = operation.ParentId is null ? operation : await _api.Admin.GetOperationAsync(operation.ParentId);
            if (!whole.IsFinished)
            {
                await _api.Admin.CancelOperationAsync(whole.Id, "the test is over");
                operation = await _api.Admin.GetOperationAsync(held.OperationId);
            }

            if (operation.Status == OperationStatus.Cancelling)
            {
                await Reports.ReportCancelledAsync(held.OperationId, held.Attempt, held.AttemptToken, new CancelledReport());
            }
        }

        await _app.DisposeAsync();
    }
}
