using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ktrdr.Contracts;

namespace Ktrdr.Agents;

/// <summary>Hash of what a result says, without the ids and times that differ from run to run.</summary>
internal static class ResultHashes
{
    public static string Of<T>(T result, params string[] withoutFields)
    {
        var node = JsonSerializer.SerializeToNode(result, KtrdrJson.Options)!.AsObject();
        foreach (var field in withoutFields)
        {
            if (!node.Remove(JsonNamingPolicy.SnakeCaseLower.ConvertName(field)))
            {
                throw new ArgumentException($"{typeof(T).Name} has no field {field}.", nameof(withoutFields));
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<JsonNode>(node, KtrdrJson.Options)));
    }
}
