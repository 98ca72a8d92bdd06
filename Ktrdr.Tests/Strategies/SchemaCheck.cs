using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Ktrdr.Tests.Strategies;

/// <summary>The part of JSON Schema that our schemas use, checked by the standard's words and not by our reader.</summary>
internal static class SchemaCheck
{
    private static readonly HashSet<string> Understood =
    [
        "$schema", "title", "description", "default", "deprecated", "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "enum", "anyOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "pattern",
        "oneOf", "allOf", "not", "if", "then", "propertyNames", "minProperties", "maxProperties", "uniqueItems",
    ];

    public static IReadOnlyList<string> Of(JsonNode schema, JsonNode? value)
    {
        var problems = new List<string>();
        // As text, so that numbers are numbers whatever made them.
        Check((JsonObject)JsonNode.Parse(schema.ToJsonString())!, value is null ? null : JsonNode.Parse(value.ToJsonString()), "$", problems);
        return problems;
    }

    private static void Check(JsonObject schema, JsonNode? value, string path, List<string> problems)
    {
        foreach (var (word, _) in schema)
        {
            if (!Understood.Contains(word))
            {
                problems.Add($"{path}: the check does not understand {word}");
            }
        }

        if (schema["anyOf"] is JsonArray forms)
        {
            var answers = forms.Select(form => Answer((JsonObject)form!, value, path)).ToList();
            if (answers.TrueForAll(a => a.Count > 0))
            {
                problems.Add($"{path}: fits no form: {string.Join(" / ", answers.Select(a => a[0]))}");
            }
        }

        CheckTogether(schema, value, path, problems);
        if (schema["enum"] is JsonArray words && !words.Any(w => Same(w, value)))
        {
            problems.Add($"{path}: {value?.ToJsonString()} is not among {words.ToJsonString()}");
        }

        if ((string?)schema["type"] is { } type && !Fits(type, value))
        {
            problems.Add($"{path}: {value?.ToJsonString()} is no {type}");
            return;
        }

        switch (value)
        {
            case JsonObject mapping:
                CheckMapping(schema, mapping, path, problems);
                break;
            case JsonArray list:
                if (list.Count < ((int?)schema["minItems"] ?? 0) || list.Count > ((int?)schema["maxItems"] ?? int.MaxValue))
                {
                    problems.Add($"{path}: has {list.Count} items");
                }

                if ((bool?)schema["uniqueItems"] == true && list.Select(i => i?.ToJsonString()).Distinct().Count() < list.Count)
                {
                    problems.Add($"{path}: has an item twice");
                }

                for (var i = 0; schema["items"] is JsonObject item && i < list.Count; i++)
                {
                    Check(item, list[i], $"{path}[{i}]", problems);
                }

                break;
            case JsonValue scalar:
                CheckScalar(schema, scalar, path, problems);
                break;
        }
    }

    private static void CheckTogether(JsonObject schema, JsonNode? value, string path, List<string> problems)
    {
        if (schema["oneOf"] is JsonArray ones && ones.Count(form => Answer((JsonObject)form!, value, path).Count == 0) is var fitting && fitting != 1)
        {
            problems.Add($"{path}: fits {fitting} of {ones.Count} forms, not one");
        }

        foreach (var rule in schema["allOf"] as JsonArray ?? [])
        {
            Check((JsonObject)rule!, value, path, problems);
        }

        if (schema["not"] is JsonObject not && Answer(not, value, path).Count == 0)
        {
            problems.Add($"{path}: is what it must not be: {not.ToJsonString()}");
        }

        if (schema["if"] is JsonObject condition && schema["then"] is JsonObject then && Answer(condition, value, path).Count == 0)
        {
            Check(then, value, path, problems);
        }
    }

    private static bool Same(JsonNode? one, JsonNode? other) =>
        one?.GetValueKind() == JsonValueKind.Number && other?.GetValueKind() == JsonValueKind.Number ? (double)one == (double)other : JsonNode.DeepEquals(one, other);

    private static List<string> Answer(JsonObject schema, JsonNode? value, string path)
    {
        var problems = new List<string>();
        Check(schema, value, path, problems);
        return problems;
    }

    private static void CheckMapping(JsonObject schema, JsonObject mapping, string path, List<string> problems)
    {
        foreach (var name in schema["required"] as JsonArray ?? [])
        {
            if (!mapping.ContainsKey((string)name!))
            {
                problems.Add($"{path}: {name} is missing");
            }
        }

        if (mapping.Count < ((int?)schema["minProperties"] ?? 0) || mapping.Count > ((int?)schema["maxProperties"] ?? int.MaxValue))
        {
            problems.Add($"{path}: has {mapping.Count} keys");
        }

        foreach (var (name, value) in mapping)
        {
            if (schema["propertyNames"] is JsonObject names)
            {
                Check(names, JsonValue.Create(name), $"{path}.{name} (the name)", problems);
            }

            if (schema["properties"]?[name] is JsonObject property)
            {
                Check(property, value, $"{path}.{name}", problems);
            }
            else if (schema["properties"]?[name] is JsonValue never && !(bool)never)
            {
                problems.Add($"{path}.{name} must not be there");
            }
            else if (schema["additionalProperties"] is JsonObject any)
            {
                Check(any, value, $"{path}.{name}", problems);
            }
            else if (schema["additionalProperties"] is JsonValue no && !(bool)no)
            {
                problems.Add($"{path}.{name} is unknown");
            }
        }
    }

    private static void CheckScalar(JsonObject schema, JsonValue value, string path, List<string> problems)
    {
        if (value.GetValueKind() == JsonValueKind.Number)
        {
            var number = (double)value;
            if (number < ((double?)schema["minimum"] ?? double.MinValue) || number > ((double?)schema["maximum"] ?? double.MaxValue)
                || number <= ((double?)schema["exclusiveMinimum"] ?? double.NegativeInfinity) || number >= ((double?)schema["exclusiveMaximum"] ?? double.PositiveInfinity))
            {
                problems.Add($"{path}: {number} is out of range");
            }
        }
        else if (value.GetValueKind() == JsonValueKind.String)
        {
            var text = (string)value!;
            if (text.Length < ((int?)schema["minLength"] ?? 0) || (string?)schema["pattern"] is { } pattern && !Regex.IsMatch(text, pattern))
            {
                problems.Add($"{path}: '{text}' has the wrong form");
            }
        }
    }

    private static bool Fits(string type, JsonNode? value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "null" => value is null,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && Math.Floor((double)value) == (double)value,
        _ => false,
    };
}
