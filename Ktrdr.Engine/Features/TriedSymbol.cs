using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Features;

/// <summary>One symbol's part of a future-perturbation proof.</summary>
/// <param name="CutPoints">Rows after whose decision its bars were changed.</param>
/// <param name="NotTried">Why there is none; null where there is one.</param>
public sealed record TriedSymbol(string Symbol, IReadOnlyList<int> CutPoints, string? NotTried)
{
    private const string Incomplete = "no row of the window before its last has all features at a cut point";

    /// <param name="bars">Bars that end with the window.</param>
    /// <param name="start">First bar of the window.</param>
    /// <param name="cutPoints">Those that were tried.</param>
    internal static TriedSymbol Of(BarSeries bars, int start, IReadOnlyList<int> cutPoints) => new(bars.Symbol, cutPoints, cutPoints.Count > 0 ? null : (bars.Count - start) switch
    {
        <= 0 => "no bar of it lies in the window",
        1 => "its window is one bar, and nothing comes after it",
        _ => Incomplete,
    });

    /// <summary>The links of a chain: what all of them were tried at.</summary>
    internal static TriedSymbol Join(IReadOnlyList<TriedSymbol> links)
    {
        int[] cuts = [.. links[0].CutPoints.Where(cut => links.All(l => l.CutPoints.Contains(cut)))];
        return new(links[0].Symbol, cuts, cuts.Length > 0 ? null : links.Select(l => l.NotTried).FirstOrDefault(why => why is not null) ?? Incomplete);
    }
}
