using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Ktrdr.ServiceDefaults.Telemetry;

/// <summary>Keeps probes, scrapes and the delivery of spans out of the traces: they say nothing and would bury the work.</summary>
internal sealed class QuietPaths : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>
        {
            if (Activity.Current is { } activity && IsQuiet(context.Request.Path))
            {
                activity.IsAllDataRequested = false;
                activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            }

            return following(context);
        });
        next(app);
    };

    private static bool IsQuiet(PathString path)
        => path.StartsWithSegments("/health") || path.StartsWithSegments("/ready") || path.StartsWithSegments("/metrics") || path.StartsWithSegments("/api/v1/telemetry");
}
