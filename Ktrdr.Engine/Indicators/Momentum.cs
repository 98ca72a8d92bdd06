namespace Ktrdr.Engine.Indicators;

/// <summary>Momentum: x[t] − x[t−n].</summary>
internal static class Momentum
{
    public static IndicatorType Type { get; } = new(
        "momentum",
        ["mom"],
        "momentum",
        "Change over period bars, in the unit of its source.",
        [IndicatorParameter.Integer("period", 10, 1, 100, "bars between the two values"), PriceSource.Parameter],
        [],
        a => a.Int("period"),
        Runs.OverSource((x, a, y) => Compute(x, a.Int("period"), y.First)));

    internal static void Compute(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        var first = Math.Min(period, x.Length);
        y[..first].Fill(double.NaN);
        Elementwise.Subtract(x[first..], x, y[first..]);
    }
}
