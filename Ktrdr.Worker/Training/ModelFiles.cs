using System.Text;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Worker.Training;

/// <summary>The three files of a model.</summary>
/// <param name="Manifest"><c>model.json</c>.</param>
/// <param name="Weights"><c>weights.safetensors</c>.</param>
/// <param name="Strategy"><c>strategy.yaml</c>: the document as trained.</param>
internal sealed record ModelFiles(byte[] Manifest, byte[] Weights, byte[] Strategy)
{
    public static ModelFiles Of(TrainingPlan plan, TrainingOutcome outcome)
    {
        var best = outcome.History.Single(e => e.Epoch == outcome.BestEpoch);
        var manifest = new ModelManifest
        {
            EngineVersion = EngineBuild.Version,
            Shape = plan.Shape,
            Features = plan.Features.Names,
            Scales = plan.Normalization.Scales,
            StrategyName = plan.Stored.Name,
            StrategyHash = plan.Stored.Hash,
            DroppedInputs = plan.Request.DroppedInputs,
            WeightsHash = outcome.WeightsHash,
            Seed = plan.Seed,
            Dataset = plan.Dataset.Id,
            Symbol = plan.Dataset.Symbol,
            Timeframe = plan.Dataset.Timeframe,
            Start = DateTimeOffset.FromUnixTimeMilliseconds(plan.Bars.Times[plan.Start]),
            End = DateTimeOffset.FromUnixTimeMilliseconds(plan.Bars.AvailableAt(plan.Bars.Count - 1)),
            BestEpoch = outcome.BestEpoch,
            TrainLoss = best.TrainLoss,
            ValidationLoss = best.ValidationLoss,
            ValidationAccuracy = best.ValidationAccuracy,
        };
        return new ModelFiles(manifest.ToBytes(), Safetensors.Write(outcome.Network), Encoding.UTF8.GetBytes(StrategyWriter.ToYaml(plan.Strategy)));
    }
}
