using System.Collections.Concurrent;
using System.Diagnostics;
using Ktrdr.ServiceDefaults.Telemetry;
using Ktrdr.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.ServiceDefaults;

/// <summary>Which spans of a service reach its own store. Every service of the process hears all spans, so each test knows its own by their names.</summary>
public sealed class SpanTests : IAsyncLifetime
{
    private readonly string _word = Guid.NewGuid().ToString("N");
    private readonly KeptSpans _kept = new();
    private readonly ActivitySource _source = KtrdrTelemetry.Source("Tests");
    private RunningService _service = null!;

    public async Task InitializeAsync()
    {
        _service = await RunningService.StartAsync(
            services => services.AddSingleton<ISpanStore>(_kept),
            app => app.MapGet($"/{_word}/{{id}}", (string id) =>
            {
                using var work = _source.StartActivity($"work {_word}");
                return id;
            }));
    }

    public async Task DisposeAsync()
    {
        _source.Dispose();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Request_UnderATrace_IsKeptByItsRouteWithWhatItDid()
    {
        using var root = _source.StartActivity($"root {_word}")!;
        using (await _service.Client.GetAsync($"/{_word}/7?key=a-secret"))
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
        // Whoever probes and scrapes hands no trace over, which would decide for the service.
        using var outsider = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = _service.Client.BaseAddress };
        foreach (var path in (string[])["/health", "/ready", "/metrics", "/api/v1/prometheus/targets", "/api/v1/telemetry/spans"])
        {
            using var answer = await outsider.GetAsync(path);
        }

        using (await _service.Client.GetAsync($"/{_word}/8"))
        {
        }

        using (_source.StartActivity($"last {_word}"))
        {
        }

        await Eventually.TrueAsync(() => _kept.Spans.Any(s => s.Name == $"last {_word}"), "the span that came after them");
        Assert.DoesNotContain(_kept.Spans, s => s.Name.Contains(_word, StringComparison.Ordinal) && s.Name != $"last {_word}");
        Assert.DoesNotContain(_kept.Spans, s => s.Attributes.Values.Any(v => v.Contains($":{_service.Client.BaseAddress!.Port}/", StringComparison.Ordinal)));
        Assert.DoesNotContain(_kept.Spans, s => s.Attributes.GetValueOrDefault("server.port") == $"{_service.Client.BaseAddress!.Port}");
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
