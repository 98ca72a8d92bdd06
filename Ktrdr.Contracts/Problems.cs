namespace Ktrdr.Contracts;

/// <summary>What every refused request answers (RFC 9457 problem details with our own members).</summary>
/// <param name="Title">One line: the thing, its value, what is allowed.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">Stable machine-readable name, one of <see cref="ErrorCodes"/>.</param>
public sealed record ApiProblem(string Title, int Status, string Code)
{
    public string? Detail { get; init; }

    /// <summary>The request's field that is wrong.</summary>
    public string? Field { get; init; }

    /// <summary>What is allowed for that field.</summary>
    public string? Allowed { get; init; }

    public string? TraceId { get; init; }

    /// <summary>All problems of a document or file, when there can be several.</summary>
    public IReadOnlyList<DocumentProblem>? Problems { get; init; }
}

/// <summary>One problem of a strategy document or data file.</summary>
public sealed record DocumentProblem(string Code, string Path, string Message, string Severity)
{
    public string? Value { get; init; }
    public string? Allowed { get; init; }
    public string? Suggestion { get; init; }
    public int? Line { get; init; }
}

/// <summary>The stable names of what can go wrong.</summary>
public static class ErrorCodes
{
    public const string InvalidField = "invalid_field";
    public const string InvalidDocument = "invalid_document";
    public const string InvalidData = "invalid_data";
    public const string NotFound = "not_found";
    public const string Conflict = "conflict";
    public const string WrongState = "wrong_state";
    public const string Superseded = "superseded";
    public const string Unauthorized = "unauthorized";
    public const string Forbidden = "forbidden";
    public const string Sealed = "sealed";
    public const string TooLarge = "too_large";
    public const string Unavailable = "unavailable";
    public const string Internal = "internal";
}
