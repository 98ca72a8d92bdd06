namespace Ktrdr.Engine.Indicators;

/// <summary>Stochastic oscillator (Lane): slow, that is %K is smoothed before %D is taken.</summary>
internal static class Stochastic
{
    private const double Middle = 50.0;

    public static IndicatorType Type { get; } = new(
        "stochastic",
        ["stoch"],
        "momentum",
        "Where the close lies in the range of the last k_period bars (k, smoothed over smooth_k) and its mean over d_period (d): 0 to 100, 50 in a flat range.",
        [
            IndicatorParameter.Integer("k_period", 14, 1, 100, "bars of the range"),
            IndicatorParameter.Integer("d_period", 3, 1, 20, "bars of the mean of k"),
            IndicatorParameter.Integer("smooth_k", 3, 1, 20, "bars of the mean that makes k slow; 1 for the fast oscillator"),
        ],
        ["k", "d"],
        a => a.Int("k_period") + a.Int("smooth_k") + a.Int("d_period") - 3,
        Runs.OverBars((high, low, close, a, y) => Compute(
            high, low, close, a.Int("k_period"), a.Int("smooth_k"), a.Int("d_period"), y.First, y.Second)),
        isWindowed: true);

    private static void Compute(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, int smooth, int mean, Span<double> k, Span<double> d)
    {
        RollingWindow.Max(high, period, k);
        RollingWindow.Min(low, period, d);
        var rawFrom = Math.Min(period - 1, close.Length);
        Elementwise.PlaceInRange(close[rawFrom..], d[rawFrom..], k[rawFrom..], d[rawFrom..], 100.0, Middle, d[rawFrom..]);

        // The raw values lie in d while k is made of them, then k is averaged into d.
        k[..rawFrom].Fill(double.NaN);
        RollingWindow.Mean(d[rawFrom..], smooth, k[rawFrom..]);
        var slowFrom = Math.Min(rawFrom + smooth - 1, close.Length);
        d[..slowFrom].Fill(double.NaN);
        RollingWindow.Mean(k[slowFrom..], mean, d[slowFrom..]);
    }
}
