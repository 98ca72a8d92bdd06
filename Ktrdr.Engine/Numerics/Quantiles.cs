namespace Ktrdr.Engine.Numerics;

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

    /// <summary>The value in the middle, or the mean of the two in the middle.</summary>
    /// <param name="sorted">Ascending, at least one value.</param>
    public static double Median(ReadOnlySpan<double> sorted)
    {
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The element that sorting would put at <paramref name="rank"/>, by quickselect (Hoare 1961), which reorders the values.</summary>
    /// <param name="values">At least one, none of them NaN.</param>
    /// <param name="rank">In [0, length).</param>
    public static double Select(Span<double> values, int rank)
    {
        var (low, high) = (0, values.Length - 1);
        while (low < high)
        {
            var pivot = values[low + ((high - low) >> 1)];
            var (i, j) = (low, high);
            while (i <= j)
            {
                while (values[i] < pivot)
                {
                    i++;
                }

                while (values[j] > pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (values[i], values[j]) = (values[j], values[i]);
                    i++;
                    j--;
                }
            }

            if (rank <= j)
            {
                high = j;
            }
            else if (rank >= i)
            {
                low = i;
            }
            else
            {
                break;
            }
        }

        return values[rank];
    }
}
