using Microsoft.AspNetCore.Http;

namespace Ktrdr.ServiceDefaults.Security;

/// <summary>The token of an <c>Authorization: Bearer …</c> header (RFC 6750).</summary>
public static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Null when there is no such header, or more than one.</summary>
    public static string? Of(HttpRequest request)
    {
        var values = request.Headers.Authorization;
        return values.Count == 1 ? Parse(values[0]) : null;
    }

    public static string? Parse(string? header)
    {
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var token = header[Scheme.Length..].Trim();
        return token.Length == 0 ? null : token;
    }
}
