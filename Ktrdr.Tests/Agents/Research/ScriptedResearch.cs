using System.Net;
using System.Text.Json;
using Ktrdr.Agents.Assessing;
using Ktrdr.Agents.Designing;
using Ktrdr.Agents.Learning;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Tests.Agents.Research;

/// <summary>
/// A research Api without a database: guarded transitions, idempotency keys, operations that finish after a number of questions. Designs, assessments and
/// lessons are the agents' own; trainings and backtests give figures that follow from the strategy's hash.
/// </summary>
internal sealed class ScriptedResearch(Campaign campaign, int slowness = 0)
{
    private readonly Generator _speed = new((ulong)slowness, "speed");
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Operation> _operations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _questionsLeft = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StrategyVersion> _strategies = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, Experiment> _experiments = [];

    public Campaign Campaign { get; private set; } = campaign;

    public IReadOnlyCollection<Experiment> Experiments => _experiments.Values;

    public IReadOnlyCollection<Operation> Operations => _operations.Values;

    public List<string> Transitions { get; } = [];

    /// <summary>Requests of the designs by experiment number.</summary>
    public SortedDictionary<int, DesignRequest> Designs { get; } = [];

    /// <summary>Experiments under way at once, at most.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>No operation ends before so many experiments exist.</summary>
    public int HoldUntilCreated { get; set; }

    /// <summary>Types of operation that fail, by experiment number; 0 is the campaign itself.</summary>
    public Dictionary<int, string> Failing { get; } = [];

    public string FailureCode { get; init; } = "broken";

    /// <summary>Experiments whose model predicts one class, and those whose backtest has no trade.</summary>
    public HashSet<int> OneClass { get; } = [];

    public HashSet<int> WithoutTrade { get; } = [];

    public Campaign GetCampaignAsync(string id) => Campaign;

    public Campaign CloseCampaignAsync(string id) => Campaign = Campaign.Status == CampaignStatus.Open ? Campaign with { Status = CampaignStatus.Closing } : Campaign;

    public Campaign MarkCampaignClosedAsync(string id) => Campaign = Campaign.Statistics?.Stage == "conclude" ? Campaign with { Status = CampaignStatus.Closed } : throw Conflict("not concluded");

    public IReadOnlyList<Experiment> ListExperimentsAsync(string id) => [.. _experiments.Values];

    public Experiment GetExperimentAsync(string id) => _experiments.Values.Single(e => e.Id == id);

    public DatasetVersion GetDatasetAsync(string id) => new()
    {
        Id = id,
        Symbol = Campaign.Symbol,
        Timeframe = Campaign.Timeframe,
        Bars = 100,
        FirstTime = default,
        LastTime = default,
        SealedFrom = default,
        UnsealedBars = 80,
        Windows = [],
        Source = "test",
        Findings = [new DataFindingSummary("zero_volume", "warning", 100, [])],
    };

    public StrategyVersion GetStrategyAsync(string name, int? version) => _strategies[name];

    public Experiment CreateExperimentAsync(string id, CreateExperimentRequest request)
    {
        if (!_experiments.TryGetValue(request.Number, out var experiment))
        {
            _experiments[request.Number] = experiment = new Experiment { Id = $"exp_{request.Number}", CampaignId = id, Number = request.Number, Phase = ExperimentPhase.Designing };
            MostAtOnce = Math.Max(MostAtOnce, _experiments.Values.Count(e => e.Phase is not (ExperimentPhase.Done or ExperimentPhase.Failed)));
        }

        return experiment;
    }

    public Experiment TransitionExperimentAsync(string id, ExperimentTransition t)
    {
        var e = GetExperimentAsync(id);
        if (e.Phase != t.From)
        {
            throw Conflict($"experiment {e.Number} is {e.Phase}, not {t.From}");
        }

        if (t.From != t.To)
        {
            Transitions.Add($"{e.Number}: {t.From} → {t.To}");
        }

        return _experiments[e.Number] = e with
        {
            Phase = t.To,
            StrategyName = t.StrategyName ?? e.StrategyName,
            StrategyHash = t.StrategyHash ?? e.StrategyHash,
            Hypothesis = t.Hypothesis ?? e.Hypothesis,
            HypothesisId = t.HypothesisId ?? e.HypothesisId,
            Blocks = t.Blocks ?? e.Blocks,
            DesignOperationId = t.DesignOperationId ?? e.DesignOperationId,
            TrainingOperationId = t.TrainingOperationId ?? e.TrainingOperationId,
            BacktestOperationId = t.BacktestOperationId ?? e.BacktestOperationId,
            AssessmentOperationId = t.AssessmentOperationId ?? e.AssessmentOperationId,
            LearningOperationId = t.LearningOperationId ?? e.LearningOperationId,
            TestOperationId = t.TestOperationId ?? e.TestOperationId,
            ModelId = t.ModelId ?? e.ModelId,
            Gate = t.Gate ?? e.Gate,
            Validation = t.Validation ?? e.Validation,
            Test = t.Test ?? e.Test,
            Verdict = t.Verdict ?? e.Verdict,
            VerdictReasons = t.VerdictReasons ?? e.VerdictReasons,
            Assessment = t.Assessment ?? e.Assessment,
            Lesson = t.Lesson ?? e.Lesson,
            Failure = t.Failure ?? e.Failure,
        };
    }

    public OperationAccepted StartAgentPhaseAsync(string id, string type, JsonElement request, string? idempotencyKey, string? parent) =>
        Start(type, idempotencyKey, parent, request, GetExperimentAsync(id));

    public OperationAccepted StartTrainingAsync(TrainingRequest request, string? idempotencyKey, string? parent, string? campaignId) =>
        Start(OperationTypes.Training, idempotencyKey, parent, KtrdrJson.ToElement(request), GetExperimentAsync(request.ExperimentId!));

    public OperationAccepted StartBacktestAsync(BacktestRequest request, string? idempotencyKey, string? parent, string? campaignId) =>
        Start(OperationTypes.Backtest, idempotencyKey, parent, KtrdrJson.ToElement(request), GetExperimentAsync(request.ExperimentId!));

    public OperationAccepted StartCampaignStatisticsAsync(string id, string stage, string? idempotencyKey, string? parent) =>
        Start(OperationTypes.CampaignStatistics, idempotencyKey, parent, KtrdrJson.ToElement(new CampaignStatisticsRequest(id, stage)), null);

    public Operation GetOperationAsync(string id)
    {
        if (_experiments.Count < HoldUntilCreated)
        {
            return Unfinished(id);
        }

        if (_questionsLeft[id]-- == 0 && _operations[id].Status == OperationStatus.Succeeded && Campaign.Statistics?.Stage is not "conclude" && _operations[id].Type == OperationTypes.CampaignStatistics)
        {
            Campaign = Campaign with { Statistics = KtrdrJson.Read<CampaignStatisticsResult>(_operations[id].Result!.Value) };
        }

        return _questionsLeft[id] < 0 ? _operations[id] : Unfinished(id);
    }

    private Operation Unfinished(string id) => _operations[id] with { Status = OperationStatus.Running, Result = null, Failure = null };

    public Operation RetryOperationAsync(string id)
    {
        var operation = _operations[id];
        _questionsLeft[id] = 0;
        return _operations[id] = operation with { Status = OperationStatus.Succeeded, Failure = null, Result = Answer(operation.Type, operation.Request, null) };
    }

    private OperationAccepted Start(string type, string? key, string? parent, JsonElement request, Experiment? experiment)
    {
        if (_keys.TryGetValue(key!, out var known))
        {
            return _operations[known].Request.GetRawText() == request.GetRawText() && _operations[known].ParentId == parent
                ? new OperationAccepted(known, OperationStatus.Queued)
                : throw Conflict($"key {key} was used for another request");
        }

        var id = $"op_{_operations.Count + 1}";
        var fails = Failing.GetValueOrDefault(experiment?.Number ?? 0) == type;
        _operations[id] = new Operation
        {
            Id = id,
            Type = type,
            ParentId = parent,
            Request = request,
            Status = fails ? OperationStatus.Failed : OperationStatus.Succeeded,
            Failure = fails ? new OperationFailure(FailureCode, "the worker broke three times") : null,
            Result = fails ? null : Answer(type, request, experiment),
        };
        _questionsLeft[id] = slowness == 0 ? 0 : _speed.NextInt(6);
        _keys[key!] = id;
        return new OperationAccepted(id, OperationStatus.Queued);
    }

    private JsonElement Answer(string type, JsonElement request, Experiment? experiment) => type switch
    {
        OperationTypes.AgentDesign => KtrdrJson.ToElement(DesignOf(KtrdrJson.Read<DesignRequest>(request))),
        OperationTypes.Training => KtrdrJson.ToElement(ScriptedRuns.Training(experiment!, OneClass.Contains(experiment!.Number))),
        OperationTypes.Backtest => KtrdrJson.ToElement(ScriptedRuns.Backtest(experiment!, KtrdrJson.Read<BacktestRequest>(request).Window!, WithoutTrade.Contains(experiment!.Number))),
        OperationTypes.AgentAssessment => KtrdrJson.ToElement(Assessor.Assess(EvidenceOf(experiment!))),
        OperationTypes.AgentLearning => KtrdrJson.ToElement(Learner.Learn(Campaign, experiment!, _strategies[experiment!.StrategyHash!].Document)),
        _ => KtrdrJson.ToElement(StatisticsOf(KtrdrJson.Read<CampaignStatisticsRequest>(request).Stage)),
    };

    private DesignResult DesignOf(DesignRequest request)
    {
        Designs[request.Number] = request;
        var design = Designer.Create(request);
        _strategies[design.Hash] = new StrategyVersion { Name = design.Document.Name, Version = 1, Hash = design.Hash, Document = design.Yaml, Author = "agent" };
        return new DesignResult
        {
            StrategyName = design.Document.Name,
            StrategyHash = design.Hash,
            Document = design.Yaml,
            Hypothesis = design.Hypothesis,
            HypothesisId = "hypothesis",
            Rationale = design.Rationale,
            Blocks = design.Blocks,
        };
    }

    private Evidence EvidenceOf(Experiment experiment)
    {
        var backtest = experiment.BacktestOperationId is { } id ? KtrdrJson.Read<BacktestResult>(_operations[id].Result!.Value) : null;
        return new Evidence(experiment, _operations[experiment.TrainingOperationId!].Result is { } training ? KtrdrJson.Read<TrainingResult>(training) : null, backtest, []);
    }

    private CampaignStatisticsResult StatisticsOf(string stage)
    {
        var best = _experiments.Values.Where(e => e.Verdict == "unproven").OrderByDescending(e => e.Validation!.NetTStatistic).Take(2).Select(e => e.Id).ToHashSet();
        return new CampaignStatisticsResult
        {
            CampaignId = Campaign.Id,
            Stage = stage,
            Trials = _experiments.Count,
            EffectiveTrials = _experiments.Count,
            RulesHash = "rules",
            LedgerHead = "head",
            Experiments = [.. _experiments.Values.Select(e => new TrialStatistics { ExperimentId = e.Id, Number = e.Number, Nominated = best.Contains(e.Id), Verdict = e.Verdict ?? "rejected", Reasons = [] })],
        };
    }

    private static KtrdrApiException Conflict(string title) => new(HttpStatusCode.Conflict, new ApiProblem(title, 409, ErrorCodes.WrongState));
}
