using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Research;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>The one JSON object with which <c>demo --exit</c> ends.</summary>
public sealed record DemoResult
{
    public required int Slot { get; init; }

    public required string Url { get; init; }

    public required double ElapsedSeconds { get; init; }

    public required string Symbol { get; init; }

    public required string Timeframe { get; init; }

    public required bool Synthetic { get; init; }

    public required IReadOnlyList<DemoExperiment> Experiments { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, KtrdrJson.Options);
}

/// <summary>Figures are of the validation window, null and 0 where a gate stopped the experiment; the test figure is null for what was not nominated.</summary>
public sealed record DemoExperiment(
    string Id,
    string? Strategy,
    string? Hypothesis,
    ExperimentPhase Status,
    double? ValidationSharpe,
    double? TestSharpe,
    double? DeflatedSharpe,
    int Trades,
    string? Verdict)
{
    public static DemoExperiment Of(Experiment experiment) => new(
        experiment.Id,
        experiment.StrategyName,
        experiment.Hypothesis,
        experiment.Phase,
        experiment.Validation?.Sharpe,
        experiment.Test?.Sharpe,
        experiment.Validation is null ? null : experiment.Statistics?.DeflatedSharpe,
        experiment.Validation?.Trades ?? 0,
        experiment.Verdict);
}
