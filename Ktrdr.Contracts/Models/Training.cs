using System.Text.Json.Serialization;
using Ktrdr.Contracts.Strategies;

namespace Ktrdr.Contracts.Models;

/// <summary>Body of <c>POST /trainings/start</c> and request of a <c>training</c> operation.</summary>
public sealed record TrainingRequest
{
    /// <summary>Name or hash of a stored strategy.</summary>
    public required string Strategy { get; init; }

    /// <summary>Dataset version; the latest of the strategy's symbol and timeframe if null.</summary>
    public string? Dataset { get; init; }
    public string? Symbol { get; init; }
    public string? Timeframe { get; init; }

    /// <summary>train, or unsealed: every bar before the seal, which leaves none to judge the model on.</summary>
    public string Window { get; init; } = "train";

    /// <summary>Rows to learn from, by bar open time [Start, End); the window's borders if null.</summary>
    public DateTimeOffset? Start { get; init; }
    public DateTimeOffset? End { get; init; }
    public long Seed { get; init; } = 1;

    /// <summary>Several seeds, trained side by side; a document's own seeds come first, and one seed is <see cref="Seed"/>.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [];
    public int? Epochs { get; init; }

    /// <summary>Dataset versions of the strategy's further symbols and context series; the latest of each that is not named.</summary>
    public IReadOnlyList<string> MoreDatasets { get; init; } = [];

    /// <summary>trial, ablation or manual.</summary>
    public string Purpose { get; init; } = RunPurposes.Manual;

    /// <summary>Inputs (fuzzy sets or raw indicators) to leave out: attribution by ablation.</summary>
    public IReadOnlyList<string> DroppedInputs { get; init; } = [];
    public string? ExperimentId { get; init; }
    public string Backend { get; init; } = "simd";
}

/// <summary>Why a run was made; the ledger keeps it.</summary>
public static class RunPurposes
{
    public const string Trial = "trial";
    public const string Ablation = "ablation";
    public const string Nomination = "nomination";
    public const string Manual = "manual";

    /// <summary>A finished run, run again to compare: never asked for with a run of its own.</summary>
    public const string Reproduction = "reproduction";

    public static IReadOnlyList<string> All { get; } = [Trial, Ablation, Nomination, Manual];
}

/// <summary>Result of a <c>training</c> operation; the three files of the model are artifacts.</summary>
public sealed record TrainingResult
{
    public required string StrategyName { get; init; }
    public required string StrategyHash { get; init; }
    public required string Dataset { get; init; }
    public required DateTimeOffset Start { get; init; }
    public required DateTimeOffset End { get; init; }
    public required long Seed { get; init; }
    public required string EngineVersion { get; init; }
    public required string WeightsHash { get; init; }
    public required string ManifestSha256 { get; init; }
    public required string WeightsSha256 { get; init; }
    public required string StrategySha256 { get; init; }

    /// <summary>The rules of a tsk model as JSON; null for other kinds.</summary>
    public string? RulesSha256 { get; init; }

    /// <summary>The same network as <c>model.onnx</c>; null for models that were stored before tsk had a form there.</summary>
    public string? OnnxSha256 { get; init; }
    public required IReadOnlyList<string> Features { get; init; }
    public required int Parameters { get; init; }
    public required int EpochsTrained { get; init; }
    public required int BestEpoch { get; init; }
    public required string StopReason { get; init; }
    public required int TrainRows { get; init; }
    public required int ValidationRows { get; init; }

    /// <summary>At the best epoch; null if it is not finite.</summary>
    public double? TrainLoss { get; init; }
    public double? ValidationLoss { get; init; }
    public double? ValidationAccuracy { get; init; }

    /// <summary>How often each class was predicted on the validation rows; empty for regression.</summary>
    public IReadOnlyList<int> PredictedClassCounts { get; init; } = [];

    /// <summary>Share of bars where no membership of a fuzzy set exceeds 0.05, by set.</summary>
    public IReadOnlyDictionary<string, double> UncoveredShare { get; init; } = new Dictionary<string, double>();

    /// <summary>Share of complete rows on which every fuzzy feature is exactly 0, on the worst of the symbols; null without fuzzy features and for tsk, whose memberships move.</summary>
    public double? AllZeroShare { get; init; }
    public IReadOnlyList<EpochRecord> History { get; init; } = [];

    /// <summary>Every seed by itself, in their order. The figures above are those of <see cref="Seed"/>, the one with the median validation loss.</summary>
    public IReadOnlyList<SeedTraining> Seeds { get; init; } = [];

    /// <summary>What models trained on other parts of the window did on each part, where the document asks for more than a holdout.</summary>
    public IReadOnlyList<FoldTraining> Folds { get; init; } = [];

    /// <summary>What was tried to see whether the kept networks know the future, from the bars to what they answer; null in results of versions that did not try.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LookaheadProof? Proof { get; init; }

    /// <summary>mlp, lstm, gru or tsk.</summary>
    public string ModelKind { get; init; } = "mlp";

    /// <summary>Set by the Api when the result is committed.</summary>
    public string? ModelId { get; init; }
    public int ModelVersion { get; init; }
}

/// <summary>One seed of a training.</summary>
public sealed record SeedTraining
{
    public required long Seed { get; init; }
    public required int EpochsTrained { get; init; }
    public required int BestEpoch { get; init; }
    public required string StopReason { get; init; }
    public double? TrainLoss { get; init; }
    public double? ValidationLoss { get; init; }
    public double? ValidationAccuracy { get; init; }
    public required string WeightsHash { get; init; }
    public required string ManifestSha256 { get; init; }
    public required string WeightsSha256 { get; init; }
}

/// <summary>One fold of a validation scheme: trained without it and without what touches it, measured on it.</summary>
/// <param name="Number">From 1, oldest test first.</param>
/// <param name="Accuracy">Share of test rows whose class, or for a regression whose sign, was right.</param>
/// <param name="NetSharpe">Of a backtest over the test rows' bars, annualised from daily net returns; the mean over the seeds. Null where undefined, or where the model does not trade.</param>
public sealed record FoldTraining(int Number, DateTimeOffset TestStart, DateTimeOffset TestEnd, int TrainRows, int TestRows, double? TestLoss, double? Accuracy, double? NetReturn, double? NetSharpe);

public sealed record EpochRecord(int Epoch, double? TrainLoss, double? ValidationLoss, double? ValidationAccuracy);

/// <summary>A stored model: a folder of three artifacts.</summary>
public sealed record Model
{
    public required string Id { get; init; }

    /// <summary>Counts from 1 per strategy name and timeframe, allocated by the Api.</summary>
    public required int Version { get; init; }
    public required string OperationId { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public string Purpose { get; init; } = RunPurposes.Manual;
    public required TrainingResult Training { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

public sealed record ModelSummary(string Id, string Strategy, int Version, string Symbol, string Timeframe, string Purpose, string OperationId, double? ValidationLoss, double? ValidationAccuracy, int EpochsTrained, DateTimeOffset CreatedAt);
