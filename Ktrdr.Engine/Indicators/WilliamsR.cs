namespace Ktrdr.Engine.Indicators;

/// <summary>Williams %R (Larry Williams 1973): the fast stochastic seen from the top.</summary>
internal static class WilliamsR
{
    private const double Flat = -50.0;

    public static IndicatorType Type { get; } = new(
        "williamsr",
        ["williams_r", "willr"],
        "momentum",
        "How far the close lies below the highest high of the last period bars, in percent of their range: -100 (at the low) to 0 (at the high), -50 in a flat range.",
        [IndicatorParameter.Integer("period", 14, 1, 100, "bars of the range")],
        [],
        a => a.Int("period") - 1,
        Runs.OverBars((high, low, close, a, y) => Compute(high, low, close, a.Int("period"), y.First)),
        isWindowed: true);

    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Span<double> y)
    {
        using var scratch = new Scratch(close.Length);
        var highest = scratch.Take(close.Length);
        RollingWindow.Max(high, period, highest);
        RollingWindow.Min(low, period, y);
        Elementwise.PlaceInRange(close, highest, highest, y, 100.0, Flat, y);
    }
}
