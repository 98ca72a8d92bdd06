namespace Ktrdr.Engine.Statistics;

/// <summary>Quantiles of samples.</summary>
public static class Quantiles
{
    /// <summary>Linear interpolation between order statistics at (n−1)·p: type 7 of Hyndman &amp; Fan, The American Statistician 50, 1996.</summary>
    /// <param name="sorted">Ascending, at least one value.</param>
    /// <param name="p">In [0, 1].</param>
    public static double Of(ReadOnlySpan<double> sorted, double p)
    {
        var at = (sorted.Length - 1) * p;
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        var share = at - below;
        return share == 0 ? sorted[below] : sorted[below] + (share * (sorted[above] - sorted[below]));
    }
}
