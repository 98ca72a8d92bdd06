using System.Text.RegularExpressions;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.ServiceDefaults;
using Ktrdr.ServiceDefaults.Security;
using Ktrdr.WorkerHost.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>What every worker answers. All but <c>/health</c>, <c>/ready</c> and <c>/metrics</c> need the worker's secret.</summary>
public static partial class WorkerEndpoints
{
    public static WebApplication MapWorkerEndpoints(this WebApplication app)
    {
        app.UseMiddleware<WorkerProblems>();
        app.Use(RequireSecretAsync);
        app.MapServiceDefaults(mapHealth: false);
        app.MapGet("/health", Health);

        var guarded = app.MapGroup("").WithMetadata(Guarded.Instance);
        guarded.MapGet("/api/v1/operations", (OperationRunner runner) => runner.Operations());
        guarded.MapGet("/api/v1/operations/{id}", (string id, OperationRunner runner) => runner.Find(id) is { } found ? Results.Ok(found) : NotRunning(id));
        guarded.MapGet("/api/v1/operations/{id}/metrics", (string id, long? cursor, OperationRunner runner)
            => runner.MetricsAfter(id, cursor ?? 0) is { } metrics ? Results.Ok(metrics) : NotRunning(id));
        guarded.MapDelete("/api/v1/operations/{id}/cancel", (string id, int attempt, string? reason, OperationRunner runner)
            => runner.Cancel(id, attempt, reason) ? Results.NoContent() : NotRunning(id));
        foreach (var verb in (string[])["start", "resume"])
        {
            guarded.MapPost($"/training/{verb}", (OperationDispatch dispatch, OperationRunner runner) => Start(dispatch, runner, OperationTypes.Training));
            guarded.MapPost($"/backtests/{verb}", (OperationDispatch dispatch, OperationRunner runner) => Start(dispatch, runner, OperationTypes.Backtest));
            guarded.MapPost($"/operations/{verb}", (OperationDispatch dispatch, OperationRunner runner) => Start(dispatch, runner, null));
        }

        return app;
    }

    private static WorkerHealth Health(OperationRunner runner, WorkerOptions options)
    {
        var running = runner.Running();
        return new WorkerHealth(options.WorkerId, runner.IsDraining ? "draining" : running.Count > 0 ? "busy" : "idle", [.. running.Select(r => r.OperationId)]);
    }

    private static IResult Start(OperationDispatch dispatch, OperationRunner runner, string? type)
    {
        if (!IdPattern().IsMatch(dispatch.OperationId))
        {
            return WorkerProblems.Answer(StatusCodes.Status400BadRequest, ErrorCodes.InvalidField, $"operation_id is '{dispatch.OperationId}'; allowed: 1-80 letters, digits, '-' and '_'.");
        }

        return type is not null && dispatch.Type != type
            ? WorkerProblems.Answer(StatusCodes.Status400BadRequest, ErrorCodes.InvalidField, $"type is '{dispatch.Type}'; allowed here: {type}.")
            : Results.Ok(runner.Start(dispatch));
    }

    private static IResult NotRunning(string id) => WorkerProblems.Answer(StatusCodes.Status404NotFound, ErrorCodes.NotFound, $"Operation '{id}' does not run on this worker.");

    /// <summary>A middleware rather than an endpoint filter: a stranger's body is not even read.</summary>
    private static Task RequireSecretAsync(HttpContext context, RequestDelegate next)
        => context.GetEndpoint()?.Metadata.GetMetadata<Guarded>() is null || context.RequestServices.GetRequiredService<WorkerSecret>().Admits(BearerToken.Of(context.Request))
            ? next(context)
            : WorkerProblems.Answer(StatusCodes.Status401Unauthorized, ErrorCodes.Unauthorized, "This needs the worker's own token as Authorization: Bearer.").ExecuteAsync(context);

    private sealed class Guarded
    {
        public static readonly Guarded Instance = new();
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,80}$")]
    private static partial Regex IdPattern();
}
