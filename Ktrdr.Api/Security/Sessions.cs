using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Client;
using Ktrdr.ServiceDefaults.Security;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Security;

/// <summary>The page's session: a one-time link turns into an HttpOnly cookie. Both are stored hashed, so that any replica knows them.</summary>
internal static class Sessions
{
    public const string Cookie = "ktrdr_session";

    private static readonly TimeSpan LinkLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan SessionLife = TimeSpan.FromDays(7);

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/login-links", CreateLinkAsync).Requires(Access.Administer);
        routes.MapGet("/login", LogInAsync).Requires(Access.Open).ExcludeFromDescription();
    }

    public static async Task<bool> IsValidAsync(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is not { Length: > 0 } token)
        {
            return false;
        }

        var hash = Secret.Hash(token);
        var database = context.RequestServices.GetRequiredService<KtrdrDatabase>();
        return await database.Database.SqlQuery<int>($"select 1 as \"Value\" from sessions where token_hash = {hash} and kind = 'session' and expires_at > now()").AnyAsync(context.RequestAborted);
    }

    private static async Task<IResult> CreateLinkAsync(HttpContext context, KtrdrDatabase database, CancellationToken cancellationToken)
    {
        var token = Secret.Create();
        var hash = Secret.Hash(token);
        var expires = DateTimeOffset.UtcNow + LinkLife;
        await database.Database.ExecuteSqlAsync($"delete from sessions where expires_at < now(); insert into sessions (token_hash, kind, expires_at) values ({hash}, 'link', {expires})", cancellationToken);
        return Results.Ok(new DashboardLink($"{context.Request.Scheme}://{context.Request.Host}/login?token={token}", expires));
    }

    private static async Task<IResult> LogInAsync(string? token, HttpContext context, KtrdrDatabase database, CancellationToken cancellationToken)
    {
        var hash = Secret.Hash(token ?? "");
        var used = await database.Database.ExecuteSqlAsync($"delete from sessions where token_hash = {hash} and kind = 'link' and expires_at > now()", cancellationToken);
        if (used == 0)
        {
            throw new ApiException(401, Contracts.ErrorCodes.Unauthorized, "this login link was used before or has expired; 'ktrdr doctor' or POST /api/v1/login-links makes a new one");
        }

        var session = Secret.Create();
        var sessionHash = Secret.Hash(session);
        await database.Database.ExecuteSqlAsync($"insert into sessions (token_hash, kind, expires_at) values ({sessionHash}, 'session', {DateTimeOffset.UtcNow + SessionLife})", cancellationToken);
        context.Response.Cookies.Append(Cookie, session, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            MaxAge = SessionLife,
            Path = "/",
        });

        // A SameSite=Strict cookie is not sent along a redirect that began on another site, so the page moves on by itself.
        return Results.Content("<!doctype html><meta charset=utf-8><title>KTRDR</title><meta http-equiv=refresh content=\"0;url=/\"><p><a href=\"/\">Continue</a></p>", "text/html; charset=utf-8");
    }
}
