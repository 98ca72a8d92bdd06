using Ktrdr.Contracts;

namespace Ktrdr.Api;

/// <summary>A refusal: becomes a problem+json answer. The message is one line that names the thing, its value and what is allowed.</summary>
internal sealed class ApiException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;
    public string Code { get; } = code;
    public string? Field { get; init; }
    public string? Allowed { get; init; }
    public IReadOnlyList<DocumentProblem>? Problems { get; init; }
    public TimeSpan? RetryAfter { get; init; }

    public static ApiException NotFound(string thing, string id)
        => new(404, ErrorCodes.NotFound, $"there is no {thing} '{Shown(id)}'") { Field = thing };

    public static ApiException Invalid(string field, object? value, string allowed)
        => new(400, ErrorCodes.InvalidField, $"{field} = {Shown(value)} is not allowed; allowed: {allowed}") { Field = field, Allowed = allowed };

    public static ApiException Conflict(string message, string? field = null)
        => new(409, ErrorCodes.Conflict, message) { Field = field };

    /// <summary>A caller's value as it may stand in one line.</summary>
    public static string Shown(object? value)
    {
        var text = value switch
        {
            null => "null",
            DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture),
            IFormattable formattable => formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
        text = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length > 120 ? text[..120] + "…" : text;
    }
}
