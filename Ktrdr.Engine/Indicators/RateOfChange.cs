namespace Ktrdr.Engine.Indicators;

/// <summary>Rate of change in percent: 100·(x[t] − x[t−n])/x[t−n].</summary>
internal static class RateOfChange
{
    public static IndicatorType Type { get; } = new(
        "roc",
        ["rateofchange", "rate_of_change"],
        "momentum",
        "Change over period bars in percent; undefined where the earlier value is 0.",
        [IndicatorParameter.Integer("period", 10, 1, 100, "bars between the two values"), PriceSource.Parameter],
        [],
        a => a.Int("period"),
        Runs.OverSource((x, a, y) => Compute(x, a.Int("period"), y.First)));

    internal static void Compute(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        y[..Math.Min(period, y.Length)].Fill(double.NaN);
        for (var i = period; i < x.Length; i++)
        {
            var before = x[i - period];
            y[i] = before == 0.0 ? double.NaN : 100.0 * (x[i] - before) / before;
        }
    }
}
