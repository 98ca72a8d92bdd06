using System.Text.Json;
using Ktrdr.Contracts;

namespace Ktrdr.Api;

/// <summary>Wire records to and from the text of jsonb columns.</summary>
internal static class Json
{
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, KtrdrJson.Options);

    public static T Read<T>(string text)
        => JsonSerializer.Deserialize<T>(text, KtrdrJson.Options) ?? throw new JsonException($"Expected a {typeof(T).Name}, found null.");

    public static JsonElement Element(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
