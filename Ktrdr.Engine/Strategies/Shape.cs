using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>The keys that a mapping may have, in the order they are offered.</summary>
internal sealed class Shape
{
    private readonly Dictionary<string, Key> _byName = new(StringComparer.Ordinal);

    public Shape(params Key[] keys)
    {
        Keys = keys;
        foreach (var key in keys)
        {
            _byName.Add(key.Name, key);
        }

        Names = keys.Select(k => k.Name).ToArray();
        Working = keys.Where(k => k.NoEffect is null).Select(k => k.Name).ToArray();
    }

    public IReadOnlyList<Key> Keys { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The names of the keys that have an effect.</summary>
    public IReadOnlyList<string> Working { get; }

    /// <summary>Keys that the original drops without a word because they are called otherwise, with their right names.</summary>
    public IReadOnlyList<(string Wrong, string Right)> WrongKeys { get; init; } = [];

    public Key? Find(string name) => _byName.GetValueOrDefault(name);

    public JsonObject ToSchema()
    {
        var properties = new JsonObject();
        foreach (var key in Keys)
        {
            properties[key.Name] = key.ToSchema();
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (Keys.Any(k => k.Required))
        {
            schema["required"] = new JsonArray(Keys.Where(k => k.Required).Select(k => (JsonNode)k.Name).ToArray());
        }

        return schema;
    }
}

/// <summary>Pieces of JSON Schema that several keys share.</summary>
internal static class Schemas
{
    public static JsonObject Words(IEnumerable<string> words) => new() { ["enum"] = new JsonArray(words.Select(w => (JsonNode)w).ToArray()) };

    public static JsonObject AnyOf(params JsonObject[] forms) => new() { ["anyOf"] = new JsonArray(forms) };

    public static JsonObject Text() => new() { ["type"] = "string", ["minLength"] = 1 };

    public static JsonObject Flag() => new() { ["type"] = "boolean" };

    public static JsonObject List(JsonObject item, int? least = null, int? most = null)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = item };
        if (least is { } min)
        {
            schema["minItems"] = min;
        }

        if (most is { } max)
        {
            schema["maxItems"] = max;
        }

        return schema;
    }

    /// <summary>A mapping of ids of the author's choice to values of one form.</summary>
    public static JsonObject Map(JsonObject value) => new() { ["type"] = "object", ["additionalProperties"] = value };
}
