using Ktrdr.Api.Operations;
using Ktrdr.Api.Research;
using Ktrdr.Api.Security;
using Ktrdr.Api.Workers;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Workers;

namespace Ktrdr.Api.Dashboard;

/// <summary>What the first page shows.</summary>
internal sealed record DashboardView(IReadOnlyList<Worker> Workers, IReadOnlyList<Operation> Operations, IReadOnlyList<LeaderboardRow> Leaderboard, IReadOnlyList<CampaignSummary> Campaigns);

internal sealed record CampaignSummary(string Id, string Goal, string Symbol, string Timeframe, bool Synthetic, CampaignStatus Status, int Cycles, int? Trials, double? EffectiveTrials);

/// <summary>The page's files and its live view.</summary>
internal static class DashboardEndpoints
{
    private const int ShownOperations = 30;
    private const int ShownRows = 50;
    private const int ShownCampaigns = 10;

    public static void MapDashboard(this WebApplication app)
    {
        var files = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        MapFile(app, files, "/", "index.html", "text/html; charset=utf-8");
        MapFile(app, files, "/page.js", "page.js", "text/javascript; charset=utf-8");
        MapFile(app, files, "/page.css", "page.css", "text/css; charset=utf-8");
        app.MapGet("/api/v1/stream", StreamAsync).Requires(Access.Read).WithTags("system");
    }

    /// <summary>The files hold no data, so they are open; what they show asks for a session.</summary>
    private static void MapFile(WebApplication app, string folder, string route, string name, string type)
        => app.MapGet(route, () => Results.File(Path.Combine(folder, name), type)).Requires(Access.Open).ExcludeFromDescription();

    private static Task StreamAsync(HttpContext context, IServiceScopeFactory scopes, OperationSignals signals, CancellationToken cancellationToken)
    {
        var changes = signals.Subscribe();
        context.Response.RegisterForDispose(changes);
        return OperationStream.SendAsync(
            context,
            "view",
            async () =>
            {
                await using var scope = scopes.CreateAsyncScope();
                return (Json.Write(await LookAsync(scope.ServiceProvider, cancellationToken)), false);
            },
            async atMost =>
            {
                // Bursts of changes become one look.
                await changes.WaitAsync(atMost, cancellationToken);
                await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken);
            },
            cancellationToken);
    }

    private static async Task<DashboardView> LookAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var workers = await services.GetRequiredService<WorkerStore>().ListAsync(cancellationToken);
        var operations = await services.GetRequiredService<OperationStore>().ListAsync(null, null, null, null, null, ShownOperations, cancellationToken);
        var board = await services.GetRequiredService<Leaderboard>().RowsAsync(null, ShownRows, cancellationToken);
        var campaigns = await services.GetRequiredService<CampaignStore>().ListAsync(cancellationToken);
        return new DashboardView(
            // The moment of the last word changes all the time and is not shown.
            [.. workers.Select(w => w with { LastSeenAt = w.RegisteredAt })],
            [.. operations.Items.Select(o => o with { LeaseExpiresAt = null, Request = EmptyRequest })],
            board,
            [.. campaigns.Take(ShownCampaigns).Select(c => new CampaignSummary(c.Id, c.Goal, c.Symbol, c.Timeframe, c.Synthetic, c.Status, c.Cycles, c.Statistics?.Trials, c.Statistics?.EffectiveTrials))]);
    }

    private static readonly System.Text.Json.JsonElement EmptyRequest = Json.Element("{}");
}
