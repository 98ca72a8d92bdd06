using System.Text.Json;
using Ktrdr.Contracts.Models;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.Training;

/// <summary>Writes a finished training as the wire's record.</summary>
internal static class TrainingReport
{
    public static TrainingResult Of(TrainingPlan plan, TrainingOutcome outcome, ModelFiles files)
    {
        var best = outcome.History.Single(e => e.Epoch == outcome.BestEpoch);
        return new TrainingResult
        {
            StrategyName = plan.Stored.Name,
            StrategyHash = plan.Stored.Hash,
            Dataset = plan.Dataset.Id,
            Start = DateTimeOffset.FromUnixTimeMilliseconds(plan.Bars.Times[plan.Start]),
            End = DateTimeOffset.FromUnixTimeMilliseconds(plan.Bars.AvailableAt(plan.Bars.Count - 1)),
            Seed = plan.Seed,
            EngineVersion = EngineBuild.Version,
            WeightsHash = outcome.WeightsHash,
            ManifestSha256 = Artifacts.HashOf(files.Manifest),
            WeightsSha256 = Artifacts.HashOf(files.Weights),
            StrategySha256 = Artifacts.HashOf(files.Strategy),
            Features = plan.Features.Names,
            Parameters = plan.Shape.ParameterCount,
            EpochsTrained = outcome.History.Count,
            BestEpoch = outcome.BestEpoch,
            StopReason = JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.StopReason.ToString()),
            TrainRows = plan.Split.Train.Length,
            ValidationRows = plan.Split.Validation.Length,
            TrainLoss = Finite(best.TrainLoss),
            ValidationLoss = Finite(best.ValidationLoss),
            ValidationAccuracy = Finite(best.ValidationAccuracy),
            PredictedClassCounts = outcome.ValidationClassCounts,
            UncoveredShare = UncoveredShare(plan),
            History = [.. outcome.History.Select(e => new EpochRecord(e.Epoch, Finite(e.TrainLoss), Finite(e.ValidationLoss), Finite(e.ValidationAccuracy)))],
        };
    }

    /// <summary>Per fuzzy set, the worst of its timeframes.</summary>
    private static SortedDictionary<string, double> UncoveredShare(TrainingPlan plan)
    {
        var shares = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var set in CoverageReport.Of(plan.Strategy, plan.Series, plan.Bars.Timeframe.Name).Sets)
        {
            if (set.UncoveredShare is { } share)
            {
                shares[set.FuzzySet] = Math.Max(share, shares.GetValueOrDefault(set.FuzzySet));
            }
        }

        return shares;
    }

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
