using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Ktrdr.Engine.Learning.Mlp;

namespace Ktrdr.Engine.Learning;

/// <summary>A model read back from its folder, checked.</summary>
public sealed record StoredModel(ModelManifest Manifest, Network Network, string StrategyYaml);

/// <summary>
/// A model on disk: a folder with <c>model.json</c>, <c>weights.safetensors</c> and <c>strategy.yaml</c>. It is written beside its place, synced and renamed,
/// so that a folder of the final name is always whole.
/// </summary>
public static class ModelFolder
{
    public const string ManifestFile = "model.json";
    public const string WeightsFile = "weights.safetensors";
    public const string StrategyFile = "strategy.yaml";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
        NewLine = "\n",
    };

    public static string ToJson(ModelManifest manifest) => JsonSerializer.Serialize(manifest, Json) + "\n";

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
            throw Invalid(ManifestFile, $"it is not a manifest ({error.Message})");
        }

        return manifest switch
        {
            null => throw Invalid(ManifestFile, "it is empty"),
            { Format: not ModelManifest.CurrentFormat } => throw Invalid(ManifestFile, $"its format is {manifest.Format}; allowed: {ModelManifest.CurrentFormat}"),
            _ when manifest.Features.Count != manifest.Shape.Inputs => throw Invalid(ManifestFile, $"it names {manifest.Features.Count} features for {manifest.Shape.Inputs} inputs"),
            _ when manifest.Outputs.Count != manifest.Shape.Outputs => throw Invalid(ManifestFile, $"it names {manifest.Outputs.Count} outputs for {manifest.Shape.Outputs}"),
            _ => manifest,
        };
    }

    /// <summary>Writes a new model folder.</summary>
    /// <exception cref="IOException">The folder is there already, or the disk refuses.</exception>
    /// <exception cref="InvalidInputException">The manifest does not belong to this network.</exception>
    public static void Write(string folder, ModelManifest manifest, Network network, string strategyYaml)
    {
        var weights = Safetensors.Write(network);
        if (manifest.WeightsHash != Hash(weights))
        {
            throw Invalid(ManifestFile, $"weights_hash is {manifest.WeightsHash}, the network's is {Hash(weights)}");
        }

        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var partial = target + ".partial";
        if (Directory.Exists(partial))
        {
            // Left by a process that died while writing.
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        WriteSynced(Path.Combine(partial, ManifestFile), Encoding.UTF8.GetBytes(ToJson(manifest)));
        WriteSynced(Path.Combine(partial, WeightsFile), weights);
        WriteSynced(Path.Combine(partial, StrategyFile), Encoding.UTF8.GetBytes(strategyYaml));
        Directory.Move(partial, target);
    }

    /// <exception cref="InvalidInputException">A file is missing or damaged, or the weights are not those of the manifest.</exception>
    public static StoredModel Read(string folder)
    {
        var manifest = FromJson(Encoding.UTF8.GetString(ReadFile(folder, ManifestFile)));
        var weights = ReadFile(folder, WeightsFile);
        if (Hash(weights) != manifest.WeightsHash)
        {
            throw Invalid(WeightsFile, $"its SHA-256 is {Hash(weights)}, {ManifestFile} says {manifest.WeightsHash}");
        }

        return new StoredModel(manifest, Safetensors.Read(weights, manifest.Shape), Encoding.UTF8.GetString(ReadFile(folder, StrategyFile)));
    }

    private static byte[] ReadFile(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? File.ReadAllBytes(path) : throw Invalid(name, $"it is missing in {folder}");
    }

    private static void WriteSynced(string path, byte[] bytes)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static InvalidInputException Invalid(string file, string reason) => new(new Problem("invalid_model", file, $"{file} cannot be used: {reason}."));
}
