using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Ktrdr.Contracts;

namespace Ktrdr.Api;

/// <summary>
/// How requests are read: what a client sends must be what it means, so a misspelled field, a null where a value is needed
/// and text that the database cannot hold are refused before anything is done.
/// </summary>
internal static class RequestJson
{
    public static void Configure(JsonSerializerOptions options)
    {
        KtrdrJson.Configure(options);
        options.RespectNullableAnnotations = true;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { CheckWhatComesIn } };
    }

    private static void CheckWhatComesIn(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property is { Set: { } set } && property.PropertyType == typeof(string))
            {
                property.Set = (target, value) => set(target, Storable((string?)value));
            }
        }
    }

    /// <summary>PostgreSQL's text holds every character but U+0000.</summary>
    private static string? Storable(string? text) => text?.Contains('\0', StringComparison.Ordinal) == true ? throw new JsonException() : text;
}
