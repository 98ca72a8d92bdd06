using Ktrdr.Api.Security;

namespace Ktrdr.Api.Dashboard;

/// <summary>The page's files and its live view.</summary>
internal static class DashboardEndpoints
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    public static void MapDashboard(this WebApplication app)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        MapFile(app, "/", Path.Combine(folder, "index.html"));
        foreach (var file in Directory.GetFiles(folder).Where(f => Types.ContainsKey(Path.GetExtension(f))).Order(StringComparer.Ordinal))
        {
            MapFile(app, $"/{Path.GetFileName(file)}", file);
        }

        app.MapGet("/api/v1/stream", DashboardStream.SendAsync).Requires(Access.Read).WithTags("system");
    }

    /// <summary>The files hold no data, so they are open; what they show asks for a session. A browser asks each time whether its copy is still the right one.</summary>
    private static void MapFile(WebApplication app, string route, string file)
    {
        var type = Types[Path.GetExtension(file)];
        app.MapGet(route, (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            return Results.File(file, type);
        }).Requires(Access.Open).ExcludeFromDescription();
    }
}
