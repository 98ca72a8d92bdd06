using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.AspNetCore.Mvc;

namespace Ktrdr.Api.Operations;

/// <summary>What clients may ask of operations.</summary>
internal static class OperationEndpoints
{
    private const int LargestPage = 500;

    public static RouteGroupBuilder MapOperations(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/operations").WithTags("operations");
        group.MapGet("/", ListAsync).Requires(Access.Read);
        group.MapGet("/{id}", GetAsync).Requires(Access.Read);
        group.MapGet("/{id}/children", async (string id, OperationStore store, CancellationToken ct) =>
        {
            await store.RequireAsync(id, ct);
            return await store.ListChildrenAsync(id, ct);
        }).Requires(Access.Read);
        group.MapGet("/{id}/events", async (string id, OperationStore store, CancellationToken ct) =>
        {
            await store.RequireAsync(id, ct);
            return await store.ListEventsAsync(id, ct);
        }).Requires(Access.Read);
        group.MapGet("/{id}/metrics", async (string id, long? cursor, OperationStore store, CancellationToken ct) =>
        {
            await store.RequireAsync(id, ct);
            return await store.ListMetricsAsync(id, cursor, ct);
        }).Requires(Access.Read);
        group.MapGet("/{id}/stream", OperationStream.StreamOneAsync).Requires(Access.Read);
        group.MapDelete("/{id}", async (string id, string? reason, HttpContext context, OperationService service, OperationReader reader, CancellationToken ct)
            => await reader.DescribeAsync(await service.CancelAsync(id, reason, ct), Caller.Of(context), ct)).Requires(Access.Research);
        group.MapPost("/{id}/resume", async (string id, HttpContext context, OperationService service, OperationReader reader, CancellationToken ct)
            => await reader.DescribeAsync(await service.QueueAgainAsync(id, fromCheckpoint: true, ct), Caller.Of(context), ct)).Requires(Access.Research);
        group.MapPost("/{id}/retry", async (string id, HttpContext context, OperationService service, OperationReader reader, CancellationToken ct)
            => await reader.DescribeAsync(await service.QueueAgainAsync(id, fromCheckpoint: false, ct), Caller.Of(context), ct)).Requires(Access.Research);
        group.MapPost("/{id}/reproduce", async (string id, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context, Reproductions reproductions, Idempotency idempotency, CancellationToken ct)
            => Accepted.Operation(await idempotency.RunAsync("operations/reproduce", key, new { id }, () => reproductions.StartAsync(id, Caller.Of(context).Actor, ct), ct))).Requires(Access.Research);
        return group;
    }

    private static async Task<Page<Operation>> ListAsync(
        string? status, string? type, string? campaign, DateTimeOffset? since, string? after, int? limit, OperationStore store, CancellationToken cancellationToken)
    {
        OperationStatus? wanted = null;
        if (status is not null)
        {
            wanted = StatusNames.TryParse(status, out var known) ? known : throw ApiException.Invalid("status", status, string.Join(", ", StatusNames.All));
        }

        if (type is not null && !OperationTypes.All.Contains(type))
        {
            throw ApiException.Invalid("type", type, string.Join(", ", OperationTypes.All));
        }

        return await store.ListAsync(wanted, type, campaign, since?.ToUniversalTime(), after, Paging.Limit(limit, 50, LargestPage), cancellationToken);
    }

    private static async Task<Operation> GetAsync(string id, HttpContext context, OperationStore store, OperationReader reader, CancellationToken cancellationToken)
        => await reader.DescribeAsync(await store.RequireAsync(id, cancellationToken), Caller.Of(context), cancellationToken);
}

/// <summary>Reads one operation whole: fresh progress, the result, or what it waits for.</summary>
internal sealed class OperationReader(OperationStore store, ProgressCache progress, Workers.WorkerStore workers)
{
    public async Task<Operation> DescribeAsync(OperationRow row, Caller caller, CancellationToken cancellationToken)
    {
        var result = row.Status == OperationStatus.Succeeded ? await store.FindResultAsync(row.Id, cancellationToken) : null;
        var operation = OperationMapping.ToOperation(row, result, forOperator: caller.Role == Role.Admin);
        if (row.Status == OperationStatus.Running && await progress.FreshAsync(row, cancellationToken) is { } fresh)
        {
            return operation with { Progress = Json.Read<OperationProgress>(fresh) };
        }

        return row.Status == OperationStatus.Queued
            ? operation with { QueuePosition = await store.QueuePositionAsync(row, cancellationToken), WaitingFor = await workers.WaitingForAsync(row, cancellationToken) }
            : operation;
    }
}
