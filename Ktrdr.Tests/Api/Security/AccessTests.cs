using System.Net;
using System.Net.Http.Json;
using System.Text;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Api.Security;

public sealed class AccessTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static readonly string[] Callers = ["nobody", "reader", "researcher", "worker", "join", "admin"];

    // Who gets past the gate: what lies behind may still refuse the empty body or unknown id.
    private static readonly (string Method, string Path, string Allowed)[] Matrix =
    [
        ("GET", "/health", "nobody reader researcher worker join admin"),
        ("GET", "/api/v1/ready", "nobody reader researcher worker join admin"),
        ("GET", "/", "nobody reader researcher worker join admin"),
        ("GET", "/metrics", "reader researcher worker admin"),
        ("GET", "/openapi/v1.json", "reader researcher worker admin"),
        ("GET", "/api/v1/operations", "reader researcher worker admin"),
        ("GET", "/api/v1/nothing/here", "reader researcher worker admin"),
        ("DELETE", "/api/v1/operations/op_x", "researcher admin"),
        ("POST", "/api/v1/strategies", "researcher admin"),
        ("POST", "/api/v1/research", "researcher admin"),
        ("POST", "/api/v1/data/generate", "researcher admin"),
        ("POST", "/api/v1/experiments/exp_x/transition", "researcher admin"),
        ("PUT", "/api/v1/artifacts/xyz", "researcher worker admin"),
        ("POST", "/api/v1/telemetry/spans", "researcher worker admin"),
        ("POST", "/api/v1/workers/w/heartbeat", "worker"),
        ("POST", "/api/v1/operations/op_x/attempts/1/result", "worker"),
        ("POST", "/api/v1/workers/register", "worker join"),
        ("POST", "/workers/register", "worker join"),
        ("POST", "/api/v1/login-links", "admin"),
    ];

    [PostgresFact]
    public async Task EveryRoute_EveryRole_IsAdmittedAsTheTableSays()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "matrix", [WorkerKinds.Data]);
        var failures = new List<string>();
        foreach (var (method, path, allowed) in Matrix)
        {
            foreach (var caller in Callers)
            {
                var token = caller switch
                {
                    "nobody" => null,
                    "worker" => worker.Secret,
                    _ => fixture.Secrets.Read($"{caller}.token"),
                };
                using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method is "GET" or "DELETE" ? null : new StringContent("{}", Encoding.UTF8, "application/json") };
                using var response = await fixture.Api.Http(token).SendAsync(request);
                var expected = allowed.Split(' ').Contains(caller) ? "admitted" : caller == "nobody" ? "401" : "403";
                // A report without its attempt token is refused by the route itself, and says so.
                var byRoute = response.StatusCode == HttpStatusCode.Forbidden && (await response.Content.ReadAsStringAsync()).Contains("Ktrdr-Attempt-Token", StringComparison.Ordinal)
                    || (await response.Content.ReadAsStringAsync()).Contains("may not speak for", StringComparison.Ordinal);
                var actual = response.StatusCode switch
                {
                    HttpStatusCode.Unauthorized => "401",
                    HttpStatusCode.Forbidden when !byRoute => "403",
                    _ => "admitted",
                };
                if (actual != expected || response.StatusCode == HttpStatusCode.InternalServerError)
                {
                    failures.Add($"{caller} {method} {path}: {expected} expected, {(int)response.StatusCode} found");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    [PostgresFact]
    public async Task WrongToken_IsOneLineAndNamesNoSecret()
    {
        using var response = await fixture.Api.Http("not-a-token").GetAsync("/api/v1/operations");
        var problem = await response.Content.ReadFromJsonAsync<ApiProblem>(KtrdrJson.Options);
        Assert.Equal((HttpStatusCode.Unauthorized, ErrorCodes.Unauthorized), (response.StatusCode, problem!.Code));
        Assert.DoesNotContain("not-a-token", problem.Title);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [PostgresFact]
    public async Task LoginLink_UsedOnce_OpensASessionThatReadsOnly()
    {
        using var made = await fixture.Api.Http(fixture.Secrets.Read(SandboxSecrets.AdminToken)).PostAsync("/api/v1/login-links", null);
        var link = new Uri((await made.Content.ReadFromJsonAsync<Dictionary<string, string>>())!["url"]);

        var browser = fixture.Api.Http(null);
        using var login = await browser.GetAsync(link.PathAndQuery);
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        browser.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);

        using var read = await browser.GetAsync("/api/v1/workers");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        using var write = await browser.DeleteAsync("/api/v1/operations/op_x");
        Assert.Equal(HttpStatusCode.Unauthorized, write.StatusCode);
        using var again = await fixture.Api.Http(null).GetAsync(link.PathAndQuery);
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [PostgresFact]
    public async Task ForeignHostHeader_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Host = "rebound.example";
        using var response = await fixture.Api.Http(null).SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [PostgresFact]
    public async Task Page_ConfinesItself()
    {
        using var response = await fixture.Api.Http(null).GetAsync("/");
        Assert.Contains("default-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
        Assert.Contains("/page.js", await response.Content.ReadAsStringAsync());
    }

    [PostgresFact]
    public async Task Ledger_ApiRole_MayNeitherChangeNorDelete()
    {
        await using var connection = new Npgsql.NpgsqlConnection(fixture.Database.Api);
        await connection.OpenAsync();
        foreach (var sql in new[] { "update ledger set outcome = 'x'", "delete from ledger", "truncate ledger", "drop table ledger" })
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, connection);
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Equal("42501", refused.SqlState);
        }
    }
}
