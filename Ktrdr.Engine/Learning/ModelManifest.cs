using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning.Mlp;

namespace Ktrdr.Engine.Learning;

/// <summary><c>model.json</c>: what a model is, what it was made from, and everything that serving it needs besides the weights.</summary>
public sealed record ModelManifest
{
    public const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
        NewLine = "\n",
    };

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

    /// <summary>Of the starting weights, the order of the rows and dropout.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Open time of the first training bar, Unix milliseconds UTC.</summary>
    public required long TrainingStart { get; init; }

    /// <summary>Open time of the last training bar (inclusive), Unix milliseconds UTC.</summary>
    public required long TrainingEnd { get; init; }

    public required int BestEpoch { get; init; }

    public required StopReason StopReason { get; init; }

    /// <summary>Named figures of the training, for instance <c>validation_loss</c>; null means undefined.</summary>
    public SortedDictionary<string, double?> Metrics { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The text of <c>model.json</c>.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <exception cref="InvalidInputException">Not a manifest, or of another format.</exception>
    public static ModelManifest FromJson(string json)
    {
        ModelManifest? manifest;
        try
        {
            var node = JsonNode.Parse(json);
            if (node?["shape"] is JsonObject shape && !shape.ContainsKey(NetworkShape.KindProperty))
            {
                // Written before there was more than one kind.
                shape.Insert(0, NetworkShape.KindProperty, MlpShape.Kind);
            }

            manifest = node.Deserialize<ModelManifest>(Json);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw Invalid($"it is not a manifest ({error.Message})");
        }

        return manifest switch
        {
            null => throw Invalid("it is empty"),
            { Format: not CurrentFormat } => throw Invalid($"its format is {manifest.Format}; allowed: {CurrentFormat}"),
            _ when manifest.Features.Count != manifest.Shape.Inputs => throw Invalid($"it names {manifest.Features.Count} features for {manifest.Shape.Inputs} inputs"),
            _ when manifest.Outputs.Count != manifest.Shape.Outputs => throw Invalid($"it names {manifest.Outputs.Count} outputs for {manifest.Shape.Outputs}"),
            _ => manifest,
        };
    }

    private static InvalidInputException Invalid(string reason) => new(new Problem("invalid_model", "model.json", $"model.json cannot be used: {reason}."));
}
