using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Worker.Backtesting;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.Training;

/// <summary>What a finished training left behind.</summary>
/// <param name="Files">Per seed.</param>
/// <param name="Rules">A tsk model's rules as JSON; null for other kinds.</param>
/// <param name="Onnx">The network of the seed that speaks for all.</param>
/// <param name="Proof">That the kept networks see no future.</param>
internal sealed record FinishedTraining(TrainingJob Job, TrainedStrategy Trained, SeedOutcome Outcome, IReadOnlyList<ModelFiles> Files, byte[] Strategy, byte[]? Rules, byte[] Onnx, IReadOnlyList<FoldOutcome> Folds,
    LookaheadReport Proof)
{
    public IEnumerable<byte[]> Artifacts => [.. Files.SelectMany(f => new[] { f.Manifest, f.Weights }), Strategy, Onnx, .. Rules is null ? Array.Empty<byte[]>() : [Rules]];
}

/// <summary>Writes a finished training as the wire's record.</summary>
internal static class TrainingReport
{
    public static TrainingResult Of(FinishedTraining finished)
    {
        var (job, run) = (finished.Job, finished.Job.Run);
        var primary = finished.Trained.Primary;
        var (outcome, files) = (finished.Outcome.Outcomes[primary], finished.Files[primary]);
        var best = outcome.History.Single(e => e.Epoch == outcome.BestEpoch);
        var (uncovered, allZero) = Uncovered(job);
        return new TrainingResult
        {
            StrategyName = job.Stored.Name,
            StrategyHash = job.Stored.Hash,
            Dataset = job.Pinned.Dataset.Id,
            Start = Time(job.Start),
            End = Time(job.Market.Primary.AvailableAt(job.Market.Primary.Count - 1)),
            Seed = unchecked((long)finished.Outcome.Seeds[primary]),
            EngineVersion = EngineBuild.Version,
            WeightsHash = outcome.WeightsHash,
            ManifestSha256 = Artifacts.HashOf(files.Manifest),
            WeightsSha256 = Artifacts.HashOf(files.Weights),
            StrategySha256 = Artifacts.HashOf(finished.Strategy),
            RulesSha256 = finished.Rules is null ? null : Artifacts.HashOf(finished.Rules),
            OnnxSha256 = Artifacts.HashOf(finished.Onnx),
            ModelKind = KtrdrJson.Word(run.Strategy.Model.Kind),
            Features = run.Features.Names,
            Parameters = outcome.Network.Shape.ParameterCount,
            EpochsTrained = outcome.History.Count,
            BestEpoch = outcome.BestEpoch,
            StopReason = KtrdrJson.Word(outcome.StopReason),
            TrainRows = run.Fold.Rows.Train.Length,
            ValidationRows = run.Fold.Rows.Validation.Length,
            TrainLoss = Finite(best.TrainLoss),
            ValidationLoss = Finite(best.ValidationLoss),
            ValidationAccuracy = Finite(best.ValidationAccuracy),
            PredictedClassCounts = outcome.ValidationClassCounts,
            UncoveredShare = uncovered,
            AllZeroShare = allZero,
            History = [.. outcome.History.Select(e => new EpochRecord(e.Epoch, Finite(e.TrainLoss), Finite(e.ValidationLoss), Finite(e.ValidationAccuracy)))],
            Seeds = [.. finished.Outcome.Outcomes.Select((seed, i) => Seed(finished.Outcome.Seeds[i], seed, finished.Files[i]))],
            Folds = [.. finished.Folds.Select(Fold)],
            Proof = ProofRecord.Of(finished.Proof),
        };
    }

    private static Contracts.Models.SeedTraining Seed(ulong seed, TrainingOutcome outcome, ModelFiles files)
    {
        var best = outcome.History[outcome.BestEpoch - 1];
        return new Contracts.Models.SeedTraining
        {
            Seed = unchecked((long)seed),
            EpochsTrained = outcome.History.Count,
            BestEpoch = outcome.BestEpoch,
            StopReason = KtrdrJson.Word(outcome.StopReason),
            TrainLoss = Finite(best.TrainLoss),
            ValidationLoss = Finite(best.ValidationLoss),
            ValidationAccuracy = Finite(best.ValidationAccuracy),
            WeightsHash = outcome.WeightsHash,
            ManifestSha256 = Artifacts.HashOf(files.Manifest),
            WeightsSha256 = Artifacts.HashOf(files.Weights),
        };
    }

    private static FoldTraining Fold(FoldOutcome fold) => new(
        fold.Number, Time(fold.TestStart), Time(fold.TestEnd), fold.TrainRows, fold.TestRows, Finite(fold.TestLoss), Finite(fold.Accuracy), fold.Daily?.TotalReturn, Finite(fold.Daily?.Sharpe));

    /// <summary>How much the fuzzy sets do not see: per set the worst of its symbols and timeframes, and the share of rows with nothing but zeros, the worst of the symbols.</summary>
    private static (SortedDictionary<string, double> BySet, double? AllZero) Uncovered(TrainingJob job)
    {
        var bySet = new SortedDictionary<string, double>(StringComparer.Ordinal);
        double? allZero = null;
        if (job.Run.Strategy.Model.Kind == ModelKind.Tsk)
        {
            // Its memberships move: those of the document are only where they began.
            return (bySet, allZero);
        }

        for (var symbol = 0; symbol < job.Market.Symbols.Count; symbol++)
        {
            var coverage = CoverageReport.Of(job.Run.Strategy, job.Market.InputsOf(job.Run.Strategy, symbol), job.Market.Primary.Timeframe.Name);
            foreach (var set in coverage.Sets)
            {
                if (set.UncoveredShare is { } share)
                {
                    bySet[set.FuzzySet] = Math.Max(share, bySet.GetValueOrDefault(set.FuzzySet));
                }
            }

            allZero = coverage.AllZeroRows is { } zeros ? Math.Max(zeros, allZero ?? 0) : allZero;
        }

        return (bySet, allZero);
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
