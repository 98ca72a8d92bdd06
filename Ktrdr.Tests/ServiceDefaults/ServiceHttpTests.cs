using System.Net;
using System.Net.Sockets;
using System.Text;
using Ktrdr.Contracts.Client;
using Ktrdr.ServiceDefaults;
using Ktrdr.ServiceDefaults.Http;
using Ktrdr.Tests.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.ServiceDefaults;

/// <summary>How a service's clients send, over a real server: what is repeated, whom they ask, how long they wait. The same in both editions.</summary>
public sealed class ServiceHttpTests : IAsyncLifetime
{
    private EchoServer _server = null!;
    private string? _token;

    public async Task InitializeAsync() => _server = await EchoServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Send_ReadingAndNoAnswerAtFirst_AsksAgain(string method)
    {
        await using var app = Build([_server.Url]);
        _server.Unavailable = 2;

        using var answer = await Client(app).SendAsync(new HttpRequestMessage(new HttpMethod(method), "/x"));

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(3, _server.Requests.Count);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task Send_ChangingWithoutKeyAndNoAnswer_IsSentOnce(string method)
    {
        await using var app = Build([_server.Url]);
        _server.Unavailable = 1;

        using var answer = await Client(app).SendAsync(new HttpRequestMessage(new HttpMethod(method), "/x") { Content = new StringContent("body") });

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Send_ChangingWithKeyAndNoAnswerAtFirst_SendsTheSameAgain(string method)
    {
        await using var app = Build([_server.Url]);
        _server.Unavailable = 2;

        using var answer = await Client(app).SendAsync(new HttpRequestMessage(new HttpMethod(method), "/x") { Content = new StringContent("body"), Headers = { { Repetition.IdempotencyKey, "k" } } });

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(["body k", "body k", "body k"], _server.Requests.Select(r => $"{Encoding.UTF8.GetString(r.Body)} {r.Headers[Repetition.IdempotencyKey]}"));
    }

    [Fact]
    public async Task Send_StreamWithKeyAndNoAnswer_IsSentOnce()
    {
        await using var app = Build([_server.Url]);
        _server.Unavailable = 1;

        using var answer = await Client(app).SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/x") { Content = new StreamContent(new MemoryStream([1, 2])), Headers = { { Repetition.IdempotencyKey, "k" } } });

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task Get_AnAnswerOfTheService_IsNotAskedAgain(int status)
    {
        await using var app = Build([_server.Url]);
        _server.Status = status;

        using var answer = await Client(app).GetAsync("/x");

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Get_ReplicaAway_AsksTheNextOneAndStaysThere()
    {
        await using var away = await EchoServer.StartAsync();
        await using var app = Build([away.Url, _server.Url]);
        await away.DisposeAsync();

        using var first = await Client(app).GetAsync("/x?y=1");
        using var second = await Client(app).PostAsync("/z", null);

        Assert.Equal([("GET", "/x?y=1"), ("POST", "/z")], _server.Requests.Select(r => (r.Method, r.Target)));
    }

    [Fact]
    public async Task Get_ReplicaTakesTheConnectionAndNeverAnswers_TheNextCallAsksTheNextOne()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var app = Build([new Uri($"http://{silent.LocalEndpoint}"), _server.Url]);
        using (var hasty = Client(app))
        {
            hasty.Timeout = TimeSpan.FromMilliseconds(300);
            await Assert.ThrowsAsync<TaskCanceledException>(() => hasty.GetAsync("/x"));
        }

        using var answer = await Client(app).GetAsync("/y");

        Assert.Equal("/y", Assert.Single(_server.Requests).Target);
    }

    [Fact]
    public async Task Get_TokenChanges_SendsTheOneThatHolds()
    {
        await using var app = Build([_server.Url]);
        foreach (var token in (string?[])[null, "first", "second"])
        {
            _token = token;
            using var answer = await Client(app).GetAsync("/x");
        }

        Assert.Equal(["", "Bearer first", "Bearer second"], _server.Requests.Select(r => r.Headers.GetValueOrDefault("Authorization", "")));
    }

    [Fact]
    public async Task Transports_TwoConnections_SendTheirOwnTokensAndOutliveEachOther()
    {
        await using var app = Build([_server.Url]);
        var transports = app.Services.GetRequiredService<ServiceTransports>();
        _server.Body = "[]";
        _server.Unavailable = 1;
        using var second = new RestConnection(_server.Url, transports.Create(), ServiceHttp.Timeout, "second");
        using (var first = new RestConnection(_server.Url, transports.Create(), ServiceHttp.Timeout, "first"))
        {
            await first.Of<IWorkerApi>().ListOperationsAsync();
        }

        await second.Of<IWorkerApi>().ListOperationsAsync();

        Assert.Equal(["Bearer first", "Bearer first", "Bearer second"], _server.Requests.Select(r => r.Headers["Authorization"]));
    }

    [Fact]
    public async Task Client_WithoutALimitOfItsOwn_MayWaitForMinutes()
    {
        await using var app = Build([_server.Url]);
        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("of-a-model");

        Assert.True(client.Timeout == Timeout.InfiniteTimeSpan || client.Timeout >= TimeSpan.FromMinutes(5), $"waits for {client.Timeout}");
    }

    private static HttpClient Client(WebApplication app) => app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("test");

    private WebApplication Build(Uri[] addresses)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults("test");
        builder.Services.AddHttpClient("test", client => client.BaseAddress = addresses[0]).SendToService(addresses, _ => () => _token);
        return builder.Build();
    }
}
