using System.Globalization;

namespace Ktrdr.Agents;

/// <summary>Numbers as the agents' sentences show them, the same in every culture.</summary>
internal static class Text
{
    public static string Number(double? value, int decimals = 2) =>
        value is { } number && double.IsFinite(number) ? number.ToString($"F{decimals}", CultureInfo.InvariantCulture) : "undefined";

    public static string Signed(double? value, int decimals = 2) =>
        value is { } number && double.IsFinite(number) ? number.ToString($"+0.{new string('0', decimals)};-0.{new string('0', decimals)};0.{new string('0', decimals)}", CultureInfo.InvariantCulture) : "undefined";

    /// <summary>A fraction as percent.</summary>
    public static string Percent(double? fraction, int decimals = 2) =>
        fraction is { } number && double.IsFinite(number) ? $"{Number(100 * number, decimals)} %" : "undefined";

    public static string Significant(double? value, int digits = 4) =>
        value is { } number && double.IsFinite(number) ? number.ToString($"G{digits}", CultureInfo.InvariantCulture) : "undefined";

    /// <summary>a, b and c.</summary>
    public static string Join(IReadOnlyList<string> items) => items.Count switch
    {
        0 => "nothing",
        1 => items[0],
        _ => $"{string.Join(", ", items.Take(items.Count - 1))} and {items[^1]}",
    };
}
