using System.Globalization;
using System.Text.Json.Nodes;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Api.Strategies;

/// <summary>What can be asked about documents without storing them: the schema, differences, migration.</summary>
internal static class StrategyDocumentEndpoints
{
    public static void MapStrategyDocuments(this RouteGroupBuilder group)
    {
        group.MapGet("/schema", Schema).Requires(Access.Read);
        group.MapGet("/diff", DiffStoredAsync).Requires(Access.Read);
        group.MapPost("/diff", (StrategyDiffRequest request) => Diff(request.Before, request.After)).Requires(Access.Read);
        group.MapPost("/migrate", Migrate).Requires(Access.Read);
    }

    private static JsonObject Schema(string? kind) => kind switch
    {
        null or "strategy" => StrategySchema.Create(),
        "ensemble" => StrategySchema.CreateEnsemble(),
        _ => throw ApiException.Invalid("kind", kind, "strategy, ensemble"),
    };

    private static async Task<StrategyDifferences> DiffStoredAsync(string? before, string? after, StrategyStore store, CancellationToken cancellationToken)
        => Diff(await DocumentAsync(before, "before", store, cancellationToken), await DocumentAsync(after, "after", store, cancellationToken));

    private static async Task<string> DocumentAsync(string? reference, string field, StrategyStore store, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(reference))
        {
            throw ApiException.Invalid(field, reference ?? "", "a name, name@version or a hash");
        }

        var at = reference.LastIndexOf('@');
        if (at < 0)
        {
            return (await store.RequireAsync(reference, null, cancellationToken)).Document;
        }

        return int.TryParse(reference.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? (await store.RequireAsync(reference[..at], version, cancellationToken)).Document
            : throw ApiException.Invalid(field, reference, "a name, name@version or a hash");
    }

    private static StrategyDifferences Diff(string before, string after)
    {
        StrategyEndpoints.RequireText(before, "before");
        StrategyEndpoints.RequireText(after, "after");
        if (EnsembleReader.IsEnsemble(before) && EnsembleReader.IsEnsemble(after))
        {
            var (old, now) = (Ensemble(before), Ensemble(after));
            return Answer(EnsembleWriter.Hash(old), EnsembleWriter.Hash(now), StrategyDiff.Of(old, now));
        }

        var (first, second) = (Strategy(before), Strategy(after));
        return Answer(StrategyHash.Of(first), StrategyHash.Of(second), StrategyDiff.Of(first, second));
    }

    private static StrategyDifferences Answer(string before, string after, IReadOnlyList<StrategyChange> changes)
        => new(before == after, before, after, [.. changes.Select(c => new StrategyDifference(c.Path, c.Before, c.After))]);

    private static StrategyDocument Strategy(string text)
    {
        var reading = StrategyReader.Read(text);
        return reading.Document ?? throw ProblemGate.FromProblems(422, ErrorCodes.InvalidDocument, reading.Problems);
    }

    private static EnsembleDocument Ensemble(string text)
    {
        var reading = EnsembleReader.Read(text);
        return reading.Document ?? throw ProblemGate.FromProblems(422, ErrorCodes.InvalidDocument, reading.Problems);
    }

    private static MigratedStrategy Migrate(StrategyDocumentRequest request)
    {
        StrategyEndpoints.RequireText(request.Document, "document");
        var result = StrategyMigration.Of(request.Document);
        return new MigratedStrategy(result.Text, [.. result.Changes.Select(c => new MigratedKey(c.Path, c.Line, c.What))], [.. result.Problems.Select(ProblemGate.ToDocumentProblem)]);
    }
}
