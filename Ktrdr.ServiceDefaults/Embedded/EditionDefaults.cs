using Ktrdr.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Ktrdr.ServiceDefaults.Embedded;

/// <summary>What a service has by default in this edition, from packages that any registry has.</summary>
internal static class EditionDefaults
{
    public const string Name = "embedded";

    public static void Add(WebApplicationBuilder builder, ServiceIdentity identity)
    {
        builder.Services.AddHostedService<TelemetryPipeline>();
        builder.Services.ConfigureHttpClientDefaults(http => http
            .ConfigureHttpClient(client => client.Timeout = ServiceHttp.LongestCall)
            .AddHttpMessageHandler(() => new RetryHandler()));
    }

    /// <summary>Nothing beside our own endpoints.</summary>
    public static IReadOnlyList<IEndpointConventionBuilder> MapChecks(WebApplication app) => [];
}
