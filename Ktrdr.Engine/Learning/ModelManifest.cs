using Ktrdr.Engine.Features;

namespace Ktrdr.Engine.Learning;

/// <summary><c>model.json</c>: what a model is, what it was made from, and everything that serving it needs besides the weights.</summary>
public sealed record ModelManifest
{
    public const int CurrentFormat = 1;

    /// <summary>Version of this record's layout.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Version of the engine that trained it.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>Numerical backend: results of different backends are never mixed.</summary>
    public string Backend { get; init; } = "simd";

    public required NetworkShape Shape { get; init; }

    /// <summary>Names of the outputs in order, for instance buy, hold, sell; one name for regression.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>Resolved feature ids, one per input column, in order.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>Scaling of the raw inputs, fitted on the training rows.</summary>
    public required IReadOnlyList<FeatureScale> Normalization { get; init; }

    public required string Symbol { get; init; }

    /// <summary>Base timeframe, for instance <c>1h</c>.</summary>
    public required string Timeframe { get; init; }

    public required string StrategyHash { get; init; }

    /// <summary>Content hash of the bars.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>SHA-256 of <c>weights.safetensors</c>.</summary>
    public required string WeightsHash { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Open time of the first training bar, Unix milliseconds UTC.</summary>
    public required long TrainingStart { get; init; }

    /// <summary>Open time of the last training bar (inclusive), Unix milliseconds UTC.</summary>
    public required long TrainingEnd { get; init; }

    public required int BestEpoch { get; init; }

    public required StopReason StopReason { get; init; }

    /// <summary>Named figures of the training, for instance <c>validation_loss</c>; null means undefined.</summary>
    public SortedDictionary<string, double?> Metrics { get; init; } = new(StringComparer.Ordinal);
}
