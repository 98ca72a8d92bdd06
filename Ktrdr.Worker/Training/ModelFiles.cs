using System.Text;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Worker.Training;

/// <summary>The three files of a model. They hold no time of the clock and no drawn id, so equal trainings give equal bytes.</summary>
/// <param name="Manifest"><c>model.json</c>.</param>
/// <param name="Weights"><c>weights.safetensors</c>.</param>
/// <param name="Strategy"><c>strategy.yaml</c>: the document as trained, without the inputs that were dropped.</param>
internal sealed record ModelFiles(byte[] Manifest, byte[] Weights, byte[] Strategy)
{
    private static readonly string[] ClassNames = ["buy", "hold", "sell"];
    private static readonly string[] RegressionNames = ["return"];

    public static ModelFiles Of(TrainingPlan plan, TrainingOutcome outcome)
    {
        var best = outcome.History.Single(e => e.Epoch == outcome.BestEpoch);
        var manifest = new ModelManifest
        {
            EngineVersion = EngineBuild.Version,
            Backend = plan.Request.Backend,
            Shape = plan.Shape,
            Outputs = plan.Set.IsRegression ? RegressionNames : ClassNames,
            Features = plan.Features.Names,
            Normalization = plan.Normalization.Scales,
            Symbol = plan.Dataset.Symbol,
            Timeframe = plan.Dataset.Timeframe,
            StrategyHash = plan.Stored.Hash,
            DatasetHash = plan.Dataset.Id,
            WeightsHash = outcome.WeightsHash,
            Seed = unchecked((ulong)plan.Seed),
            TrainingStart = plan.Bars.Times[plan.Start],
            TrainingEnd = plan.Bars.Times[^1],
            BestEpoch = outcome.BestEpoch,
            StopReason = outcome.StopReason,
            Metrics = new SortedDictionary<string, double?>(StringComparer.Ordinal)
            {
                ["train_loss"] = best.TrainLoss,
                ["validation_loss"] = best.ValidationLoss,
                ["validation_accuracy"] = best.ValidationAccuracy,
            },
        };
        return new ModelFiles(Encoding.UTF8.GetBytes(ModelFolder.ToJson(manifest)), Safetensors.Write(outcome.Network), Encoding.UTF8.GetBytes(StrategyWriter.ToYaml(plan.Strategy)));
    }
}
