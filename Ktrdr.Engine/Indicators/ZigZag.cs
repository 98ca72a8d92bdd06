namespace Ktrdr.Engine.Indicators;

/// <summary>ZigZag: the turning points that are left when moves smaller than a threshold are ignored.</summary>
internal static class ZigZag
{
    public static IndicatorType Type { get; } = new(
        "zigzag",
        ["zig_zag"],
        "trend",
        "Value at each turning point of moves of at least threshold, NaN between them, in the unit of its source; the last point moves with later bars (it repaints), so it serves labels only.",
        [
            IndicatorParameter.Number("threshold", 0.05, 0.0001, 0.9999, "smallest move between two turning points, as a share of the earlier one"),
            PriceSource.Parameter,
        ],
        [],
        _ => 0,
        Runs.OverSource((x, a, y) => Compute(x, a.Number("threshold"), y.First)),
        repaints: true);

    /// <summary>
    /// Until the first move of the threshold both the highest and the lowest value so far may become the first turning point; from then on the extreme of the current move is
    /// one as soon as the values turn back by the threshold. The extreme of the last move is a point too, though not yet confirmed.
    /// </summary>
    private static void Compute(ReadOnlySpan<double> x, double threshold, Span<double> y)
    {
        y.Fill(double.NaN);
        var (top, bottom, direction) = (0, 0, 0);
        for (var i = 0; i < x.Length; i++)
        {
            top = x[i] > x[top] ? i : top;
            bottom = x[i] < x[bottom] ? i : bottom;
            if (direction >= 0 && x[top] - x[i] >= threshold * Math.Abs(x[top]) && i > top)
            {
                y[top] = x[top];
                (direction, bottom) = (-1, i);
                top = i;
            }
            else if (direction <= 0 && x[i] - x[bottom] >= threshold * Math.Abs(x[bottom]) && i > bottom)
            {
                y[bottom] = x[bottom];
                (direction, top) = (1, i);
                bottom = i;
            }
        }

        if (direction != 0)
        {
            var last = direction > 0 ? top : bottom;
            y[last] = x[last];
        }
    }
}
