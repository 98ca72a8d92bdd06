using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ktrdr.Api;
using Ktrdr.Api.Security;
using Ktrdr.Contracts.Client;
using Ktrdr.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Refit;
using Xunit;

namespace Ktrdr.Tests.Api;

public sealed class RouteCoverageTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresFact]
    public void EveryClientMethod_HasARoute()
    {
        var served = Endpoints().SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Select(m => $"{m} {Shape(e.RoutePattern.RawText!)}") ?? []).ToHashSet();
        var methods = typeof(IKtrdrApi).GetInterfaces().Append(typeof(IKtrdrApi)).SelectMany(i => i.GetMethods()).ToList();
        Assert.True(methods.Count > 50);
        var missing = methods.Select(m => m.GetCustomAttributes().OfType<HttpMethodAttribute>().Single()).Select(a => $"{a.Method} {Shape(a.Path.Split('?')[0])}").Where(r => !served.Contains(r));
        Assert.Empty(missing);
    }

    [PostgresFact]
    public void EveryClientMethod_AsksForNothingThatItsRouteDoesNotRead()
    {
        var read = Endpoints().SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Select(m => (Route: $"{m} {Shape(e.RoutePattern.RawText!)}", Names: QueryGate.ReadBy(e))) ?? [])
            .Where(r => r.Names is not null).ToDictionary(r => r.Route, r => r.Names!);
        var asked = typeof(IKtrdrApi).GetInterfaces().Append(typeof(IKtrdrApi)).SelectMany(i => i.GetMethods())
            .Select(m => (Route: m.GetCustomAttributes().OfType<HttpMethodAttribute>().Single(), Names: QueryOf(m)))
            .SelectMany(m => m.Names.Select(name => (Route: $"{m.Route.Method} {Shape(m.Route.Path.Split('?')[0])}", Name: name))).ToList();

        Assert.True(asked.Count > 20);
        Assert.DoesNotContain(asked, a => !read[a.Route].Contains(a.Name, StringComparer.OrdinalIgnoreCase));
    }

    [PostgresFact]
    public void EveryRoute_SaysWhomItAdmits()
        => Assert.Empty(Endpoints().Where(e => e.Metadata.GetMetadata<AccessMetadata>() is null).Select(e => e.DisplayName));

    [PostgresFact]
    public async Task OpenApi_IsServedAndDescribesTheRoutes()
    {
        var text = await fixture.Api.Http(fixture.Secrets.Read("reader.token")).GetStringAsync("/openapi/v1.json");
        Assert.Contains("/api/v1/operations/{id}/stream", text);
        Assert.Contains("idempotency-key", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("experiment_id", text);
    }

    /// <summary>A change of the wire shows in review. <c>KTRDR_UPDATE_OPENAPI=1 dotnet test --filter OpenApi</c> writes the file anew.</summary>
    [PostgresFact]
    public async Task OpenApi_TheServedDocument_IsTheCheckedInOne()
    {
        var served = JsonNode.Parse(await fixture.Api.Http(fixture.Secrets.Read("reader.token")).GetStringAsync("/openapi/v1.json"))!.AsObject();
        served.Remove("servers");
        var text = served.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
        var path = Path.Combine(Repository.Root, "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable("KTRDR_UPDATE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(path, text);
        }

        Assert.Equal(await File.ReadAllTextAsync(path), text);
    }

    private IEnumerable<RouteEndpoint> Endpoints() => fixture.Api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static IEnumerable<string> QueryOf(MethodInfo method)
    {
        var path = method.GetCustomAttributes().OfType<HttpMethodAttribute>().Single().Path;
        return method.GetParameters()
            .Where(p => p.ParameterType != typeof(CancellationToken) && !p.IsDefined(typeof(BodyAttribute)) && !p.IsDefined(typeof(HeaderAttribute)) && !path.Contains($"{{{p.Name}", StringComparison.Ordinal))
            .Select(p => p.GetCustomAttribute<AliasAsAttribute>()?.Name ?? p.Name!);
    }

    // Names and constraints of places do not matter, and neither does a slash at the end.
    private static string Shape(string route) => Regex.Replace(route, @"\{[^}]+\}", "{}").TrimEnd('/');
}
