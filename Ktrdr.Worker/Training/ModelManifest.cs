using System.Text.Json;
using System.Text.Json.Serialization;
using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;

namespace Ktrdr.Worker.Training;

/// <summary>
/// <c>model.json</c>: what is needed to use the weights and to say where they come from. It holds no time of the clock and no drawn id, so equal trainings
/// give equal bytes.
/// </summary>
internal sealed record ModelManifest
{
    /// <summary>Of this file; a reader refuses a number that it does not know.</summary>
    public const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public int Format { get; init; } = CurrentFormat;

    public required string EngineVersion { get; init; }

    public required NetworkShape Shape { get; init; }

    /// <summary>Resolved feature ids in column order.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>Scaling of the raw inputs, fitted on the training rows.</summary>
    public required IReadOnlyList<FeatureScale> Scales { get; init; }

    public required string StrategyName { get; init; }

    public required string StrategyHash { get; init; }

    /// <summary>Inputs of the strategy that were left out.</summary>
    public required IReadOnlyList<string> DroppedInputs { get; init; }

    /// <summary>Of the weight file.</summary>
    public required string WeightsHash { get; init; }

    public required long Seed { get; init; }

    public required string Dataset { get; init; }

    public required string Symbol { get; init; }

    public required string Timeframe { get; init; }

    /// <summary>First bar of the training window.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>When its last bar was complete.</summary>
    public required DateTimeOffset End { get; init; }

    public required int BestEpoch { get; init; }

    public double? TrainLoss { get; init; }

    public double? ValidationLoss { get; init; }

    public double? ValidationAccuracy { get; init; }

    [JsonIgnore]
    public Normalization Normalization => new([.. Scales]);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="InvalidInputException">Not a manifest, or of a format that is not known here.</exception>
    public static ModelManifest FromBytes(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelManifest>(bytes, Json) switch
            {
                null => throw Invalid("it is empty"),
                { Format: not CurrentFormat } other => throw Invalid($"its format is {other.Format}; allowed: {CurrentFormat}"),
                var manifest => manifest,
            };
        }
        catch (JsonException malformed)
        {
            throw Invalid(malformed.Message.ReplaceLineEndings(" "));
        }
    }

    private static InvalidInputException Invalid(string reason) => new(new Problem("invalid_manifest", "model.json", $"model.json cannot be read: {reason}."));
}
