using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Xunit;

namespace Ktrdr.Tests.Contracts;

/// <summary>What the client interfaces send and understand, over a real server: the same tests hold for whatever realises the interfaces.</summary>
public class ClientTests : IAsyncLifetime
{
    private EchoServer _server = null!;
    private IDisposable _connection = null!;
    private IKtrdrApi _api = null!;

    private protected EchoServer Server => _server;

    private protected IKtrdrApi Api => _api;

    public async Task InitializeAsync()
    {
        _server = await EchoServer.StartAsync();
        (_api, _connection) = Connect(_server.Url);
    }

    public async Task DisposeAsync()
    {
        _connection.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a/b c?d#e", "a%2Fb%20c%3Fd%23e")]
    [InlineData("50% ü", "50%25%20%C3%BC")]
    public async Task Get_PathPlace_IsEscaped(string name, string escaped)
    {
        _server.Body = "[]";

        await _api.ListStrategyVersionsAsync(name);

        Assert.Equal($"/api/v1/strategies/{escaped}/versions", Single().Target);
    }

    [Fact]
    public async Task Get_NullQueryValues_AreLeftOut()
    {
        _server.Body = """{"items":[],"next":null}""";

        await _api.ListOperationsAsync(type: "training", limit: 5);

        Assert.Equal("/api/v1/operations?type=training&limit=5", Single().Target);
    }

    [Fact]
    public async Task Get_AliasDateAndSpecialCharacters_AreWrittenAsTheApiReadsThem()
    {
        _server.Body = """{"items":[]}""";

        await _api.ListOperationsAsync(campaignId: "a&b=c", since: new DateTimeOffset(2024, 1, 2, 5, 4, 5, TimeSpan.FromHours(2)));

        Assert.Equal("/api/v1/operations?campaign=a%26b%3Dc&since=2024-01-02T03%3A04%3A05.0000000%2B00%3A00", Single().Target);
    }

    [Fact]
    public async Task Get_PathWithFixedQuery_AppendsWithAmpersand()
    {
        using var answer = await _api.GetBarsBinaryAsync("EURUSD", "1h", "abc");

        Assert.Equal("/api/v1/data/EURUSD/1h?format=binary&version=abc", Single().Target);
    }

    [Fact]
    public async Task Post_Body_IsSnakeCaseJson()
    {
        _server.Body = """{"operation_id":"op_1","status":"queued"}""";

        var accepted = await _api.ImportDataAsync(new ImportRequest { Sha256 = "aa", FileName = "f.csv", Symbol = "EURUSD", Timeframe = "1h" }, "my-key");

        var request = Single();
        Assert.Equal("POST", request.Method);
        Assert.StartsWith("application/json", request.ContentType, StringComparison.Ordinal);
        Assert.Equal("my-key", request.Headers["Idempotency-Key"]);
        using var json = JsonDocument.Parse(request.Body);
        Assert.Equal("f.csv", json.RootElement.GetProperty("file_name").GetString());
        Assert.Equal(new OperationAccepted("op_1", OperationStatus.Queued), accepted);
    }

    [Fact]
    public async Task Post_NullHeader_IsLeftOut()
    {
        _server.Body = """{"operation_id":"op_1","status":"queued"}""";

        await _api.GenerateDataAsync(new GenerateRequest());

        Assert.False(Single().Headers.ContainsKey("Idempotency-Key"));
    }

    [Fact]
    public async Task Put_Stream_IsSentAsItIs()
    {
        _server.Body = """{"sha256":"aa","bytes":3}""";
        using var content = new MemoryStream([1, 2, 3]);

        var stored = await _api.PutArtifactAsync("aa", content);

        Assert.Equal([1, 2, 3], Single().Body);
        Assert.Equal("application/octet-stream", Single().ContentType);
        Assert.Equal(new ArtifactStored("aa", 3), stored);
    }

    [Fact]
    public async Task Get_Response_GivesTheBodyUnread()
    {
        _server.ContentType = "application/octet-stream";
        _server.Body = "raw";

        using var answer = await _api.GetArtifactAsync("aa");

        Assert.Equal("raw", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Call_ProblemJson_BecomesItsException()
    {
        _server.Status = 422;
        _server.ContentType = "application/problem+json";
        _server.Body = """{"title":"epochs is 0; allowed: 1 or more.","status":422,"code":"invalid_field","field":"epochs","allowed":"1 or more","trace_id":"t"}""";

        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => _api.SaveStrategyAsync(new StrategyDocumentRequest("name: x")));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal("epochs is 0; allowed: 1 or more.", refused.Message);
        Assert.Equal(("invalid_field", "epochs", "1 or more", "t"), (refused.Code, refused.Problem.Field, refused.Problem.Allowed, refused.Problem.TraceId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>gateway</html>")]
    [InlineData("{}")]
    public async Task Call_RefusalOfSomebodyElse_SaysStatusAndAddress(string body)
    {
        _server.Status = 502;
        _server.Body = body;

        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => _api.GetVersionAsync());

        Assert.Equal(HttpStatusCode.BadGateway, refused.Status);
        Assert.Contains("/api/v1/version answered 502", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_NobodyListens_IsUnavailable()
    {
        var (api, connection) = Connect(new Uri($"http://127.0.0.1:{FreePort()}"));
        using var _ = connection;

        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => api.GetVersionAsync());

        Assert.Null(refused.Status);
        Assert.Equal(ErrorCodes.Unavailable, refused.Code);
        Assert.StartsWith("No answer from http://127.0.0.1:", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_Cancelled_IsACancellation()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _api.GetVersionAsync(cancelled.Token));
    }

    [Fact]
    public async Task Delete_QueryReason_IsEscaped()
    {
        _server.Body = """{"id":"op_1","type":"training","status":"cancelled","request":{}}""";

        var operation = await _api.CancelOperationAsync("op_1", "no longer needed");

        Assert.Equal(("DELETE", "/api/v1/operations/op_1?reason=no%20longer%20needed"), (Single().Method, Single().Target));
        Assert.Equal(OperationStatus.Cancelled, operation.Status);
    }

    /// <summary>A client, and what to dispose when it is needed no more.</summary>
    private protected virtual (IKtrdrApi Api, IDisposable Connection) Connect(Uri service)
    {
        var connection = new RestConnection(service, new SocketsHttpHandler(), TimeSpan.FromSeconds(30));
        return (connection.Of<IKtrdrApi>(), connection);
    }

    private WireRequest Single() => Assert.Single(_server.Requests);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
