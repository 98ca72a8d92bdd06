using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ktrdr.Tests.WorkerHost;

/// <summary>One call that a worker made.</summary>
internal sealed record RecordedCall(string Method, string Path, string? Bearer, string? AttemptToken, byte[] Body)
{
    public T Read<T>() => JsonSerializer.Deserialize<T>(Body, KtrdrJson.Options)!;

    public bool Is(string report, string operationId, int attempt = 1) => Path == $"/api/v1/operations/{operationId}/attempts/{attempt}/{report}";
}

/// <summary>The Api's side of a worker's conversation, on a real port: records what was said and answers what the test wants.</summary>
internal sealed class ApiStub : IAsyncDisposable
{
    private WebApplication? _app;

    public Uri Url { get; private set; } = new("http://127.0.0.1:0");

    public ConcurrentQueue<RecordedCall> Calls { get; } = new();

    public ConcurrentDictionary<string, byte[]> Artifacts { get; } = new();

    public HeartbeatAnswer Answer { get; set; } = new([], [], false);

    public IReadOnlyList<AttemptReference> StopAtRegistration { get; set; } = [];

    public string Secret { get; set; } = "first-secret";

    /// <summary>Gives a refusal for a call, or null to answer as usual.</summary>
    public Func<RecordedCall, (int Status, string Code)?> Refuse { get; set; } = _ => null;

    public IEnumerable<RecordedCall> Registrations => Calls.Where(c => c.Path == "/api/v1/workers/register");

    public IEnumerable<WorkerHeartbeat> Heartbeats => Calls.Where(c => c.Path.EndsWith("/heartbeat", StringComparison.Ordinal)).Select(c => c.Read<WorkerHeartbeat>());

    public static async Task<ApiStub> StartAsync()
    {
        var stub = new ApiStub();
        await stub.OpenAsync();
        return stub;
    }

    /// <summary>Listens, after a <see cref="CloseAsync"/> on the same port again.</summary>
    public async Task OpenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Url.Port}");
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        Url = new Uri(_app.Urls.Single());
    }

    public async Task CloseAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            using var now = new CancellationTokenSource(TimeSpan.Zero);
            await app.StopAsync(now.Token);
            await app.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => new(CloseAsync());

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var bearer = context.Request.Headers.Authorization.ToString() is { Length: > 0 } header ? header["Bearer ".Length..] : null;
        var call = new RecordedCall(context.Request.Method, context.Request.Path, bearer, context.Request.Headers["Ktrdr-Attempt-Token"], body.ToArray());
        Calls.Enqueue(call);
        if (Refuse(call) is var (status, code))
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsJsonAsync(new ApiProblem($"refused with {code}", status, code), KtrdrJson.Options);
            return;
        }

        object? answer = call switch
        {
            { Path: "/api/v1/workers/register" } => new WorkerRegistered(call.Read<WorkerRegistration>().WorkerId, Secret, 0.05, StopAtRegistration),
            { Path: var path } when path.EndsWith("/heartbeat", StringComparison.Ordinal) => Answer,
            { Method: "PUT", Path: var path } when path.StartsWith("/api/v1/artifacts/", StringComparison.Ordinal) => Store(path["/api/v1/artifacts/".Length..], call.Body),
            _ => null,
        };
        if (call.Method == "GET" && call.Path.StartsWith("/api/v1/artifacts/", StringComparison.Ordinal))
        {
            if (Artifacts.TryGetValue(call.Path["/api/v1/artifacts/".Length..], out var bytes))
            {
                await context.Response.Body.WriteAsync(bytes);
            }
            else
            {
                context.Response.StatusCode = 404;
            }
        }
        else if (answer is not null)
        {
            await context.Response.WriteAsJsonAsync(answer, answer.GetType(), KtrdrJson.Options);
        }
    }

    private ArtifactStored Store(string sha256, byte[] bytes)
    {
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Artifacts[sha256] = bytes;
        return new ArtifactStored(sha256, bytes.Length);
    }
}
