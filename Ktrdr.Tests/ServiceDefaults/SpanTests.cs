using System.Collections.Concurrent;
using System.Diagnostics;
using Ktrdr.ServiceDefaults;
using Ktrdr.ServiceDefaults.Telemetry;
using Ktrdr.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ktrdr.Tests.ServiceDefaults;

/// <summary>Which spans of a service reach its own store. Every service of the process hears all spans, so each test knows its own by their names.</summary>
public sealed class SpanTests : IAsyncLifetime
{
    private readonly string _word = Guid.NewGuid().ToString("N");
    private readonly KeptSpans _kept = new();
    private readonly ActivitySource _source = KtrdrTelemetry.Source("Tests");
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults("test");
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<ISpanStore>(_kept);
        _app = builder.Build();
        _app.MapServiceDefaults();
        _app.MapGet($"/{_word}/{{id}}", (string id) =>
        {
            using var work = _source.StartActivity($"work {_word}");
            return id;
        });
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        _source.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Request_UnderATrace_IsKeptByItsRouteWithWhatItDid()
    {
        using var root = _source.StartActivity($"root {_word}")!;
        using (await _client.GetAsync($"/{_word}/7?key=a-secret"))
        {
        }

        var server = await Eventually.GetAsync(() => _kept.Spans.FirstOrDefault(s => s.Name == $"GET /{_word}/{{id}}"), "the request's span");
        var work = await Eventually.GetAsync(() => _kept.Spans.FirstOrDefault(s => s.Name == $"work {_word}"), "the span of its work");
        Assert.Equal(root.TraceId.ToHexString(), server.TraceId);
        Assert.Equal((server.TraceId, server.SpanId), (work.TraceId, work.ParentSpanId));
        Assert.Equal(("test", "200", $"/{_word}/{{id}}"), (server.Service, server.Attributes["http.response.status_code"], server.Attributes["http.route"]));
        Assert.DoesNotContain(server.Attributes.Values, value => value.Contains("a-secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Probes_AndTracesThatBeginWithACall_AreNotKept()
    {
        foreach (var path in (string[])["/health", "/ready", "/metrics", $"/{_word}/8"])
        {
            using var answer = await _client.GetAsync(path);
        }

        using (_source.StartActivity($"last {_word}"))
        {
        }

        await Eventually.TrueAsync(() => _kept.Spans.Any(s => s.Name == $"last {_word}"), "the span that came after them");
        Assert.DoesNotContain(_kept.Spans, s => s.Name.Contains(_word, StringComparison.Ordinal) && s.Name != $"last {_word}");
        Assert.DoesNotContain(_kept.Spans, s => s.Attributes.Values.Any(v => v.Contains($":{_client.BaseAddress!.Port}/", StringComparison.Ordinal)));
    }

    private sealed class KeptSpans : ISpanStore
    {
        public ConcurrentQueue<FinishedSpan> Spans { get; } = new();

        public Task StoreAsync(IReadOnlyList<FinishedSpan> spans, CancellationToken cancellationToken)
        {
            foreach (var span in spans)
            {
                Spans.Enqueue(span);
            }

            return Task.CompletedTask;
        }
    }
}
