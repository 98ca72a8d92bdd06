namespace Ktrdr.Engine.Statistics;

/// <summary>Holm's step-down adjustment for several tests at once (Scandinavian Journal of Statistics 6, 1979).</summary>
public static class HolmAdjustment
{
    /// <summary>Adjusted p-values in the order given: the i-th smallest of m is multiplied by m−i+1, made monotone, capped at 1.</summary>
    /// <exception cref="InvalidInputException">A p-value is not in [0, 1].</exception>
    public static double[] Adjust(ReadOnlySpan<double> pValues)
    {
        var order = new int[pValues.Length];
        var sorted = pValues.ToArray();
        for (var i = 0; i < order.Length; i++)
        {
            if (!(pValues[i] >= 0 && pValues[i] <= 1))
            {
                throw new InvalidInputException(new Problem("out_of_range", $"p_values[{i}]", $"p-value {pValues[i]} is not in [0, 1]."));
            }

            order[i] = i;
        }

        Array.Sort(sorted, order);
        var adjusted = new double[sorted.Length];
        double running = 0;
        for (var rank = 0; rank < sorted.Length; rank++)
        {
            running = Math.Max(running, Math.Min(1, (sorted.Length - rank) * sorted[rank]));
            adjusted[order[rank]] = running;
        }

        return adjusted;
    }
}
