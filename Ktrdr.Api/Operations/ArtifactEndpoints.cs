using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>Bytes between Api and workers: models, checkpoints, uploaded files.</summary>
internal static class ArtifactEndpoints
{
    public const long LargestArtifact = ArtifactLimits.LargestBytes;

    public static RouteGroupBuilder MapArtifacts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/artifacts").WithTags("artifacts");
        group.MapPut("/{sha256}", (string sha256, HttpRequest request, ArtifactStore store, CancellationToken ct) => store.PutAsync(sha256, request.Body, ct))
            .WithMetadata(new RequestSizeLimitAttribute(LargestArtifact)).Requires(Access.Store);
        group.MapGet("/{sha256}", GetAsync).Requires(Access.Read);
        return group;
    }

    private static async Task<IResult> GetAsync(string sha256, HttpContext context, ArtifactStore store, KtrdrDatabase database, CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(sha256, cancellationToken) ?? throw ApiException.NotFound("artifact", sha256);
        if (row.Sealed && !(Caller.Of(context).Role == Role.Worker && await IsBeingImportedAsync(sha256, database, cancellationToken)))
        {
            throw new ApiException(403, ErrorCodes.Sealed, $"artifact {sha256} holds sealed bars: no route serves them") { Field = "sha256" };
        }

        return Results.File(store.PathOf(sha256), "application/octet-stream", enableRangeProcessing: true);
    }

    /// <summary>A file that is imported again must reach the worker that reads it.</summary>
    private static Task<bool> IsBeingImportedAsync(string sha256, KtrdrDatabase database, CancellationToken cancellationToken)
        => database.Operations.FromSql($"select * from operations where type in ({OperationTypes.DataLoad}, {OperationTypes.DataCheck}) and status in ('dispatched', 'running') and request -> 'import' ->> 'sha256' = {sha256}")
            .AnyAsync(cancellationToken);
}
