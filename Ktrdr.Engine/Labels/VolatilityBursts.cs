using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>Bars ahead of which price moves much more than it did before.</summary>
internal static class VolatilityBursts
{
    /// <summary>
    /// True where the standard deviation (divisor n − 1) of the next <c>atr_period</c> log returns exceeds <c>vol_crisis_threshold</c> times that of the last <c>vol_lookback</c>;
    /// false where there are not that many, before or after.
    /// </summary>
    public static bool[] Of(BarSeries bars, LabelSpec spec)
    {
        // returns[i] leads from bar i − 1 to bar i.
        var returns = EwmVolatility.LogReturns(bars);
        var bursts = new bool[bars.Count];
        for (var t = spec.VolLookback; t + spec.AtrPeriod < bars.Count; t++)
        {
            var past = Deviation(returns.AsSpan(t - spec.VolLookback + 1, spec.VolLookback));
            bursts[t] = past > 0 && Deviation(returns.AsSpan(t + 1, spec.AtrPeriod)) / past > spec.VolCrisisThreshold;
        }

        return bursts;
    }

    private static double Deviation(ReadOnlySpan<double> values)
    {
        var mean = 0.0;
        foreach (var value in values)
        {
            mean += value;
        }

        mean /= values.Length;
        var squares = 0.0;
        foreach (var value in values)
        {
            squares = Math.FusedMultiplyAdd(value - mean, value - mean, squares);
        }

        return Math.Sqrt(squares / (values.Length - 1));
    }
}
