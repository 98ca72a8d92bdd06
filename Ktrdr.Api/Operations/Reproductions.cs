using System.Text.Json;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>Runs a finished operation again from the inputs it was pinned to, and compares what comes out. Nothing is stored a second time: no model, no backtest, no trial.</summary>
internal sealed class Reproductions(KtrdrDatabase database, OperationStore store, OperationService operations, LedgerStore ledger)
{
    /// <summary>What the Api adds to a result when it commits it: ids and versions are drawn anew and are no part of what was computed.</summary>
    private static readonly string[] Allocated = ["model_id", "model_version"];

    public async Task<OperationAccepted> StartAsync(string id, string actor, CancellationToken cancellationToken)
    {
        var original = await store.RequireAsync(id, cancellationToken);
        if (!OperationTypes.Reproducible.Contains(original.Type))
        {
            var parts = original.Type == OperationTypes.Sweep ? ": a sweep is reproduced part by part, since its summary counts everything that was tried until then" : "";
            throw ApiException.Invalid("type", original.Type, $"an operation of type {string.Join(" or ", OperationTypes.Reproducible)}{parts}");
        }

        if (original.Status != OperationStatus.Succeeded)
        {
            throw ApiException.Conflict($"operation {id} is {StatusNames.Of(original.Status)}; allowed: one that has succeeded", "id");
        }

        var first = original.Reproduces ?? original.Id;
        var again = new NewOperation(original.Type, Json.Element(original.Request), actor)
        {
            Backend = original.Backend,
            Gpu = original.Gpu,
            Purpose = RunPurposes.Reproduction,
            StrategyHash = original.StrategyHash,
            Dataset = original.Dataset,
            Window = original.DataWindow,
            Seed = original.Seed,
            Reproduces = first,
        };
        return await operations.AcceptAsync(again, cancellationToken);
    }

    /// <summary>Runs inside the commit's transaction, in place of what the type's result would bring along.</summary>
    public async Task<JsonElement> CompareAsync(OperationRow operation, ResultReport report, CancellationToken cancellationToken)
    {
        var first = await database.Results.Where(r => r.OperationId == operation.Reproduces).Select(r => new { r.ResultHash, r.Result, r.EngineBuild }).SingleAsync(cancellationToken);
        var isEqual = first.ResultHash == report.ResultHash;
        var differences = new List<ResultDifference>();
        if (!isEqual)
        {
            Compare("", Json.Element(first.Result), report.Result, differences);
        }

        if (operation is { Type: OperationTypes.Backtest, StrategyHash: { } strategy, Dataset: { } dataset })
        {
            await ledger.AppendAsync(
                new LedgerEvaluation(operation.Id, operation.Actor, RunPurposes.Reproduction, strategy, dataset, operation.DataWindow ?? DataWindows.Custom, operation.Seed ?? 0, LedgerOutcomes.Completed) { ResultHash = report.ResultHash },
                cancellationToken);
        }

        return KtrdrJson.ToElement(new Reproduction(operation.Reproduces!, isEqual, first.ResultHash, report.ResultHash, differences) { FirstEngineBuild = first.EngineBuild, EngineBuild = report.EngineBuild });
    }

    private static void Compare(string path, JsonElement first, JsonElement again, List<ResultDifference> differences)
    {
        if (differences.Count == Reproduction.MostDifferences)
        {
            return;
        }

        if (first.ValueKind == JsonValueKind.Object && again.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in first.EnumerateObject())
            {
                var inner = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
                if (Allocated.Contains(inner))
                {
                    continue;
                }

                if (again.TryGetProperty(property.Name, out var other))
                {
                    Compare(inner, property.Value, other, differences);
                }
                else
                {
                    differences.Add(new ResultDifference(inner, property.Value.GetRawText(), null));
                }
            }
        }
        else if (first.ValueKind == JsonValueKind.Array && again.ValueKind == JsonValueKind.Array && first.GetArrayLength() == again.GetArrayLength())
        {
            for (var i = 0; i < first.GetArrayLength(); i++)
            {
                Compare($"{path}[{i}]", first[i], again[i], differences);
            }
        }
        else if (IsStoredElsewhere(first, again))
        {
            // The long columns of a backtest are kept in tables of their own: their hash tells.
        }
        else if (first.GetRawText() != again.GetRawText())
        {
            differences.Add(new ResultDifference(path, Short(first), Short(again)));
        }
    }

    private static bool IsStoredElsewhere(JsonElement first, JsonElement again)
        => first.ValueKind == JsonValueKind.Array && again.ValueKind == JsonValueKind.Array && first.GetArrayLength() == 0;

    private static string Short(JsonElement value)
    {
        const int most = 200;
        var text = value.GetRawText();
        return text.Length <= most ? text : $"{text[..most]}…";
    }
}
