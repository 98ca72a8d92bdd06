using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Api.Strategies;

internal static class StrategyEndpoints
{
    private const int LongestDocument = 1024 * 1024;

    public static RouteGroupBuilder MapStrategies(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/strategies").WithTags("strategies");
        group.MapGet("/", (string? after, int? limit, StrategyStore store, CancellationToken ct) => store.ListAsync(after, Paging.Limit(limit, 100, 500), ct)).Requires(Access.Read);
        group.MapGet("/{name}", async (string name, int? version, StrategyStore store, CancellationToken ct)
            => StrategyStore.ToVersion(await store.RequireAsync(name, version, ct))).Requires(Access.Read);
        group.MapGet("/{name}/versions", async (string name, StrategyStore store, CancellationToken ct) =>
        {
            var versions = await store.ListVersionsAsync(name, ct);
            return versions.Count > 0 ? versions : throw ApiException.NotFound("strategy", name);
        }).Requires(Access.Read);
        group.MapGet("/{name}/features", async (string name, int? version, StrategyStore store, CancellationToken ct)
            => (await store.RequireAsync(name, version, ct)).Features).Requires(Access.Read);
        group.MapPost("/", SaveAsync).Requires(Access.Research);
        group.MapPost("/validate", Validate).Requires(Access.Read);
        group.MapStrategyDocuments();
        group.MapLookahead();
        return group;
    }

    private static async Task<StrategyVersion> SaveAsync(StrategyDocumentRequest request, HttpContext context, StrategyStore store, CancellationToken cancellationToken)
    {
        var reading = Read(request);
        var document = reading.Document ?? throw ProblemGate.FromProblems(422, ErrorCodes.InvalidDocument, reading.Problems);
        var stored = StrategyStore.ToVersion(await store.SaveAsync(document, Caller.Of(context).Actor, cancellationToken));
        return stored.Name == document.Name ? stored : stored with { KnownInsteadOf = document.Name };
    }

    private static ValidationReport Validate(StrategyDocumentRequest request)
    {
        RequireText(request.Document, "document");
        if (EnsembleReader.IsEnsemble(request.Document))
        {
            var ensemble = EnsembleReader.Read(request.Document, request.Lenient);
            return new ValidationReport(ensemble.Document is not null, ensemble.Document?.Name, ensemble.Document is { } read ? EnsembleWriter.Hash(read) : null, [.. ensemble.Problems.Select(ProblemGate.ToDocumentProblem)]) { Kind = "ensemble" };
        }

        var reading = StrategyReader.Read(request.Document, request.Lenient);
        var document = reading.Document;
        return new ValidationReport(document is not null, document?.Name, document is null ? null : StrategyHash.Of(document), [.. reading.Problems.Select(ProblemGate.ToDocumentProblem)])
        {
            Features = document is null ? [] : FeatureNames.Of(document),
        };
    }

    private static StrategyReading Read(StrategyDocumentRequest request)
    {
        RequireText(request.Document, "document");
        return StrategyReader.Read(request.Document, request.Lenient);
    }

    internal static void RequireText(string? text, string field)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestDocument)
        {
            throw ApiException.Invalid(field, $"{text?.Length ?? 0} characters", $"1 to {LongestDocument} characters of YAML or JSON");
        }
    }
}
