using Ktrdr.Api.Persistence;
using Ktrdr.Api.Strategies;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Backtests;

/// <summary>An ensemble whose members are known.</summary>
/// <param name="Document">Canonical text.</param>
/// <param name="Members">Model ids by member.</param>
/// <param name="Gate">The gate's model, whose symbol and timeframe are the ensemble's.</param>
/// <param name="Strategies">Documents of the members, the gate's first.</param>
/// <param name="Hash">What its trials are known by.</param>
internal sealed record ResolvedEnsemble(string Document, IReadOnlyDictionary<string, string> Members, ModelRow Gate, IReadOnlyList<string> Strategies, string Hash);

/// <summary>Reads ensemble documents and finds their members among the stored models, so that a run is pinned when it is accepted.</summary>
internal sealed class EnsembleModels(KtrdrDatabase database, StrategyStore strategies)
{
    /// <exception cref="ApiException">422 with every problem of the document, or of the models it names.</exception>
    public async Task<ResolvedEnsemble> ResolveAsync(BacktestRequest request, CancellationToken cancellationToken)
    {
        StrategyEndpoints.RequireText(request.Ensemble!, "ensemble");
        var reading = EnsembleReader.Read(request.Ensemble!);
        var document = reading.Document ?? throw ProblemGate.FromProblems(422, ErrorCodes.InvalidDocument, reading.Problems);
        if (request.Members.Keys.FirstOrDefault(id => document.Models.All(m => m.Id != id)) is { } unknown)
        {
            throw ApiException.Invalid("members", unknown, string.Join(", ", document.Models.Select(m => m.Id)));
        }

        var problems = new List<Problem>();
        var found = new Dictionary<string, (ModelRow Model, string Document, StrategyDocument Strategy)>(StringComparer.Ordinal);
        foreach (var member in document.Models)
        {
            var row = request.Members.TryGetValue(member.Id, out var id)
                ? await database.Models.SingleOrDefaultAsync(m => m.Id == id, cancellationToken)
                : await FindAsync(member.ModelPath, cancellationToken);
            if (row is null)
            {
                problems.Add(await MissingAsync(member, id, cancellationToken));
                continue;
            }

            var text = (await strategies.RequireAsync(row.StrategyHash, null, cancellationToken)).Document;
            found[member.Id] = (row, text, StrategyReader.Parse(text, lenient: true));
        }

        if (found.TryGetValue(document.Composition.GateModel, out var gate))
        {
            foreach (var member in document.Models.Where(m => found.ContainsKey(m.Id)))
            {
                Check(member, found[member.Id].Model, found[member.Id].Strategy, gate.Model, member.Id == document.Composition.ContextGate, problems);
            }
        }

        if (problems.Count > 0)
        {
            throw ProblemGate.FromProblems(422, ErrorCodes.InvalidDocument, problems);
        }

        return new ResolvedEnsemble(
            EnsembleWriter.Canonical(document),
            document.Models.ToDictionary(m => m.Id, m => found[m.Id].Model.Id, StringComparer.Ordinal),
            gate.Model,
            [.. document.Models.OrderBy(m => m.Id != document.Composition.GateModel).Select(m => found[m.Id].Document)],
            EnsembleWriter.Hash(document, id => found[id].Model.StrategyHash));
    }

    /// <summary>A model's id; a strategy's latest model; or of one of its timeframes the latest, or one version. Models without some of their inputs are never meant.</summary>
    private async Task<ModelRow?> FindAsync(string modelPath, CancellationToken cancellationToken)
    {
        if (!EnsembleModelPath.TryParse(modelPath, out var path))
        {
            return null;
        }

        if (path.Timeframe is null && await database.Models.SingleOrDefaultAsync(m => m.Id == path.Name, cancellationToken) is { } byId)
        {
            return byId;
        }

        return await database.Models
            .Where(m => m.StrategyName == path.Name && (path.Timeframe == null || m.Timeframe == path.Timeframe))
            .Where(m => path.Version == null ? m.Purpose != RunPurposes.Ablation : m.Version == path.Version)
            .OrderByDescending(m => m.Id).FirstOrDefaultAsync(cancellationToken);
    }

    private async Task<Problem> MissingAsync(EnsembleModel member, string? id, CancellationToken cancellationToken)
    {
        const int shown = 8;
        var field = id is null ? $"models.{member.Id}.model_path" : $"members.{member.Id}";
        var latest = await database.Models.Where(m => m.Purpose != RunPurposes.Ablation).OrderByDescending(m => m.Id).Take(100)
            .Select(m => $"models/{m.StrategyName}/{m.Timeframe}_v{m.Version}").ToListAsync(cancellationToken);
        var allowed = latest.Count == 0 ? "a model that was trained; there is none yet" : string.Join(", ", latest.Distinct().Take(shown)) + (latest.Count > shown ? ", …" : "");
        return new Problem("unknown_model", field, $"{field} is {ApiException.Shown(id ?? member.ModelPath)}, and there is no such model; allowed: {allowed}.") { Value = id ?? member.ModelPath, Allowed = allowed };
    }

    private static void Check(EnsembleModel member, ModelRow model, StrategyDocument strategy, ModelRow gate, bool isContext, List<Problem> problems)
    {
        var path = $"models.{member.Id}";
        if (strategy.Decisions.OutputFormat != member.OutputType)
        {
            Wrong($"{path}.output_type", $"is {KtrdrJson.Word(member.OutputType)}, but model {model.Id} of {model.StrategyName} gives {KtrdrJson.Word(strategy.Decisions.OutputFormat)}", $"{KtrdrJson.Word(strategy.Decisions.OutputFormat)}, or another model");
        }

        if (model.Symbol != gate.Symbol)
        {
            Wrong(path, $"is model {model.Id} of {model.Symbol}", $"a model of {gate.Symbol}, as the gate");
        }

        var (own, wanted) = (Timeframe.Parse(model.Timeframe), Timeframe.Parse(gate.Timeframe));
        var isWider = own.Milliseconds > wanted.Milliseconds && own.Milliseconds % wanted.Milliseconds == 0;
        if (own != wanted && !(isContext && isWider))
        {
            Wrong(path, $"is model {model.Id} of timeframe {own.Name}", isContext ? $"{wanted.Name}, as the gate, or a multiple of it" : $"a model of timeframe {wanted.Name}, as the gate");
        }

        void Wrong(string field, string what, string allowed) =>
            problems.Add(new Problem("unfit_model", field, $"{field} {what}; allowed: {allowed}.") { Value = member.ModelPath, Allowed = allowed });
    }
}
