using System.Globalization;

namespace Ktrdr.Contracts.Client;

/// <summary>How a value stands in a path, a query or a header.</summary>
internal static class RestValue
{
    /// <summary>Times in UTC, lower-case truth, no culture; null for null.</summary>
    public static string? Format(object? value) => value switch
    {
        DateTimeOffset time => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString(),
    };
}
