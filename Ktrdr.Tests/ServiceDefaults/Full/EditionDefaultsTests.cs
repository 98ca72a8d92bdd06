using System.Net;
using System.Net.Sockets;
using Ktrdr.ServiceDefaults;
using Ktrdr.ServiceDefaults.Http;
using Ktrdr.ServiceDefaults.Telemetry;
using Ktrdr.Tests.Contracts;
using Ktrdr.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;
using Xunit;

namespace Ktrdr.Tests.ServiceDefaults.Full;

/// <summary>What only this edition's services have.</summary>
public sealed class EditionDefaultsTests
{
    [Fact]
    public void Edition_IsFull() => Assert.Equal("full", ServiceSetup.Edition);

    [Fact]
    public async Task Resilience_Limits_LetALanguageModelThink()
    {
        await using var app = Build();

        var limits = Limits(app);

        Assert.True(limits.AttemptTimeout.Timeout >= TimeSpan.FromMinutes(5), $"an attempt ends after {limits.AttemptTimeout.Timeout}");
        Assert.True(limits.TotalRequestTimeout.Timeout >= limits.AttemptTimeout.Timeout);
    }

    [Fact]
    public async Task Resilience_LimitFromTheEnvironment_EndsACallAsOneWithoutAnAnswer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var app = Build(("HttpResilience:AttemptTimeout:Timeout", "00:00:00.200"));

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => Client(app, "test").PostAsync($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/x", null));

        Assert.Equal(TimeSpan.FromMilliseconds(200), Limits(app).AttemptTimeout.Timeout);
        Assert.Contains("timeout", failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Resilience_AnAddressLongWithoutAnswers_IsSparedWithoutHarmToOthers()
    {
        await using var server = await EchoServer.StartAsync();
        await using var away = await EchoServer.StartAsync();
        var gone = new Uri(away.Url, "/x");
        await away.DisposeAsync();
        await using var app = Build();
        var client = Client(app, "test");

        HttpRequestException failure;
        var calls = 0;
        do
        {
            failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync(gone, null));
        }
        while (failure.InnerException is not BrokenCircuitException && ++calls < 1000);

        Assert.InRange(calls, 100, 999);
        using var answer = await client.PostAsync(new Uri(server.Url, "/x"), null);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Discovery_ServiceNamedInTheEnvironment_IsFound()
    {
        await using var server = await EchoServer.StartAsync();
        await using var app = Build(("services:api:http:0", server.Url.ToString()));

        using var answer = await Client(app, "test").GetAsync("http://api/x");

        Assert.Equal("/x", Assert.Single(server.Requests).Target);
    }

    [Theory]
    [InlineData("/alive")]
    [InlineData("/health/checks")]
    public async Task Checks_OfARunningService_AnswerBesideOurOwn(string path)
    {
        await using var app = Build();
        app.MapServiceDefaults();
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal("Healthy", await client.GetStringAsync(path));
        Assert.Contains("\"status\":\"healthy\"", await client.GetStringAsync("/health"), StringComparison.Ordinal);
        Assert.Contains("\"status\":\"ready\"", await client.GetStringAsync("/ready"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Telemetry_CollectorInTheEnvironment_GetsTracesMetricsAndLogs()
    {
        await using var collector = await EchoServer.StartAsync();
        await using var app = Build(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url.ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"), ("OTEL_BLRP_SCHEDULE_DELAY", "50"), ("OTEL_METRIC_EXPORT_INTERVAL", "50"));
        app.MapServiceDefaults();
        await app.StartAsync();
        using var source = KtrdrTelemetry.Source("Tests");
        using (source.StartActivity("work"))
        {
        }

        foreach (var target in (string[])["/v1/traces", "/v1/metrics", "/v1/logs"])
        {
            await Eventually.TrueAsync(() => collector.Requests.Any(r => r.Target == target && r.Body.AsSpan().IndexOf("ktrdr-test"u8) >= 0), $"{target} of this service");
        }
    }

    private static HttpStandardResilienceOptions Limits(WebApplication app) => app.Services.GetRequiredService<IOptionsMonitor<HttpStandardResilienceOptions>>().Get("-standard");

    private static HttpClient Client(WebApplication app, string name) => app.Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    private static WebApplication Build(params (string Key, string Value)[] environment)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(environment.Select(e => KeyValuePair.Create<string, string?>(e.Key, e.Value)));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults("test");
        builder.Services.AddHttpClient("test").SendToService([new Uri("http://127.0.0.1")], _ => () => null);
        return builder.Build();
    }
}
