using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.ServiceDefaults;
using Ktrdr.Tests.Contracts;
using Ktrdr.WorkerHost.Registration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.WorkerHost;

/// <summary>The client that a worker's container gives sends and understands the same as one made by hand, and repeats what is harmless.</summary>
public sealed class RegisteredClientTests : ClientTests
{
    [Fact]
    public async Task Post_WithKeyAndNoAnswerAtFirst_IsSentAgainAsItWas()
    {
        Server.Unavailable = 2;
        Server.Body = """{"operation_id":"op_1","status":"queued"}""";

        var accepted = await Api.ImportDataAsync(new ImportRequest { Sha256 = "aa", FileName = "f.csv", Symbol = "EURUSD", Timeframe = "1h" }, "my-key");

        Assert.Equal("op_1", accepted.OperationId);
        Assert.Equal(3, Server.Requests.Count);
        Assert.Single(Server.Requests.Select(r => (Convert.ToHexString(r.Body), r.Headers["Idempotency-Key"], r.ContentType)).Distinct());
    }

    [Fact]
    public async Task Post_WithoutKeyAndNoAnswer_IsSentOnce()
    {
        Server.Unavailable = 1;

        await Assert.ThrowsAsync<KtrdrApiException>(() => Api.DrainWorkerAsync("worker-1"));

        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task Get_NoAnswerAtFirst_IsAskedAgain()
    {
        Server.Unavailable = 2;
        Server.Body = "[]";

        Assert.Empty(await Api.ListWorkersAsync());
        Assert.Equal(3, Server.Requests.Count);
    }

    private protected override (IKtrdrApi Api, IDisposable Connection) Connect(Uri service)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddServiceDefaults("test");
        builder.Services.AddApiClient("somebody", [service], _ => () => "a-token");
        var app = builder.Build();
        return (app.Services.GetRequiredKeyedService<IKtrdrApi>("somebody"), app);
    }
}
