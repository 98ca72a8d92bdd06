using System.Text;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.Training;

/// <summary>A stored model, read back and verified: the networks that were trained, with the strategy and scaling they were trained under.</summary>
internal sealed record TrainedModel(Model Stored, ModelManifest Manifest, TrainedStrategy Trained)
{
    public static async Task<TrainedModel> ReadAsync(OperationContext context, string id)
    {
        var stored = await context.CallAsync((api, token) => api.GetModelAsync(id, token)).ConfigureAwait(false);
        var files = stored.Training;
        try
        {
            var strategy = StrategyReader.Parse(Encoding.UTF8.GetString(await ReadFileAsync(context, files.StrategySha256).ConfigureAwait(false)));
            var manifest = await ReadManifestAsync(context, files.ManifestSha256).ConfigureAwait(false);
            var seeds = new List<TrainedSeed>();
            foreach (var seed in files.Seeds)
            {
                var own = seed.ManifestSha256 == files.ManifestSha256 ? manifest : await ReadManifestAsync(context, seed.ManifestSha256).ConfigureAwait(false);
                var network = Safetensors.Read(await ReadFileAsync(context, seed.WeightsSha256).ConfigureAwait(false), own.Shape);
                seeds.Add(new TrainedSeed(own.Seed, network, seed.ValidationLoss));
            }

            return new TrainedModel(stored, manifest, new TrainedStrategy(strategy, new Normalization([.. manifest.Normalization]), seeds));
        }
        catch (InvalidDataException damaged)
        {
            throw new OperationFailedException(ErrorCodes.InvalidData, $"a file of model {id} is damaged: {damaged.Message}.", damaged) { Retryable = true };
        }
    }

    /// <summary>The features must be those the networks were trained on, in their order.</summary>
    public void CheckFeatures()
    {
        var names = FeatureNames.Of(Trained.Strategy);
        if (!names.SequenceEqual(Manifest.Features))
        {
            throw new OperationFailedException(
                ErrorCodes.InvalidData, $"model {Stored.Id} was trained on the features {string.Join(", ", Manifest.Features)}; its strategy gives {string.Join(", ", names)}.");
        }
    }

    /// <summary>A validation or test on bars that the model was trained on measures memory. The train window and explicit dates may be looked at: they are evidence of nothing.</summary>
    /// <exception cref="OperationFailedException">The window's bars and those of the training overlap in time, whichever dataset version they come from.</exception>
    public void CheckUnseen(string? window, BarSeries bars, int start, int endExclusive)
    {
        if (window is DataWindows.Validation or DataWindows.Test && TrainedOn.Contains(bars.Symbol)
            && Manifest.TrainingEnd >= bars.Times[start] && Manifest.TrainingStart <= bars.Times[endExclusive - 1])
        {
            throw new OperationFailedException(
                ErrorCodes.InvalidField,
                $"window is '{window}', which begins at {Time(bars.Times[start])}, but model {Stored.Id} was trained on {Manifest.Symbol} bars up to {Time(Manifest.TrainingEnd)}; allowed: a model trained on earlier bars, or window train, or dates.");
        }
    }

    /// <summary>A strategy trained on another symbol than its own saw that one alone.</summary>
    private IReadOnlyList<string> TrainedOn => Trained.Strategy.TrainingData.Symbol == Manifest.Symbol ? Trained.Strategy.TrainingData.Symbols : [Manifest.Symbol];

    private static async Task<ModelManifest> ReadManifestAsync(OperationContext context, string sha256)
        => ModelManifest.FromJson(Encoding.UTF8.GetString(await ReadFileAsync(context, sha256).ConfigureAwait(false)));

    private static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime.ToString("O");

    private static Task<byte[]> ReadFileAsync(OperationContext context, string sha256) => context.CallAsync((api, token) => api.ReadArtifactAsync(sha256, token));
}
