using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using Ktrdr.Api;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Api;

/// <summary>Every refusal is one line that names the field, its value and what is allowed.</summary>
public sealed class BadInputTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    public static TheoryData<string, string, string?, int, string, string> Requests() => new()
    {
        { "GET", "/api/v1/operations?status=sleeping", null, 400, "status", "sleeping" },
        { "GET", "/api/v1/operations?limit=0", null, 400, "limit", "1 to 500" },
        { "GET", "/api/v1/operations?since=yesterday", null, 400, "since", "yesterday" },
        { "GET", "/api/v1/operations/op_none", null, 404, "operation", "op_none" },
        { "GET", "/api/v1/datasets/none", null, 404, "dataset", "none" },
        { "GET", "/api/v1/data/EURUSD/1h", null, 404, "symbol", "EURUSD" },
        { "GET", "/api/v1/indicators/rsii", null, 404, "type", "rsi" },
        { "GET", "/api/v1/strategies/none", null, 404, "strategy", "none" },
        { "POST", "/api/v1/data/generate", """{"kind": "nul"}""", 400, "kind", "planted" },
        { "POST", "/api/v1/data/generate", """{"bars": 5}""", 400, "bars", "1000" },
        { "POST", "/api/v1/data/generate", """{"bars": "many"}""", 400, "bars", "\"many\" is not allowed; allowed: a whole number" },
        { "POST", "/api/v1/data/generate", """{"symbol": "../etc"}""", 400, "symbol", "../etc" },
        { "POST", "/api/v1/data/generate", """{"timeframe": "7m"}""", 400, "timeframe", "1h" },
        { "POST", "/api/v1/data/generate", "{", 400, "body", "JSON" },
        { "POST", "/api/v1/data/generate", "", 400, "body", "JSON" },
        { "POST", "/api/v1/sweeps/start", """{"strategy": "s", "parameters": [}""", 400, "parameters", "expected type (byte 34); allowed" },
        { "POST", "/api/v1/sweeps/start", "{\n\"strategy\": \"s\",\n\"parameters\": [}", 400, "parameters", "expected type (line 3, byte 16); allowed" },
        { "POST", "/api/v1/data/import", """{"sha256": "x"}""", 400, "file_name", "symbol" },
        { "POST", "/api/v1/research", """{"symbol": "X", "timeframe": "1h", "cycles": 0}""", 400, "cycles", "1 to 1000" },
        { "POST", "/api/v1/trainings/start", """{"strategy": "none"}""", 404, "strategy", "none" },
        { "POST", "/api/v1/backtests/start", """{"model": "m", "window": "sealed"}""", 403, "window", "validation" },
        { "POST", "/api/v1/backtests/start", """{"model": "m", "window": "tomorrow"}""", 400, "window", "tomorrow" },
        { "POST", "/api/v1/strategies", """{"document": "name: x"}""", 422, "", "" },
        { "POST", "/api/v1/campaigns/c/statistics", "", 400, "stage", "nominate" },
        { "POST", "/api/v1/indicators/calculate", """{"type": "rsi", "parameters": {"period": "1000000"}, "csv": "time,close\n"}""", 400, "parameters.period", "1000000" },
        { "POST", "/api/v1/indicators/calculate", """{"type": "rsi", "csv": "time,close\n2024-01-01T00:00:00Z,abc\n2024-01-01T01:00:00Z,1\n"}""", 400, "", "abc" },
        { "GET", "/api/v1/data/EURUSD/7m", null, 400, "timeframe", "1h" },
        { "GET", "/api/v1/operations?limit=99999999999", null, 400, "limit", "a whole number" },
        { "GET", "/api/v1/operations?after=%00", null, 400, "after", "U+0000" },
        { "GET", "/api/v1/leaderboard?campaign=a%00b", null, 400, "campaign", "U+0000" },
        { "POST", "/api/v1/research", """{"symbol": "X", "timeframe": "1h", "cylces": 2}""", 400, "cylces", "cycles" },
        { "POST", "/api/v1/research", """{"symbol": "X", "timeframe": "1h", "goal": null}""", 400, "goal", "null is not allowed" },
        { "POST", "/api/v1/research", """{"symbol": "X", "timeframe": "1h", "goal": "a\u0000b"}""", 400, "goal", "U+0000" },
        { "POST", "/api/v1/research", """{"symbol": "X", "timeframe": "1h", "seed": -1}""", 400, "seed", "0 to" },
        { "POST", "/api/v1/data/generate", """{"symbol": null}""", 400, "symbol", "null is not allowed" },
        { "POST", "/api/v1/data/generate", """{"seed": 1.5}""", 400, "seed", "1.5 is not allowed; allowed: a whole number" },
        { "POST", "/api/v1/trainings/start", """{"strategy": "none", "start": "yesterday"}""", 400, "start", "ISO 8601" },
        { "POST", "/api/v1/workers/register", """{"worker_id": "w", "endpoint_url": "http://127.0.0.1:1", "kinds": ["backtest"], "slots": 1, "capabilities": null}""", 400, "capabilities", "null is not allowed" },
        { "POST", "/api/v1/telemetry/spans", "[null]", 400, "spans", "a list of spans" },
        { "POST", "/api/v1/indicators/calculate", """{"type": "rsi", "csv": "time,close\n", "parameters": {"period": 5}}""", 400, "parameters.period", "= 5 is not allowed; allowed: text" },
        { "POST", "/api/v1/indicators/calculate", """{"type": "mfi", "csv": "time,close\n2024-01-01T00:00:00Z,2\n2024-01-01T01:00:00Z,1\n"}""", 400, "type", "volume" },
        { "POST", "/api/v1/indicators/calculate", """{"type": "distancefromma", "csv": "time,close\n", "parameters": {"ma_type": "WMA"}}""", 400, "parameters.ma_type", "SMA, EMA" },
        { "PUT", "/api/v1/artifacts/zz", "", 400, "sha256", "64" },
        { "POST", "/api/v1/trainings/start", """{"strategy": 5}""", 400, "strategy", "5 is not allowed; allowed: text" },
        { "GET", "/api/v1/operations?stauts=failed", null, 400, "stauts", "not a parameter of this route; allowed: status, type" },
        { "GET", "/api/v1/datasets/none?limit=5", null, 400, "limit", "allowed: none" },
        { "GET", "/api/v1/no/such/route?limit=5", null, 404, "", "/api/v1/no/such/route" },
        { "GET", "/api/v1/no/such/route", null, 404, "", "/api/v1/no/such/route" },
    };

    [PostgresTheory]
    [MemberData(nameof(Requests))]
    public async Task BadRequest_AnswersAProblemThatSaysWhatIsAllowed(string method, string path, string? body, int status, string field, string mentions)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        var token = path.EndsWith("/workers/register", StringComparison.Ordinal) ? SandboxSecrets.JoinToken : SandboxSecrets.AdminToken;
        using var response = await fixture.Api.Http(fixture.Secrets.Read(token)).SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{status} expected, {(int)response.StatusCode} found: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<ApiProblem>(KtrdrJson.Options);
        Assert.Contains(mentions, problem!.Title, StringComparison.OrdinalIgnoreCase);
        if (field.Length > 0)
        {
            Assert.Contains(field, problem.Field);
        }

        Assert.Equal(status, problem.Status);
        Assert.DoesNotContain('\n', problem.Title);
        Assert.DoesNotContain("   at ", text);
        Assert.NotNull(problem.TraceId);
    }

    [Theory]
    [InlineData("2012-01-01T00:00:00+00:00", "2012-01-01T00:00:00Z")]
    [InlineData("2012-01-01T01:30:00.5+01:30", "2012-01-01T00:00:00.5Z")]
    public void Shown_Time_IsWrittenAsRequestsWriteIt(string time, string expected)
        => Assert.Equal($"end = {expected} is not allowed; allowed: a time after start", ApiException.Invalid("end", DateTimeOffset.Parse(time, CultureInfo.InvariantCulture), "a time after start").Message);

    [PostgresFact]
    public async Task Body_LargerThanTheRouteTakes_Is413()
    {
        using var content = new StringContent($$"""{"document": "{{new string('x', 3 * 1024 * 1024)}}"}""", Encoding.UTF8, "application/json");
        using var response = await fixture.Api.Http(fixture.Secrets.Read(SandboxSecrets.AdminToken)).PostAsync("/api/v1/strategies", content);
        Assert.Equal(413, (int)response.StatusCode);
        Assert.Equal(ErrorCodes.TooLarge, (await response.Content.ReadFromJsonAsync<ApiProblem>(KtrdrJson.Options))!.Code);
    }

    [PostgresFact]
    public async Task Artifact_HashDoesNotFit_IsRefusedAndLeavesNothing()
    {
        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => fixture.Api.Admin.PutArtifactAsync(new string('a', 64), new MemoryStream([1, 2, 3])));
        Assert.Equal(ErrorCodes.InvalidData, refused.Code);
        var missing = await Assert.ThrowsAsync<KtrdrApiException>(() => fixture.Api.Admin.GetArtifactAsync(new string('a', 64)));
        Assert.Equal(ErrorCodes.NotFound, missing.Code);
    }
}
