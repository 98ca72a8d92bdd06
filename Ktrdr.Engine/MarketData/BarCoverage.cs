namespace Ktrdr.Engine.MarketData;

/// <summary>How whole a series is.</summary>
/// <param name="Bars">Bars that are there.</param>
/// <param name="MissingBars">Bars that should be there and are not.</param>
/// <param name="Gaps">All gaps, oldest first.</param>
public sealed record BarCoverage(int Bars, long MissingBars, IReadOnlyList<BarGap> Gaps)
{
    /// <summary>Bars there among those that should be, 0 … 1; 0 for no bars.</summary>
    public double Share => Bars == 0 ? 0.0 : Bars / (double)(Bars + MissingBars);

    public static BarCoverage Of(BarSeries bars)
    {
        var gaps = BarGaps.Find(bars);
        return new BarCoverage(bars.Count, gaps.Sum(g => g.MissingBars), gaps);
    }
}
