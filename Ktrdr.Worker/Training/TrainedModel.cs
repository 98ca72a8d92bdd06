using System.Text;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.Training;

/// <summary>A stored model, read back and verified: the network that was trained, with the strategy and scaling it was trained under.</summary>
internal sealed record TrainedModel(Model Stored, ModelManifest Manifest, StrategyDocument Strategy, Normalization Normalization, Network Network)
{
    private const string Validation = "validation";
    private const string Test = "test";

    public static async Task<TrainedModel> ReadAsync(OperationContext context, string id)
    {
        var stored = await context.CallAsync((api, token) => api.GetModelAsync(id, token)).ConfigureAwait(false);
        var files = stored.Training;
        try
        {
            var manifest = ModelFolder.FromJson(Encoding.UTF8.GetString(await ReadFileAsync(context, files.ManifestSha256).ConfigureAwait(false)));
            var weights = await ReadFileAsync(context, files.WeightsSha256).ConfigureAwait(false);
            var strategy = StrategyReader.Parse(Encoding.UTF8.GetString(await ReadFileAsync(context, files.StrategySha256).ConfigureAwait(false)));
            var network = Safetensors.Read(weights, manifest.Shape);
            return new TrainedModel(stored, manifest, strategy, new Normalization([.. manifest.Normalization]), network);
        }
        catch (InvalidInputException refused)
        {
            throw EngineFailures.Of(refused);
        }
        catch (InvalidDataException damaged)
        {
            throw new OperationFailedException(ErrorCodes.InvalidData, $"a file of model {id} is damaged: {damaged.Message}.", damaged) { Retryable = true };
        }
    }

    /// <summary>The features must be those the network was trained on, in their order.</summary>
    public void CheckFeatures(FeatureMatrix features)
    {
        if (!features.Names.SequenceEqual(Manifest.Features))
        {
            throw new OperationFailedException(
                ErrorCodes.InvalidData, $"model {Stored.Id} was trained on the features {string.Join(", ", Manifest.Features)}; its strategy gives {string.Join(", ", features.Names)}.");
        }
    }

    /// <summary>A validation or test on bars that the model was trained on measures memory. The train window and explicit dates may be looked at: they are evidence of nothing.</summary>
    /// <exception cref="OperationFailedException">The window's bars and those of the training overlap in time, whichever dataset version they come from.</exception>
    public void CheckUnseen(string? window, BarSeries bars, int start, int endExclusive)
    {
        if (window is Validation or Test && bars.Symbol == Manifest.Symbol
            && Manifest.TrainingEnd >= bars.Times[start] && Manifest.TrainingStart <= bars.Times[endExclusive - 1])
        {
            throw new OperationFailedException(
                ErrorCodes.InvalidField,
                $"window is '{window}', which begins at {Time(bars.Times[start])}, but model {Stored.Id} was trained on {Manifest.Symbol} bars up to {Time(Manifest.TrainingEnd)}; allowed: a model trained on earlier bars, or window train, or dates.");
        }
    }

    /// <summary>Outputs for every bar, row-major; rows outside [start, endExclusive) stay 0 and are never read.</summary>
    public float[] Predict(FeatureMatrix features, int start, int endExclusive, int outputCount)
    {
        if (outputCount != Network.Shape.Outputs)
        {
            throw new OperationFailedException(ErrorCodes.InvalidData, $"model {Stored.Id} has {Network.Shape.Outputs} outputs; its strategy's decisions need {outputCount}.");
        }

        var outputs = new float[features.Rows * outputCount];
        Network.Predict(
            features.Values.AsSpan(start * features.Columns, (endExclusive - start) * features.Columns), endExclusive - start,
            outputs.AsSpan(start * outputCount, (endExclusive - start) * outputCount));
        return outputs;
    }

    private static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime.ToString("O");

    private static Task<byte[]> ReadFileAsync(OperationContext context, string sha256) => context.CallAsync((api, token) => api.ReadArtifactAsync(sha256, token));
}
