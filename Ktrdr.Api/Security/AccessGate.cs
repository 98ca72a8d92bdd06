using System.Collections.Concurrent;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.ServiceDefaults.Security;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Security;

/// <summary>Finds out who calls and whether the endpoint admits them. An endpoint that says nothing admits the admin only.</summary>
internal sealed class AccessGate(RequestDelegate next, ApiSecrets secrets)
{
    private static readonly TimeSpan NonceLife = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (string? Nonce, long ReadAt)> _nonces = new();

    public async Task InvokeAsync(HttpContext context)
    {
        var access = context.GetEndpoint() switch
        {
            RouteEndpoint endpoint => endpoint.Metadata.GetMetadata<AccessMetadata>()?.Access ?? Access.Administer,

            // Routing found nothing, or a wrong method or content type: the answer is that for those who may read, and 401 for everybody else.
            _ => Access.Read,
        };
        if (access != Access.Open)
        {
            var caller = await IdentifyAsync(context);
            if (caller is null)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer";
                throw new ApiException(401, ErrorCodes.Unauthorized, BearerToken.Of(context.Request) is null
                    ? "this route needs an Authorization header with a bearer token ('ktrdr token' prints one)"
                    : "the bearer token is not known to this sandbox ('ktrdr token' prints one that is)");
            }

            if (!AccessRules.Allows(access, caller.Role))
            {
                throw new ApiException(403, ErrorCodes.Forbidden, $"role {caller.Role.ToString().ToLowerInvariant()} may not {context.Request.Method} {context.Request.Path}; allowed: {AccessRules.Describe(access)}")
                {
                    Allowed = AccessRules.Describe(access),
                };
            }

            caller.Attach(context);
        }

        await next(context);
    }

    private async Task<Caller?> IdentifyAsync(HttpContext context)
    {
        if (BearerToken.Of(context.Request) is { } token)
        {
            if (secrets.RoleOf(token) is { } role)
            {
                return new Caller(role);
            }

            return ApiSecrets.WorkerIdOf(token) is { } workerId && await IsWorkerAsync(context, workerId, token) ? new Caller(Role.Worker, workerId) : null;
        }

        // The page's session reads and nothing else, so no request that another site could forge changes anything.
        return HttpMethods.IsGet(context.Request.Method) && await Sessions.IsValidAsync(context) ? new Caller(Role.Reader) : null;
    }

    private async Task<bool> IsWorkerAsync(HttpContext context, string workerId, string token)
    {
        var now = Environment.TickCount64;
        if (_nonces.TryGetValue(workerId, out var known) && now - known.ReadAt < NonceLife.TotalMilliseconds && Fits(known.Nonce))
        {
            return true;
        }

        var database = context.RequestServices.GetRequiredService<KtrdrDatabase>();
        var nonce = await database.Workers.Where(w => w.WorkerId == workerId).Select(w => w.Nonce).SingleOrDefaultAsync(context.RequestAborted);
        if (nonce is null)
        {
            _nonces.TryRemove(workerId, out _);
            return false;
        }

        _nonces[workerId] = (nonce, now);
        return Fits(nonce);

        bool Fits(string? candidate) => candidate is not null && Secret.FixedTimeEquals(token, secrets.WorkerSecret(workerId, candidate));
    }
}
