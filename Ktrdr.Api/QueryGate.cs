using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Ktrdr.Api;

/// <summary>Refuses what a route does not read from its query: a filter that is misspelled would answer as if there were none.</summary>
internal sealed class QueryGate(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Query.Count > 0 && context.GetEndpoint() is RouteEndpoint endpoint && ReadBy(endpoint) is { } known
            && context.Request.Query.Keys.FirstOrDefault(key => !known.Contains(key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            var allowed = known.Count > 0 ? string.Join(", ", known) : "none";
            throw new ApiException(400, Contracts.ErrorCodes.InvalidField, $"{ApiException.Shown(unknown)} is not a parameter of this route; allowed: {allowed}") { Field = ApiException.Shown(unknown), Allowed = allowed };
        }

        return next(context);
    }

    /// <summary>The names that a route reads from its query; null where it is not a handler with parameters of its own.</summary>
    public static IReadOnlyList<string>? ReadBy(RouteEndpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<MethodInfo>() is not { } handler)
        {
            return null;
        }

        return [.. handler.GetParameters().Where(p => IsText(p.ParameterType) && !p.GetCustomAttributes().OfType<IFromHeaderMetadata>().Any()).Select(p => p.Name!)
            .Where(name => endpoint.RoutePattern.GetParameter(name) is null)];
    }

    /// <summary>What is bound from text: anything else is the body, the request itself or a service.</summary>
    private static bool IsText(Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? type;
        return value == typeof(string) || (value.IsValueType && value != typeof(CancellationToken) && value != typeof(System.Text.Json.JsonElement));
    }
}
