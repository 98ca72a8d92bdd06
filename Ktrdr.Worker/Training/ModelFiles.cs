using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Onnx;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Worker.Training;

/// <summary>The files of one seed's model. They hold no time of the clock and no drawn id, so equal trainings give equal bytes.</summary>
/// <param name="Manifest"><c>model.json</c>.</param>
/// <param name="Weights"><c>weights.safetensors</c>.</param>
internal sealed record ModelFiles(byte[] Manifest, byte[] Weights)
{
    public static ModelFiles Of(TrainingJob job, ulong seed, TrainingOutcome outcome)
    {
        var best = outcome.History.Single(e => e.Epoch == outcome.BestEpoch);
        var manifest = new ModelManifest
        {
            EngineVersion = EngineBuild.Version,
            Backend = job.Request.Backend,
            Shape = outcome.Network.Shape,
            Outputs = job.Run.Strategy.Decisions.OutputFormat.Names(),
            Features = job.Run.Features.Names,
            Normalization = job.Run.Normalization.Scales,
            Symbol = job.Pinned.Dataset.Symbol,
            Timeframe = job.Pinned.Dataset.Timeframe,
            StrategyHash = job.Stored.Hash,
            DatasetHash = job.Pinned.Dataset.Id,
            WeightsHash = outcome.WeightsHash,
            Seed = seed,
            TrainingStart = job.Start,
            TrainingEnd = job.Market.Primary.Times[^1],
            BestEpoch = outcome.BestEpoch,
            StopReason = outcome.StopReason,
            Metrics = new SortedDictionary<string, double?>(StringComparer.Ordinal)
            {
                ["train_loss"] = best.TrainLoss,
                ["validation_loss"] = best.ValidationLoss,
                ["validation_accuracy"] = best.ValidationAccuracy,
            },
        };
        return new ModelFiles(Encoding.UTF8.GetBytes(manifest.ToJson()), Safetensors.Write(outcome.Network));
    }

    /// <summary><c>model.onnx</c>.</summary>
    public byte[] ToOnnx(Network network) => OnnxExport.Write(network, ModelManifest.FromJson(Encoding.UTF8.GetString(Manifest)));

    /// <summary><c>strategy.yaml</c>: the document as trained, without the inputs that were dropped.</summary>
    public static byte[] StrategyOf(TrainingJob job) => Encoding.UTF8.GetBytes(StrategyWriter.ToYaml(job.Run.Strategy));
}
