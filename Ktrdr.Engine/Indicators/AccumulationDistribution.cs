namespace Ktrdr.Engine.Indicators;

/// <summary>Accumulation/distribution line (Chaikin), with what the original derives from it.</summary>
internal static class AccumulationDistribution
{
    private const int RateBars = 10;
    private const int MomentumBars = 21;
    private const int StrengthBars = 50;

    public static IndicatorType Type { get; } = new(
        "adline",
        ["ad_line", "adl", "accumulation_distribution"],
        "volume",
        "Sum of money flow volume since the first bar (line), the bar's own multiplier and flow volume, and the line's change over 10 bars in percent (roc_10), over 21 bars (momentum_21) and its distance from its mean over 50 bars in percent (relative_strength).",
        [
            IndicatorParameter.Flag("use_sma_smoothing", false, "line becomes its simple mean over smoothing_period bars; the other outputs keep to the plain line"),
            IndicatorParameter.Integer("smoothing_period", 21, 2, 200, "bars of the mean of line"),
        ],
        ["line", "mf_multiplier", "mf_volume", "roc_10", "momentum_21", "relative_strength"],
        a => Math.Max(StrengthBars, a.Flag("use_sma_smoothing") ? a.Int("smoothing_period") : 0) - 1,
        Runs.Over(Inputs.Bars | Inputs.Volume, (in Stretch bars, IndicatorArguments a, Lines y) => Compute(
            bars, a.Flag("use_sma_smoothing") ? a.Int("smoothing_period") : 1, y)),
        readsVolume: true);

    private static void Compute(in Stretch bars, int smoothing, Lines y)
    {
        using var scratch = new Scratch(bars.Length);
        var line = scratch.Take(bars.Length);
        var flow = y[2];
        MoneyFlow.Of(bars, y[1], flow);
        var sum = 0.0;
        for (var i = 0; i < line.Length; i++)
        {
            sum += flow[i];
            line[i] = sum;
        }

        RateOfChange.Compute(line, RateBars, y[3]);
        Momentum.Compute(line, MomentumBars, y[4]);
        var strength = y[5];
        RollingWindow.Mean(line, StrengthBars, strength);
        DistanceFromAverage.Percent(line, strength, strength);
        RollingWindow.Mean(line, smoothing, y[0]);
    }
}
