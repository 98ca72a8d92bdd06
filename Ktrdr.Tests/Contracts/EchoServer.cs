using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Ktrdr.Tests.Contracts;

/// <summary>One request as it came over the wire.</summary>
internal sealed record WireRequest(string Method, string Target, string? ContentType, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>A real server that keeps what it was asked and answers what it was told.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _unavailable;

    private EchoServer(WebApplication app) => _app = app;

    public ConcurrentQueue<WireRequest> Requests { get; } = new();

    /// <summary>So many calls are answered as a gateway does whose service is away.</summary>
    public int Unavailable
    {
        get => Volatile.Read(ref _unavailable);
        set => Volatile.Write(ref _unavailable, value);
    }

    public int Status { get; set; } = 200;

    public string ContentType { get; set; } = "application/json";

    public string Body { get; set; } = "null";

    public Uri Url => new(_app.Urls.Single());

    public static async Task<EchoServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new EchoServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Requests.Enqueue(new WireRequest(context.Request.Method, target, context.Request.ContentType, headers, body.ToArray()));
        if (Interlocked.Decrement(ref _unavailable) >= 0)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        context.Response.StatusCode = Status;
        context.Response.ContentType = ContentType;
        await context.Response.WriteAsync(Body);
    }
}
