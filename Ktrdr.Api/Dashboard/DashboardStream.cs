using System.Text;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Security;

namespace Ktrdr.Api.Dashboard;

/// <summary>The page's server-sent events: <c>workers</c>, <c>operations</c> and <c>campaigns</c>, each whole and only when it differs from what was sent last.</summary>
internal static class DashboardStream
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(250);

    /// <summary>After this long without news the stream says that it lives; the page takes three times as much silence for a lost connection.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    public static async Task SendAsync(HttpContext context, IServiceScopeFactory scopes, OperationSignals signals, IHostApplicationLifetime lifetime, CancellationToken aborted)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        using var changes = signals.Subscribe();
        var caller = Caller.Of(context);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var sent = new Dictionary<string, string>();
        var sentAt = Environment.TickCount64;
        try
        {
            while (true)
            {
                // A scope per look: a stream that lives for hours must not hold a pooled context.
                DashboardView view;
                await using (var scope = scopes.CreateAsyncScope())
                {
                    view = await scope.ServiceProvider.GetRequiredService<DashboardReader>().ReadAsync(caller, ends.Token);
                }

                var news = new StringBuilder();
                Append("workers", Json.Write(view.Workers));
                Append("operations", Json.Write(view.Operations));
                Append("campaigns", Json.Write(view.Campaigns));
                if (news.Length == 0 && Environment.TickCount64 - sentAt >= Silence.TotalMilliseconds)
                {
                    news.Append("event: beat\ndata: {}\n\n");
                }

                if (news.Length > 0)
                {
                    await context.Response.WriteAsync(news.ToString(), ends.Token);
                    await context.Response.Body.FlushAsync(ends.Token);
                    sentAt = Environment.TickCount64;
                }

                // Bursts of changes become one look.
                await changes.WaitAsync(Look, ends.Token);
                await Task.Delay(Burst, ends.Token);

                void Append(string name, string data)
                {
                    if (sent.GetValueOrDefault(name) != data)
                    {
                        news.Append("event: ").Append(name).Append("\ndata: ").Append(data).Append("\n\n");
                        sent[name] = data;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            // The Api stops: the stream ends in order, and the page connects again by itself.
        }
    }
}
