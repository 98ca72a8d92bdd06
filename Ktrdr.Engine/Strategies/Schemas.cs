using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Ktrdr.Engine.Strategies;

/// <summary>Pieces of JSON Schema that several keys share.</summary>
internal static class Schemas
{
    /// <summary>Ids of the author's choice, see <see cref="IndicatorsReader.CheckId"/>.</summary>
    public const string IdPattern = "^[A-Za-z0-9_-]{1,64}$";

    public static JsonObject Words(IEnumerable<string> words) => new() { ["enum"] = new JsonArray(words.Select(w => (JsonNode)w).ToArray()) };

    public static JsonObject AnyOf(params JsonObject[] forms) => new() { ["anyOf"] = new JsonArray(forms) };

    /// <summary>Words in any case, the first spelling offered.</summary>
    public static JsonObject AnyCase(IEnumerable<string> words)
    {
        var known = words.ToArray();
        var forms = known.Select(word => string.Concat(word.Select(c => char.IsAsciiLetter(c) ? $"[{char.ToUpperInvariant(c)}{char.ToLowerInvariant(c)}]" : Regex.Escape(c.ToString()))));
        return AnyOf(Words(known), new() { ["type"] = "string", ["pattern"] = $"^({string.Join('|', forms)})$" });
    }

    public static JsonObject Text(string? pattern = null)
    {
        var schema = new JsonObject { ["type"] = "string", ["minLength"] = 1 };
        if (pattern is not null)
        {
            schema["pattern"] = pattern;
        }

        return schema;
    }

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
    public static JsonObject Map(JsonObject value, int least = 0, int? most = null)
    {
        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = value };
        if (most is { } limit)
        {
            (schema["propertyNames"], schema["minProperties"], schema["maxProperties"]) = (Text(IdPattern), least, limit);
        }

        return schema;
    }

    public static JsonObject Required(params IEnumerable<string> names) => new() { ["required"] = new JsonArray(names.Select(n => (JsonNode)n).ToArray()) };

    /// <summary>That a key is there and has one of some values.</summary>
    public static JsonObject Is(Key key, params IEnumerable<string> words)
    {
        var schema = Required(key.Name);
        schema["properties"] = new JsonObject { [key.Name] = Words(words) };
        return schema;
    }

    public static JsonObject ExactlyOne(params IEnumerable<Key> keys) => new() { ["oneOf"] = new JsonArray(keys.Select(k => (JsonNode)Required(k.Name)).ToArray()) };

    public static JsonObject AtLeastOne(params IEnumerable<Key> keys) => AnyOf(keys.Select(k => Required(k.Name)).ToArray());

    public static JsonObject NotBoth(Key one, Key other) => new() { ["not"] = Required(one.Name, other.Name) };

    public static JsonObject When(JsonObject condition, JsonObject then) => new() { ["if"] = condition, ["then"] = then };
}
