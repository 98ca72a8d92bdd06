namespace Ktrdr.Engine.Labels;

/// <summary>
/// Average uniqueness of labels (López de Prado 2018, §4.4): the mean of 1/concurrency over the bars [t, end) a label holds,
/// concurrency being how many labels hold a bar.
/// </summary>
public static class UniquenessWeights
{
    /// <summary>One weight per row, scaled to mean 1. Only the given rows count as concurrent, so that weights can be fitted on training rows alone.</summary>
    public static float[] Of(LabelSeries labels, ReadOnlySpan<int> rows)
    {
        var raw = Raw(labels.End, rows);
        var sum = 0.0;
        foreach (var value in raw)
        {
            sum += value;
        }

        var weights = new float[raw.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)(raw[i] * raw.Length / sum);
        }

        return weights;
    }

    /// <summary>Unscaled uniqueness in (0, 1] per row, each row holding at least its own bar.</summary>
    internal static double[] Raw(ReadOnlySpan<int> end, ReadOnlySpan<int> rows)
    {
        // Concurrency from where labels start and stop.
        var change = new int[end.Length + 1];
        foreach (var row in rows)
        {
            change[row]++;
            change[Math.Max(end[row], row + 1)]--;
        }

        var inverse = new double[end.Length + 1];
        var concurrency = 0;
        for (var i = 0; i < end.Length; i++)
        {
            concurrency += change[i];
            inverse[i] = concurrency > 0 ? 1.0 / concurrency : 0.0;
        }

        var uniqueness = new double[rows.Length];
        for (var r = 0; r < rows.Length; r++)
        {
            var stop = Math.Max(end[rows[r]], rows[r] + 1);
            var sum = 0.0;
            for (var i = rows[r]; i < stop; i++)
            {
                sum += inverse[i];
            }

            uniqueness[r] = sum / (stop - rows[r]);
        }

        return uniqueness;
    }
}
