using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Strategies;

/// <summary>Which model an ensemble means.</summary>
/// <param name="Name">A strategy's name, or a model's id.</param>
/// <param name="Timeframe">The timeframe of its folder; null: the name stands alone.</param>
/// <param name="Version">The version of its folder, from 1; null: the latest.</param>
public sealed record EnsembleModelPath(string Name, string? Timeframe = null, int? Version = null)
{
    internal const string Allowed = "models/<strategy>/<timeframe>_latest, models/<strategy>/<timeframe>_v<n>, a strategy's name (its latest model) or a model's id";

    internal const string Summary = "Which model: " + Allowed + ".";

    /// <summary>Reads one of the forms that documents may use.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EnsembleModelPath? path)
    {
        path = null;
        var parts = text.TrimEnd('/').Split('/');
        if (parts.Length == 1)
        {
            path = IsName(parts[0]) ? new EnsembleModelPath(parts[0]) : null;
            return path is not null;
        }

        // The original's models folder may lie elsewhere: what comes before the strategy's folder does not count.
        var (strategy, folder) = (parts[^2], parts[^1]);
        var underscore = folder.LastIndexOf('_');
        if (parts.Any(p => p.Length == 0 || p == "..") || !IsName(strategy) || underscore < 1 || !MarketData.Timeframe.TryParse(folder[..underscore], out var timeframe))
        {
            return false;
        }

        var suffix = folder[(underscore + 1)..];
        if (suffix == "latest")
        {
            path = new EnsembleModelPath(strategy, timeframe.Name);
        }
        else if (suffix.StartsWith('v') && int.TryParse(suffix.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0)
        {
            path = new EnsembleModelPath(strategy, timeframe.Name, version);
        }

        return path is not null;
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 100 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
}
