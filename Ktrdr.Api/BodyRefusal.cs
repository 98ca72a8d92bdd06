using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ktrdr.Contracts;

namespace Ktrdr.Api;

/// <summary>Says what is wrong with a request's JSON: the field, its value where the body can be read again, and what is allowed.</summary>
internal static partial class BodyRefusal
{
    /// <summary>What every text of a request must be: PostgreSQL's holds any other character.</summary>
    public const string StorableText = "text without the character U+0000";

    /// <summary>Bodies up to this size are kept until the answer is known; the value in a longer one is not repeated.</summary>
    private const int MostKept = 64 * 1024;

    private const int LongestValue = 60;

    public static void Keep(HttpRequest request)
    {
        if (request.ContentLength is > 0 and <= MostKept && request.HasJsonContentType())
        {
            request.EnableBuffering(MostKept);
        }
    }

    public static async Task<ApiException> OfAsync(HttpRequest request, JsonException error)
    {
        if (error.Message.Contains("missing required properties", StringComparison.Ordinal))
        {
            var names = string.Join(", ", SingleQuoted().Matches(error.Message).Skip(1).Select(m => m.Groups[1].Value));
            return Refusal(names, $"the body lacks {names}; allowed: every required field present", null);
        }

        if (Unmapped().Match(error.Message) is { Success: true } unmapped)
        {
            var name = unmapped.Groups[1].Value;
            var allowed = FieldsOf(unmapped.Groups[2].Value);
            return Refusal(name, $"{ApiException.Shown(name)} is not a field of this request; allowed: {allowed}", allowed);
        }

        var path = error.Path is { Length: > 1 } inside ? inside.TrimStart('$', '.') : "body";
        var kind = Converted().Match(error.Message) is { Success: true } converted ? KindOf(converted.Groups[1].Value) : null;
        if (await ValueAsync(request, path) is not { } value)
        {
            // Programs write a body as one line: then only the place in it says where.
            var line = error.LineNumber is > 0 and { } before ? string.Create(CultureInfo.InvariantCulture, $"line {before + 1}, ") : "";
            var where = error.BytePositionInLine is { } at ? string.Create(CultureInfo.InvariantCulture, $" ({line}byte {at + 1})") : "";
            return Refusal(path, $"{ApiException.Shown(path)} is not valid JSON of the expected type{where}; allowed: {kind ?? "the type that /openapi/v1.json states"}", kind);
        }

        kind ??= value == "null" ? "a value" : StorableText;
        if (kind == StorableText && !value.StartsWith('"'))
        {
            kind = "text";
        }

        return Refusal(path, $"{ApiException.Shown(path)} = {value} is not allowed; allowed: {kind}", kind);
    }

    private static ApiException Refusal(string field, string message, string? allowed) => new(400, ErrorCodes.InvalidField, message) { Field = ApiException.Shown(field), Allowed = allowed };

    /// <summary>What stands at the path, as it was sent; null where the body is not JSON, too long, or the path is not a plain one.</summary>
    private static async Task<string?> ValueAsync(HttpRequest request, string path)
    {
        if (!request.Body.CanSeek)
        {
            return null;
        }

        try
        {
            request.Body.Position = 0;
            using var document = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            var at = document.RootElement;
            foreach (Match step in path == "body" ? [] : Steps().Matches(path).AsEnumerable())
            {
                var found = at.ValueKind switch
                {
                    JsonValueKind.Object => at.TryGetProperty(step.Value.Trim('[', ']', '\''), out at),
                    JsonValueKind.Array => int.TryParse(step.Value.Trim('[', ']'), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < at.GetArrayLength() && (at = at[index]).ValueKind != JsonValueKind.Undefined,
                    _ => false,
                };
                if (!found)
                {
                    return null;
                }
            }

            var text = at.GetRawText().ReplaceLineEndings(" ");
            return text.Length > LongestValue ? text[..LongestValue] + "…" : text;
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            return null;
        }
    }

    private static string? FieldsOf(string typeName)
        => typeof(KtrdrJson).Assembly.GetType(typeName) is { } type
            ? string.Join(", ", type.GetProperties().Where(p => p.CanWrite).Select(p => KtrdrJson.Options.PropertyNamingPolicy!.ConvertName(p.Name)))
            : null;

    private static string KindOf(string typeName) => typeName switch
    {
        _ when typeName.Contains("System.Int64", StringComparison.Ordinal) => "a whole number",
        _ when typeName.Contains("System.Int32", StringComparison.Ordinal) => $"a whole number of at most {int.MaxValue}",
        _ when typeName.Contains("System.Double", StringComparison.Ordinal) => "a number",
        _ when typeName.Contains("System.Boolean", StringComparison.Ordinal) => "true or false",
        _ when typeName.Contains("System.DateTimeOffset", StringComparison.Ordinal) => "an ISO 8601 time such as 2024-01-31T00:00:00Z",
        _ when typeName.Contains("List", StringComparison.Ordinal) => "a list",
        _ when typeName.Contains("Dictionary", StringComparison.Ordinal) => "an object",
        _ when typeof(KtrdrJson).Assembly.GetType(typeName) is { IsEnum: true } type => string.Join(", ", Enum.GetNames(type).Select(KtrdrJson.Options.PropertyNamingPolicy!.ConvertName)),
        _ when typeName.Contains("System.String", StringComparison.Ordinal) => StorableText,
        _ => "an object",
    };

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex SingleQuoted();

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped to any \\.NET member contained in type '(.*)'")]
    private static partial Regex Unmapped();

    [GeneratedRegex("^The JSON value could not be converted to (.*?)\\. Path")]
    private static partial Regex Converted();

    [GeneratedRegex(@"\['[^']*'\]|\[\d+\]|[^.\[\]]+")]
    private static partial Regex Steps();
}
