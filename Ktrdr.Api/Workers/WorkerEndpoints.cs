using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Workers;

namespace Ktrdr.Api.Workers;

internal static class WorkerEndpoints
{
    public static RouteGroupBuilder MapWorkers(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/workers/register", RegisterAsync).Requires(Access.Register).WithTags("workers");
        var group = routes.MapGroup("/api/v1/workers").WithTags("workers");
        group.MapPost("/register", RegisterAsync).Requires(Access.Register);
        group.MapPost("/{id}/heartbeat", async (string id, WorkerHeartbeat heartbeat, HttpContext context, WorkerService service, CancellationToken ct) =>
        {
            RequireSelf(id, context);
            return await service.HeartbeatAsync(id, heartbeat, ct);
        }).Requires(Access.Report);
        group.MapPost("/{id}/drain", async (string id, HttpContext context, WorkerService service, WorkerStore store, CancellationToken ct) =>
        {
            RequireSelf(id, context);
            await service.DrainAsync(id, ct);
            return await store.GetAsync(id, ct);
        }).Requires(Access.Store);
        group.MapGet("/", (WorkerStore store, CancellationToken ct) => store.ListAsync(ct)).Requires(Access.Read);
        group.MapGet("/{id}", (string id, WorkerStore store, CancellationToken ct) => store.GetAsync(id, ct)).Requires(Access.Read);
        return group;
    }

    private static Task<WorkerRegistered> RegisterAsync(WorkerRegistration registration, HttpContext context, WorkerService service, CancellationToken cancellationToken)
        => service.RegisterAsync(registration, Caller.Of(context), context.Connection.RemoteIpAddress, cancellationToken);

    /// <summary>A worker speaks for itself; people may drain any of them.</summary>
    private static void RequireSelf(string id, HttpContext context)
    {
        var caller = Caller.Of(context);
        if (caller.Role == Role.Worker && caller.WorkerId != id)
        {
            throw new ApiException(403, ErrorCodes.Forbidden, $"worker {caller.WorkerId} may not speak for worker {ApiException.Shown(id)}") { Field = "id", Allowed = caller.WorkerId };
        }
    }
}
