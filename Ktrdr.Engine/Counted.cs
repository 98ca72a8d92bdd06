using System.Globalization;

namespace Ktrdr.Engine;

/// <summary>A number of things in words: <c>1 bar</c>, <c>2 bars</c>.</summary>
public static class Counted
{
    /// <param name="count">How many.</param>
    /// <param name="one">What one of them is called.</param>
    /// <param name="many">What several are called, where that is not <paramref name="one"/> with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        count.ToString(CultureInfo.InvariantCulture) + " " + (count is 1 or -1 ? one : many ?? one + "s");
}
