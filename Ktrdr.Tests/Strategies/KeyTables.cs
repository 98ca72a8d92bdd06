using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ktrdr.Tests.Strategies;

/// <summary>The tables of docs/strategy-format.md, made from the schema, so that they cannot fall behind.</summary>
internal static class KeyTables
{
    public static string Of(JsonObject schema)
    {
        var text = new StringBuilder("| key | value | default | meaning |\n|---|---|---|---|\n");
        Write(text, "", (JsonObject)JsonNode.Parse(schema.ToJsonString())!);
        return text.ToString();
    }

    private static void Write(StringBuilder text, string path, JsonObject schema)
    {
        var required = (schema["required"] as JsonArray ?? []).Select(r => (string?)r).ToHashSet();
        foreach (var (name, node) in schema["properties"] as JsonObject ?? [])
        {
            var value = (JsonObject)node!;
            if (value["deprecated"] is not null)
            {
                continue;
            }

            var at = path.Length == 0 ? name : $"{path}.{name}";
            var form = Form(value);
            var fallback = required.Contains(name) ? "required" : form["default"] is { } known ? $"`{known.ToJsonString().Trim('"')}`" : "";
            text.Append(CultureInfo.InvariantCulture, $"| `{at}` | {Value(form)} | {fallback} | {((string?)value["description"])!.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
            if (at != "model.training" && !((string?)value["description"])!.StartsWith("Another name", StringComparison.Ordinal))
            {
                Inside(text, at, form);
            }
        }
    }

    private static void Inside(StringBuilder text, string at, JsonObject form)
    {
        switch (at)
        {
            case "indicators":
                text.Append("| `indicators.<id>.type` | a name or alias of [indicators.md](indicators.md) | required | Which indicator; its parameters stand beside it. |\n");
                text.Append("| `indicators.<id>.data_source` | the id of a context_data source | | The series it is computed on; the traded bars unless given. |\n");
                return;
            case "fuzzy_sets":
                text.Append("| `fuzzy_sets.<id>.indicator` | the id of an indicator, or `id.output` | required | Whose values the words are about; without a dot the first output. |\n");
                text.Append("| `fuzzy_sets.<id>.<membership>` | `[a, b, c]`, or `{type, parameters}` | at least one | A word; the order of the words is that of the features. |\n");
                return;
        }

        Write(text, form["type"]?.GetValue<string>() == "array" ? $"{at}[]" : at, form["items"] as JsonObject ?? form);
        if (form["additionalProperties"] is JsonObject any)
        {
            Write(text, $"{at}.<id>", any);
        }

        // Of several forms the one that is a mapping has keys of its own.
        foreach (var mapping in (form["anyOf"] as JsonArray ?? []).OfType<JsonObject>())
        {
            Write(text, at, mapping);
        }
    }

    /// <summary>Without the alternative of leaving it empty.</summary>
    private static JsonObject Form(JsonObject schema) =>
        schema["anyOf"] is JsonArray forms && forms.Count == 2 && (string?)forms[1]!["type"] == "null" ? (JsonObject)forms[0]! : schema;

    private static string Value(JsonObject form)
    {
        if (form["anyOf"] is JsonArray forms)
        {
            return string.Join(", or ", forms.Select(f => Value((JsonObject)f!)));
        }

        if (form["enum"] is JsonArray words)
        {
            return string.Join(", ", words.Where(w => w?.GetValueKind() == JsonValueKind.String).Select(w => $"`{(string?)w}`"));
        }

        var item = form["items"] as JsonObject;
        return (string?)form["type"] switch
        {
            "number" => $"number, {Range(form)}",
            "integer" => $"whole number, {Range(form)}",
            "boolean" => "true or false",
            "string" => ((string?)form["pattern"])?.Contains("bars", StringComparison.Ordinal) == true ? "text such as `6 bars`" : "text",
            "null" => "nothing",
            "array" when item is null => "empty list",
            "array" when item["properties"] is not null => "list of mappings",
            "array" => $"list{(form["minItems"] is { } min && form["maxItems"] is { } max ? $" of {min} to {max}" : form["minItems"] is { } least ? $" of at least {least}" : "")}: {Value(item!)}",
            "object" => "mapping",
            _ => "anything",
        };
    }

    private static string Range(JsonObject form)
    {
        var low = form["minimum"] is { } min ? $"{Show(min)}" : form["exclusiveMinimum"] is { } above ? $"above {Show(above)}" : "any";
        var high = form["maximum"] is { } max ? $" to {Show(max)}" : form["exclusiveMaximum"] is { } below ? $" to below {Show(below)}" : "";
        return low + high;
    }

    private static string Show(JsonNode number) => decimal.TryParse(number.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value.ToString("0.###################", CultureInfo.InvariantCulture) : number.ToJsonString();
}
