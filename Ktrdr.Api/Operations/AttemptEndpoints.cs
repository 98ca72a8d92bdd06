using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.ServiceDefaults.Security;
using Microsoft.AspNetCore.Mvc;

namespace Ktrdr.Api.Operations;

/// <summary>A worker's reports on an attempt; each carries the token that came with the dispatch.</summary>
internal static class AttemptEndpoints
{
    public const string TokenHeader = "Ktrdr-Attempt-Token";

    /// <summary>A backtest of a hundred thousand bars with its equity curve.</summary>
    public const long LargestResult = 64 * 1024 * 1024;

    public static RouteGroupBuilder MapAttempts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/operations/{id}/attempts/{attempt:int}").WithTags("worker reports").Requires(Access.Report);
        group.AddEndpointFilter(CheckTokenAsync);
        group.MapPost("/started", async (string id, int attempt, StartedReport? report, AttemptReports reports, CancellationToken ct) =>
        {
            await reports.StartedAsync(id, attempt, report, ct);
            return Results.NoContent();
        });
        group.MapPost("/progress", async (string id, int attempt, ProgressReport report, AttemptReports reports, CancellationToken ct) =>
        {
            await reports.ProgressAsync(id, attempt, report, ct);
            return Results.NoContent();
        });
        group.MapPost("/checkpoint", async (string id, int attempt, CheckpointReference checkpoint, AttemptReports reports, CancellationToken ct) =>
        {
            await reports.CheckpointAsync(id, attempt, checkpoint, ct);
            return Results.NoContent();
        });
        group.MapPost("/released", async (string id, int attempt, ReleaseReport report, AttemptReports reports, CancellationToken ct) =>
        {
            await reports.ReleasedAsync(id, attempt, report, ct);
            return Results.NoContent();
        });
        group.MapPost("/cancelled", async (string id, int attempt, CancelledReport report, AttemptReports reports, CancellationToken ct) =>
        {
            await reports.CancelledAsync(id, attempt, report, ct);
            return Results.NoContent();
        });
        group.MapPost("/failure", async (string id, int attempt, OperationFailure failure, AttemptReports reports, CancellationToken ct) =>
        {
            await reports.FailedAsync(id, attempt, failure, ct);
            return Results.NoContent();
        });
        group.MapPost("/result", async (string id, int attempt, ResultReport report, ResultCommit commit, CancellationToken ct) =>
        {
            await commit.CommitAsync(id, attempt, report, ct);
            return Results.NoContent();
        }).WithMetadata(new RequestSizeLimitAttribute(LargestResult));
        return group;
    }

    private static ValueTask<object?> CheckTokenAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var secrets = context.RequestServices.GetRequiredService<ApiSecrets>();
        var id = (string)context.Request.RouteValues["id"]!;
        var attempt = int.Parse((string)context.Request.RouteValues["attempt"]!, System.Globalization.CultureInfo.InvariantCulture);
        return Secret.FixedTimeEquals(context.Request.Headers[TokenHeader], secrets.AttemptToken(id, attempt))
            ? next(invocation)
            : throw new ApiException(403, ErrorCodes.Forbidden, $"{TokenHeader} does not belong to attempt {attempt} of operation {ApiException.Shown(id)}") { Field = TokenHeader };
    }
}
