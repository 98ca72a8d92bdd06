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

    /// <summary>What the schema says of keys together: one of them only, this one with that value of another.</summary>
    public IReadOnlyList<Func<JsonObject>> Rules { get; init; } = [];

    public Key? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>That no key is there which a version after 3.0 brought, at any depth; null where there is none.</summary>
    public JsonObject? WithoutAdditions()
    {
        var properties = new JsonObject();
        foreach (var key in Keys)
        {
            if (key.Since is not null)
            {
                properties[key.Name] = false;
            }
            else if (key is PartKey part && part.Shape.WithoutAdditions() is { } inside)
            {
                properties[key.Name] = inside;
            }
            else if (key is PartsKey parts && parts.Shape.WithoutAdditions() is { } each)
            {
                properties[key.Name] = new JsonObject { ["items"] = each };
            }
        }

        return properties.Count > 0 ? new JsonObject { ["properties"] = properties } : null;
    }

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

        if (Rules.Count > 0)
        {
            schema["allOf"] = new JsonArray(Rules.Select(rule => (JsonNode)rule()).ToArray());
        }

        return schema;
    }
}
