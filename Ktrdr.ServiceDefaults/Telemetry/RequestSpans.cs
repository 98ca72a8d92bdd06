using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ktrdr.ServiceDefaults.Telemetry;

/// <summary>
/// Names server spans by their route, with the answer's status (OpenTelemetry's HTTP conventions). Keeps probes, scrapes, the search
/// for what to scrape and the delivery of spans out of the traces: they say nothing and would bury the work.
/// </summary>
internal sealed class RequestSpans : IStartupFilter
{
    private static readonly PathString[] Quiet = ["/health", "/alive", "/ready", "/metrics", "/api/v1/prometheus", "/api/v1/telemetry"];

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(ObserveAsync);
        next(app);
    };

    private static async Task ObserveAsync(HttpContext context, RequestDelegate next)
    {
        if (Activity.Current is not { IsAllDataRequested: true } activity)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        if (IsQuiet(context.Request.Path))
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            await next(context).ConfigureAwait(false);
            return;
        }

        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
            activity.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
            activity.SetTag("http.route", route);
            activity.SetTag("http.response.status_code", context.Response.StatusCode);
            if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            {
                activity.SetStatus(ActivityStatusCode.Error);
            }
        }
    }

    private static bool IsQuiet(PathString path) => Quiet.Any(quiet => path.StartsWithSegments(quiet));
}
