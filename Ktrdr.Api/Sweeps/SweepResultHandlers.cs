using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sweeps;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Sweeps;

/// <summary>A sweep is made of parts; its summary is made when all of them are there, since it weighs every variant against all others.</summary>
internal sealed class SweepWhole : IWholeType
{
    public string Type => OperationTypes.Sweep;

    public string PartType => OperationTypes.SweepPart;

    public NewOperation Closing(OperationRow whole) => new(OperationTypes.SweepSummary, KtrdrJson.ToElement(new SweepSummaryRequest(whole.Id)), whole.Actor)
    {
        ParentId = whole.Id,
        StrategyHash = whole.StrategyHash,
        Dataset = whole.Dataset,
        Window = whole.DataWindow,
        Seed = whole.Seed,
    };
}

/// <summary>A part's result becomes variants and rows of the ledger; the last part brings the summary.</summary>
internal sealed class SweepPartResultHandler(SweepVariantStore variants, OperationService operations) : IResultHandler
{
    public string Type => OperationTypes.SweepPart;

    public async Task<JsonElement> CommitAsync(OperationRow operation, ResultReport report, CancellationToken cancellationToken)
    {
        var part = KtrdrJson.Read<SweepPartResult>(report.Result);
        var request = Json.Read<SweepPartRequest>(operation.Request);
        if (!part.Variants.Select(v => v.Number).SequenceEqual(Enumerable.Range(request.From, request.To - request.From)))
        {
            throw ApiException.Invalid("variants", $"numbers {string.Join(", ", part.Variants.Select(v => v.Number).Take(10))}", $"{request.From} to {request.To - 1}, each once and in order");
        }

        await variants.AddAsync(operation, request.SweepId, part.Variants, report.ResultHash, cancellationToken);
        await operations.AdvanceAsync(request.SweepId, cancellationToken);
        return KtrdrJson.ToElement(part with { Variants = [.. part.Variants.Select(v => v with { DailyReturns = [] })] });
    }
}

/// <summary>The summary is the sweep's result.</summary>
internal sealed class SweepSummaryResultHandler(KtrdrDatabase database, OperationTransitions transitions, OperationSignals signals) : IResultHandler
{
    public string Type => OperationTypes.SweepSummary;

    public async Task<JsonElement> CommitAsync(OperationRow operation, ResultReport report, CancellationToken cancellationToken)
    {
        KtrdrJson.Read<SweepResult>(report.Result);
        var sweep = operation.ParentId!;
        if (await transitions.TryApplyAsync(new OperationMove(sweep, OperationTrigger.Result), cancellationToken) is not { } ended)
        {
            // Cancelled meanwhile: the summary stands by itself.
            return report.Result;
        }

        await database.Database.ExecuteSqlRawAsync(
            "insert into results (operation_id, attempt, result, result_hash, engine_build) values (@id, 0, @result, @hash, @build)",
            ResultCommit.Parameters(sweep, report.Result, report, await BuildsAsync(sweep, report, cancellationToken)),
            cancellationToken);
        database.AfterCommit(() =>
        {
            OperationMetrics.Ended(ended);
            signals.Raise(sweep);
        });
        return report.Result;
    }

    /// <summary>Each part is of one build. The whole may be of several: then it names them all.</summary>
    private async Task<string?> BuildsAsync(string sweep, ResultReport report, CancellationToken cancellationToken)
    {
        var parts = await database.Results.Where(r => database.Operations.Any(o => o.Id == r.OperationId && o.ParentId == sweep)).Select(r => r.EngineBuild).Distinct().ToListAsync(cancellationToken);
        var builds = parts.Append(report.EngineBuild).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        return builds.Count == 0 ? null : string.Join(", ", builds);
    }
}
