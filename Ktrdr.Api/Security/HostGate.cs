using Ktrdr.Contracts;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.Api.Security;

/// <summary>Answers only to the names it is meant to have, so that a foreign name pointed at this address (DNS rebinding) gets nothing, and sets the headers that confine the page.</summary>
internal sealed class HostGate(RequestDelegate next, IConfiguration configuration)
{
    private readonly HashSet<string> _allowed = new(
        ["localhost", "127.0.0.1", "[::1]", .. (configuration[SandboxVariables.AllowedHosts] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";

        return _allowed.Contains(context.Request.Host.Host)
            ? next(context)
            : throw new ApiException(400, ErrorCodes.Forbidden, $"host = {ApiException.Shown(context.Request.Host.Host)} is not allowed; allowed: {string.Join(", ", _allowed)} ({SandboxVariables.AllowedHosts} adds names)") { Field = "host" };
    }
}
