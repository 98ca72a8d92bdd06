using System.Text;
using Ktrdr.Api.Security;

namespace Ktrdr.Api.Operations;

/// <summary>Server-sent events of one operation. They are read from the database, so any replica serves them.</summary>
internal static class OperationStream
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public static async Task StreamOneAsync(string id, HttpContext context, IServiceScopeFactory scopes, OperationSignals signals, OperationStore store, CancellationToken cancellationToken)
    {
        await store.RequireAsync(id, cancellationToken);
        var caller = Caller.Of(context);
        using var changes = signals.Subscribe(id);
        await SendAsync(
            context,
            "operation",
            async () =>
            {
                // A scope per look: a stream that lives for hours must not hold a pooled context.
                await using var scope = scopes.CreateAsyncScope();
                var row = await scope.ServiceProvider.GetRequiredService<OperationStore>().RequireAsync(id, cancellationToken);
                var operation = await scope.ServiceProvider.GetRequiredService<OperationReader>().DescribeAsync(row, caller, cancellationToken);
                return (Json.Write(operation with { LeaseExpiresAt = null }), operation.IsFinished);
            },
            wait => changes.WaitAsync(wait, cancellationToken),
            cancellationToken);
    }

    /// <summary>Sends what <paramref name="look"/> sees whenever it differs from what was sent last, until it says that it is the last.</summary>
    public static async Task SendAsync(
        HttpContext context, string name, Func<Task<(string Data, bool Last)>> look, Func<TimeSpan, Task> wait, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var sent = "";
        var sentAt = Environment.TickCount64;
        while (!cancellationToken.IsCancellationRequested)
        {
            var (data, last) = await look();
            if (data != sent)
            {
                await WriteAsync($"event: {name}\ndata: {data}\n\n");
                sent = data;
            }
            else if (Environment.TickCount64 - sentAt > Silence.TotalMilliseconds)
            {
                await WriteAsync(": still here\n\n");
            }

            if (last)
            {
                return;
            }

            await wait(Look);
        }

        async Task WriteAsync(string text)
        {
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
            await context.Response.Body.FlushAsync(cancellationToken);
            sentAt = Environment.TickCount64;
        }
    }
}
